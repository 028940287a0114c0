// Shows a LiveMarkup and follows t, unit and step. What the data- attributes mean stands in live_markup.py, whose
// Python rendering gives the same characters.

function level(values, from, to, low, span, levels) {
  let strongest = 0;
  for (let k = from; k < to; k++) if (Math.abs(values[k]) > Math.abs(strongest)) strongest = values[k];
  const place = ((strongest - low) / span) * levels;
  return !(place > 0) ? 0 : place >= levels ? levels - 1 : Math.floor(place);
}

function writer(element) {
  const node = element.firstChild ?? element.appendChild(document.createTextNode(""));
  return (text) => {
    if (node.data !== text) node.data = text;
  };
}

// One function (t, unit) per moving element, so that a move walks a flat list and searches nothing.
function movers(root, { texts, alt }, quantities) {
  const value = (name, t, unit) => {
    const { values, stride } = quantities(name);
    return values[t * stride + unit];
  };
  const moves = [];
  for (const element of root.querySelectorAll("[data-value]")) {
    const { value: name, index, digits = 2, brackets } = element.dataset;
    const write = writer(element);
    moves.push((t, unit) => {
      const text = formatNumber(value(name, t, index === undefined ? unit : +index), +digits);
      write(brackets !== undefined && text.startsWith("-") ? `(${text})` : text);
    });
  }
  for (const element of root.querySelectorAll("[data-text]")) {
    const words = texts[element.dataset.text];
    const write = writer(element);
    moves.push((t) => write(words[t]));
  }
  for (const element of root.querySelectorAll("[data-now]")) {
    const write = writer(element);
    const ofTime = element.dataset.now === "t";
    moves.push((t, unit) => write(String(ofTime ? t : unit)));
  }
  for (const element of root.querySelectorAll("[data-pick]")) {
    const words = element.dataset.words.split(" ");
    const name = element.dataset.pick;
    const write = writer(element);
    moves.push((t, unit) => {
      const picked = String(value(name, t, unit));
      write(words[picked]);
      if (element.dataset.picked !== picked) element.dataset.picked = picked;
    });
  }
  for (const element of root.querySelectorAll("[data-shift]")) {
    const { shift: name, by } = element.dataset;
    moves.push((t, unit) => {
      const steps = name === "unit" ? unit : value(name, t, 0);
      element.setAttribute("transform", `translate(${formatNumber(steps * +by)} 0)`);
    });
  }
  for (const element of root.querySelectorAll("[data-lit]")) {
    const name = element.dataset.lit;
    const cells = [...element.children];
    const scrolls = element.classList.contains("lv-long");
    let lit = null;
    moves.push((t) => {
      const now = cells[Math.round(value(name, t, 0))];
      if (now === lit) return;
      lit?.removeAttribute("data-on");
      (lit = now).setAttribute("data-on", "");
      if (scrolls) element.scrollTop = now.offsetTop - element.clientHeight / 2;
    });
  }
  for (const element of root.querySelectorAll("[data-show]")) {
    const name = element.dataset.show;
    moves.push((t) => element.setAttribute("visibility", value(name, t, 0) ? "visible" : "hidden"));
  }
  for (const element of root.querySelectorAll("[data-strip]")) {
    const { values, width, stride } = quantities(element.dataset.strip);
    const colours = element.dataset.colours.split(" ");
    const low = +element.dataset.low;
    const span = +element.dataset.span;
    const group = +element.dataset.group;
    const cells = [...element.children];
    const shown = new Int16Array(cells.length).fill(-1);
    moves.push((t) => {
      const start = t * stride;
      for (let k = 0; k < cells.length; k++) {
        const from = start + k * group;
        const now = level(values, from, Math.min(from + group, start + width), low, span, colours.length);
        if (now !== shown[k]) cells[k].setAttribute("fill", colours[(shown[k] = now)]);
      }
    });
  }
  if (alt) {
    moves.push((t, unit) => {
      const words = (_, name) =>
        name === "t" ? t : name === "unit" ? unit : name in texts ? texts[name][t] : formatNumber(value(name, t, unit));
      root.setAttribute("aria-label", alt.replace(/\{([^{}]+)\}/g, words));
    });
  }
  return moves;
}

const clip = (value, count) => Math.max(0, Math.min(count - 1, Math.trunc(value)));

function render({ model, el }) {
  lstmVizCare();
  let page = null;
  let root = null;
  let moves = [];
  let numbers = null;
  let travel = null;
  let before = 0;
  el.lstmViz = {
    model, choices: () => Object.entries(page?.choices ?? {}),
    numbers: () => ({values: numbers, timesteps: page?.timesteps}),
  };
  el.classList.add("lstm-viz-choose");

  function move() {
    if (!page) return; // its numbers are still on their way
    const t = clip(model.get("t"), page.timesteps);
    const unit = clip(model.get("unit"), page.units);
    for (const go of moves) go(t, unit);
    if (t === before + 1 && model.get("pace")) journey()(t, unit, model.get("pace"));
    before = t;
    const step = model.get("step");
    root.setAttribute("data-step", page.steps.includes(step) ? step : "");
  }

  const journey = () => (travel ??= globalThis[Symbol.for("lstm_viz travel")](root, numbers, page, formatNumber));
  const getReady = () => { // when play is pressed, before the first move
    if (page && model.get("pace")) setTimeout(() => journey().ready(model.get("pace")));
  };

  function choose() {
    if (!page) return;
    const chosen = model.get("chosen");
    root.toggleAttribute("data-chosen", chosen in page.choices);
    if (chosen in page.choices) root.setAttribute("data-chosen", chosen);
    for (const element of root.querySelectorAll("[data-choose]")) {
      element.toggleAttribute("data-on", element.dataset.choose === chosen);
    }
    globalThis[Symbol.for("lstm_viz choices")]?.(el);
  }

  function paint(shown, quantities) {
    page = shown;
    el.innerHTML = page.markup; // made by live_markup, which escapes every text that came from outside
    root = el.firstElementChild;
    moves = movers(root, page, quantities);
    numbers = quantities;
    travel = null;
    move();
    choose();
  }

  function draw() {
    const sent = model.get("markup");
    const shown = JSON.parse(sent.page);
    const own = lstmVizValues.reader(sent.quantities);
    const reference = model.get("_buffers");
    if (!reference) {
      paint(shown, own);
      return;
    }
    lstmVizValues.shared(model, reference, draw).then((shared) => {
      if (sent === model.get("markup")) paint(shown, (name) => (name in sent.quantities ? own : shared)(name));
    }).catch((error) => {
      el.textContent = `This picture could not be drawn: ${error.message ?? error}.`;
      console.error("lstm_viz MarkupView:", error);
    });
  }

  // another trace may have the very same markup, its numbers all in the shared buffers
  model.on("change:markup change:_buffers", draw);
  model.on("change:t change:unit change:step", move);
  model.on("change:chosen", choose);
  model.on("change:pace", getReady);
  draw();
  loadFont(model); // the browser draws text anew by itself when a font comes
  return () => {
    model.off("change:markup change:_buffers", draw);
    model.off("change:t change:unit change:step", move);
    model.off("change:chosen", choose);
    model.off("change:pace", getReady);
  };
}

export { formatNumber };
export default {initialize: hearAnyway, render};
