// What is wrong with the texts under `root`: overlaps, texts outside their box or picture, texts too small or, in
// HTML, of too little contrast. Returns a list of sentences.
(root) => {
  const SMALLEST = 11, CONTRAST = 4.5, SLACK = 1.5;
  const problems = [];
  // asked once for every element: nothing moves while this looks, and a page has thousands
  const once = (ask) => {
    const known = new Map();
    return (e) => {
      if (!known.has(e)) known.set(e, ask(e));
      return known.get(e);
    };
  };
  const styleOf = once((e) => {
    const {fontSize, backgroundColor, color, position, overflowX, display} = getComputedStyle(e);
    return {fontSize, backgroundColor, color, position, overflowX, display};
  });
  const boxOf = once((e) => e.getBoundingClientRect());
  const visible = (e) => e.checkVisibility({opacityProperty: false, visibilityProperty: true})
    && !e.closest("[aria-hidden=true], .hoverlayer, option, title, .widget-readout[style*='display: none']");
  const short = (text) => JSON.stringify(text.trim().slice(0, 40));

  // The ink of a line of text: its box without the room that fonts keep above and below their letters.
  const ink = ({left, right, top, bottom}, upright = false) => {
    const [x, y] = upright ? [0.2 * (right - left), 0] : [0, 0.2 * (bottom - top)];
    return {left: left + x, right: right - x, top: top + y, bottom: bottom - y};
  };
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > SLACK
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > SLACK;
  const inside = (a, b) => a.left >= b.left - SLACK && a.right <= b.right + SLACK
    && a.top >= b.top - SLACK && a.bottom <= b.bottom + SLACK;

  const scaleOf = (e) => {
    const matrix = e.getScreenCTM?.();
    return matrix ? Math.hypot(matrix.a, matrix.b) : 1;
  };
  const size = (e) => parseFloat(styleOf(e).fontSize) * scaleOf(e.closest("svg text") ?? e);

  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const rgba = (text) => {
    const [r, g, b, a = 1] = (text.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    return {rgb: [r, g, b], a};
  };
  const behind = once((e) => {
    for (let at = e; at; at = at.parentElement) {
      const {rgb, a} = rgba(styleOf(at).backgroundColor);
      if (a > 0.5) return rgb;
    }
    return [255, 255, 255];
  });

  const bar = (e) => { // what stays in sight while the page scrolls under it
    for (let at = e; at && at !== root; at = at.parentElement) {
      if (styleOf(at).position === "sticky") return at;
    }
    return null;
  };

  // whether a reader can scroll to it: some box of it does, and lies in the page itself
  const scrolls = (e) => {
    for (let at = e; at && at !== root.parentElement; at = at.parentElement) {
      const box = boxOf(at);
      if (/auto|scroll/.test(styleOf(at).overflowX) && at.scrollWidth > at.clientWidth
        && box.left >= -SLACK && box.right <= document.documentElement.clientWidth + SLACK) return true;
    }
    return false;
  };

  const items = []; // {text, ink, element, picture}
  for (const e of root.querySelectorAll("svg text")) {
    if (!e.textContent.trim() || !visible(e)) continue;
    const {a, b} = e.getScreenCTM() ?? {a: 1, b: 0};
    const lines = e.querySelectorAll("tspan.line"); // of a title that plotly has broken
    for (const line of lines.length ? lines : [e]) {
      const box = ink(line.getBoundingClientRect(), Math.abs(b) > Math.abs(a));
      items.push({text: line.textContent, ink: box, element: e, picture: e.closest("svg")});
    }
    for (const part of [e, ...e.querySelectorAll("tspan")]) {
      if (part.textContent.trim() && size(part) < SMALLEST) {
        problems.push(`too small: ${short(part.textContent)} is ${size(part).toFixed(1)} px`);
        break;
      }
    }
  }
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || e.closest("svg, style, script, select, math, pre") || !visible(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((b) => b.width > 1 && b.height > 1);
    for (const box of boxes) items.push({text: node.data, ink: ink(box), element: e, picture: null});
    if (boxes.length && size(e) < SMALLEST) {
      problems.push(`too small: ${short(node.data)} is ${size(e).toFixed(1)} px`);
    }
    const style = styleOf(e);
    const [dark, light] = [luminance(rgba(style.color).rgb), luminance(behind(e))].sort((a, b) => a - b);
    const off = e.closest(":disabled, [disabled], .mod-disabled");
    if (boxes.length && !off && (light + 0.05) / (dark + 0.05) < CONTRAST) {
      problems.push(`contrast: ${short(node.data)} has ${((light + 0.05) / (dark + 0.05)).toFixed(1)}`);
    }
  }

  const page = document.documentElement.clientWidth;
  for (let k = 0; k < items.length; k++) {
    const a = items[k];
    for (let m = k + 1; m < items.length; m++) {
      const b = items[m];
      if (a.element !== b.element && meet(a.ink, b.ink) && bar(a.element) === bar(b.element)) {
        problems.push(`overlap: ${short(a.text)} and ${short(b.text)}`);
      }
    }
    if ((a.ink.left < -SLACK || a.ink.right > page + SLACK) && !scrolls(a.element)) {
      problems.push(`outside the page: ${short(a.text)}`);
    }
    if (a.picture && !inside(a.ink, boxOf(a.picture))) {
      problems.push(`outside its picture: ${short(a.text)}`);
    }
    const card = a.element.closest(".lv-chip, .lv-node")?.querySelector("rect, path");
    if (card && !inside(a.ink, boxOf(card))) problems.push(`outside its box: ${short(a.text)}`);
    for (let at = a.element; at && at !== root.parentElement; at = at.parentElement) {
      const style = styleOf(at);
      if (at instanceof SVGElement || style.overflowX === "visible" || style.display === "inline") continue;
      if (/auto|scroll/.test(style.overflowX)) break; // a reader can scroll there
      const box = boxOf(at);
      if (a.ink.left < box.left - SLACK || a.ink.right > box.right + SLACK
        || a.ink.top < box.top - SLACK || a.ink.bottom > box.bottom + SLACK) {
        problems.push(`cut off: ${short(a.text)}`);
        break;
      }
    }
  }

  // a cursor's frame: no side of it runs through a text
  const plotOf = once((e) => e.closest(".js-plotly-plot"));
  for (const path of root.querySelectorAll(".shapelayer path")) {
    if (!visible(path) || getComputedStyle(path).strokeWidth === "0px") continue;
    const frame = path.getBoundingClientRect();
    for (const {text, ink: letters, element} of items) {
      if (!plotOf(element) || plotOf(element) !== plotOf(path)) continue;
      const card = (element.closest(".annotation") ?? element.closest(".scrollbox")?.parentNode)?.querySelector("rect.bg");
      const covered = card && parseFloat(card.style.fillOpacity || 1) * parseFloat(card.style.opacity || 1) > 0.9;
      if (covered) continue; // texts lie above shapes
      const upright = letters.top < frame.bottom && letters.bottom > frame.top;
      if (upright && [frame.left, frame.right].some((x) => x > letters.left && x < letters.right)) {
        problems.push(`struck through by the cursor: ${short(text)}`);
      }
    }
  }
  return [...new Set(problems)];
}
