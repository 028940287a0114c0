// Running text, a span per character: shaded by one quantity of one unit, boxed at t, with a selection. A move or
// another unit changes colours and words of the spans that are there; only another text makes new ones.
const NAMES = {" ": "space", "\n": "newline", "\r": "carriage return", "\t": "tab"};
const FORTH = {ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity};
const UP_DOWN = {ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8}; // lines

const clip = (value, count) => Math.max(0, Math.min(count - 1, Math.trunc(value)));

// Black or white, whichever can be read on it: at least 4.5 to 1 on any colour.
function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

function render({model, el}) {
  lstmVizCare();
  el.classList.add("lstm-viz-text");
  const head = element("div", "head", el);
  const legend = element("p", "legend", head);
  const now = element("p", "now", head);
  const box = element("pre", "text", el);
  box.tabIndex = 0;
  box.setAttribute("role", "slider");
  box.dataset.lmSuppressShortcuts = "true"; // JupyterLab would take the arrow keys

  let sent = null; // the text that the spans are of
  let spans = [];
  let characters = [];
  let numbers = null; // name -> {values, width, stride}
  let levels = new Int8Array(0); // the colour of each span, -1 for none
  let look = null; // {shade, low, high, value(t)} of what is shown
  let painted = ""; // the quantity whose colours the spans have
  let at = null;
  let anchor = 0;
  let round = 0;
  let selected = [0, 0];

  const t = () => clip(model.get("t"), spans.length);

  function write() {
    sent = model.get("text");
    const glyphs = sent.glyphs;
    characters = sent.characters;
    spans = characters.map((character, k) => {
      const span = document.createElement("span");
      span.textContent = glyphs[k] ?? character;
      span.lstmVizAt = k;
      return span;
    });
    box.replaceChildren(...spans);
    levels = new Int8Array(spans.length).fill(-1);
    painted = "";
    at = null;
    selected = [0, 0];
    anchor = t();
  }

  // What the shades are of: the range is the quantity's own, or that of the unit, symmetric about 0.
  function choose() {
    const name = model.get("quantity");
    const shade = model.get("_shades")[name];
    if (!shade || !numbers) return;
    const measured = name in model.get("_measures");
    const {values, width, stride} = numbers(name);
    const unit = width === 1 ? 0 : clip(model.get("unit"), width);
    const value = (k) => values[k * stride + unit];
    let {low, high} = shade;
    if (low === null) {
      high = 0;
      for (let k = 0; k < spans.length; k++) high = Math.max(high, Math.abs(value(k)));
      [low, high] = [-(high || 1), high || 1];
    }
    look = {label: shade.label, of: measured ? "" : ` of unit ${unit}`, value, low, high};
    paint(name, shade.colours);
    showLegend(shade.colours);
  }

  function paint(name, colours) {
    const {value, low, high} = look;
    const middle = (colours.length - 1) / 2;
    const styles = colours.map((colour, k) => [colour, inkOn(colour), low < 0 && k < middle ? "underline" : ""]);
    const again = painted !== name;
    painted = name;
    for (let k = 0; k < spans.length; k++) {
      const place = ((value(k) - low) / (high - low)) * colours.length;
      const level = Number.isNaN(place) ? -1 : Math.max(0, Math.min(colours.length - 1, Math.floor(place)));
      if (level === levels[k] && !again) continue;
      levels[k] = level;
      const [back, ink, line] = styles[level] ?? ["", "", ""];
      const {style} = spans[k];
      style.backgroundColor = back;
      style.color = ink;
      style.textDecorationLine = line;
    }
  }

  function showLegend(colours) {
    const {label, of, low, high} = look;
    const bar = document.createElement("i");
    bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
    const below = document.createElement("span");
    below.textContent = formatNumber(low) + (low < 0 ? " (underlined)" : "");
    legend.replaceChildren(`${label}${of}:`, below, bar, formatNumber(high));
  }

  const nameOf = (k) => NAMES[characters[k]] ?? (sent.glyphs[k] ?? characters[k]);

  function move() {
    if (!spans.length) return;
    const k = t();
    at?.classList.remove("at");
    at = spans[k];
    at.classList.add("at");
    const top = at.offsetTop;
    if (top < box.scrollTop + 4 || top + at.offsetHeight > box.scrollTop + box.clientHeight - 4) {
      box.scrollTop = top - box.clientHeight / 3;
    }
    say();
  }

  function say() {
    if (!spans.length) return;
    const k = t();
    const value = look ? formatNumber(look.value(k)) : "";
    const words = `t = ${k}: ${nameOf(k)}${look ? `, ${look.label}${look.of}: ${value}` : ""}`;
    now.textContent = words;
    const [from, to] = selected;
    const marked = to > from ? `; selected ${from} to ${to - 1}` : "";
    const range = look ? `, each character shaded by ${look.label}${look.of}, from ${formatNumber(look.low)} to ${formatNumber(look.high)}` : "";
    box.setAttribute("aria-label", `text of ${spans.length} characters${range}; ${words}${marked}`);
    box.setAttribute("aria-valuemin", 0);
    box.setAttribute("aria-valuemax", spans.length - 1);
    box.setAttribute("aria-valuenow", k);
    box.setAttribute("aria-valuetext", words + marked);
  }

  function select() {
    const [from, to] = selected;
    for (let k = from; k < to; k++) spans[k]?.classList.remove("chosen");
    selected = model.get("selection");
    for (let k = selected[0]; k < selected[1]; k++) spans[k]?.classList.add("chosen");
    say();
  }

  let marked = [];
  function mark() {
    for (const span of marked) span.classList.remove("mark");
    marked = model.get("marks").flatMap(([from, to]) => spans.slice(from, to));
    for (const span of marked) span.classList.add("mark");
  }

  const uncover = () => el.classList.toggle("reveal", model.get("reveal"));

  async function draw() {
    const mine = ++round;
    if (sent !== model.get("text")) {
      write();
      look = numbers = null;
      select();
      mark();
      move();
    }
    try {
      const shared = await lstmVizValues.shared(model, model.get("_buffers"), draw);
      if (mine !== round) return; // another text came in meanwhile
      const own = lstmVizValues.reader(model.get("_measures"));
      numbers = (name) => (name in model.get("_measures") ? own : shared)(name);
      painted = "";
      choose();
      say();
    } catch (error) {
      legend.textContent = `This text could not be shaded: ${error.message ?? error}.`;
      console.error("lstm_viz TextView:", error);
    }
  }

  // --- what the reader does ---

  function go(k, extend) {
    const to = clip(k, spans.length);
    if (extend) {
      if (selected[1] === selected[0]) anchor = t(); // it may have moved elsewhere
      extendTo(to);
    } else {
      anchor = to;
      model.set("selection", [0, 0]);
    }
    model.set("t", to);
    model.save_changes();
  }

  const extendTo = (k) => model.set("selection", [Math.min(anchor, k), Math.max(anchor, k) + 1]);

  // the character so many lines further down, as near as can be under that of t
  function lineFrom(k, lines) {
    const {offsetLeft: left} = spans[k];
    const by = Math.sign(lines);
    let best = k;
    let top = spans[k].offsetTop;
    for (let j = k + by, passed = 0; j >= 0 && j < spans.length; j += by) {
      const span = spans[j];
      if (span.offsetTop !== top) {
        if (++passed > Math.abs(lines)) break;
        top = span.offsetTop;
        best = j;
      } else if (passed && Math.abs(span.offsetLeft - left) < Math.abs(spans[best].offsetLeft - left)) best = j;
    }
    return best;
  }

  function pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !spans.length) return;
    const k = t();
    if (event.key in FORTH) go(k + FORTH[event.key], event.shiftKey);
    else if (event.key in UP_DOWN) go(lineFrom(k, UP_DOWN[event.key]), event.shiftKey);
    else if (event.key === "Escape" && selected[1] > selected[0]) go(k, false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const under = (target) => target?.lstmVizAt;
  let dragging = false;

  function down(event) {
    const k = under(event.target);
    if (event.button !== 0 || event.pointerType === "touch" || k === undefined) return;
    dragging = true;
    go(k, event.shiftKey);
  }

  function drag({buttons, clientX, clientY}) {
    if (!dragging) return;
    if (!(buttons & 1)) { // let go outside of the window
      drop();
      return;
    }
    const {top, bottom} = box.getBoundingClientRect();
    if (clientY < top) box.scrollTop -= 12;
    if (clientY > bottom) box.scrollTop += 12;
    const k = under(document.elementFromPoint(clientX, Math.max(top + 4, Math.min(bottom - 4, clientY))));
    if (k !== undefined && (k !== anchor || selected[1] > selected[0])) extendTo(k);
  }

  function drop() {
    if (!dragging) return;
    dragging = false;
    model.save_changes();
  }

  // a finger scrolls the text, so only its tap counts
  const tap = (event) => {
    const k = under(event.target);
    if (event.pointerType === "touch" && k !== undefined) go(k, false);
  };

  box.addEventListener("keydown", pressed);
  box.addEventListener("pointerdown", down);
  box.addEventListener("click", tap);
  window.addEventListener("pointermove", drag);
  window.addEventListener("pointerup", drop);

  function takeOn() {
    const name = model.get("chosen");
    if (name in model.get("_shades")) model.set("quantity", name);
  }

  const listeners = {
    "change:text change:_buffers change:_measures change:_shades": draw,
    "change:quantity change:unit": () => { choose(); say(); },
    "change:chosen": takeOn,
    "change:t": move,
    "change:selection": select,
    "change:marks": mark,
    "change:reveal": uncover,
  };
  for (const [names, listener] of Object.entries(listeners)) model.on(names, listener);
  const observer = new ResizeObserver(() => move()); // its lines are others
  observer.observe(box);
  uncover();
  draw();
  loadFont(model);
  return () => {
    observer.disconnect();
    for (const [names, listener] of Object.entries(listeners)) model.off(names, listener);
    window.removeEventListener("pointermove", drag);
    window.removeEventListener("pointerup", drop);
  };
}

export default {initialize: hearAnyway, render};
