// While time plays, the numbers travel along the lines of a diagram, in the order of its steps. Comes with the bar.
const SHORTEST = 300; // ms of a timestep below which nobody could follow
const PLACES = 13; // on its line that a number passes
const SVG = "http://www.w3.org/2000/svg";

// root: a drawn diagram. quantities: name -> {values, width, stride}. Returns (t, unit, ms) => starts a journey.
globalThis[Symbol.for("lstm_viz travel")] = (root, quantities, {steps, units}, formatNumber) => {
  const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");
  let travellers = null;

  function numbersOf(name) {
    try {
      const found = quantities(name);
      return found.width === 1 || found.width === units ? found : null;
    } catch {
      return null; // a line that carries several
    }
  }

  function make(edge) {
    const line = edge.querySelector("path");
    const quantity = numbersOf(edge.dataset.edge);
    const token = document.createElementNS(SVG, "g");
    token.setAttribute("class", "lv-token");
    token.setAttribute("aria-hidden", "true");
    const colour = line.getAttribute("stroke");
    token.innerHTML = quantity
      ? `<rect x="-44" y="-19" width="88" height="38" rx="19" fill="${colour}"/><text y="10" text-anchor="middle"> </text>`
      : `<circle r="10" fill="${colour}"/>`;
    token.style.opacity = 0;
    // under the cards and boxes, above the lines
    edge.parentNode.insertBefore(token, edge.parentNode.querySelector(".lv-node, .lv-chip"));
    // transforms and opacity alone move without any work of the page from frame to frame
    const length = line.getTotalLength();
    const places = Array.from({length: PLACES}, (_, k) => line.getPointAtLength((length * k) / (PLACES - 1)));
    const seen = places.map(({x, y}) => ({transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`, opacity: 1}));
    const journey = token.animate(seen, {duration: 1, fill: "none"});
    journey.cancel();
    return {token, journey, quantity, text: token.querySelector("text")?.firstChild,
      stage: Math.max(steps.indexOf((edge.dataset.part ?? "").split(" ")[0]), 0)};
  }

  function ready(ms) {
    if (ms < SHORTEST || still?.matches) return false;
    travellers ??= [...root.querySelectorAll(".lv-edge")].filter((edge) => !edge.closest(".lv-banner")).map(make);
    return true;
  }

  function go(t, unit, ms) {
    if (!ready(ms)) return;
    const stages = 1 + Math.max(0, ...travellers.map(({stage}) => stage));
    const duration = (0.9 * ms) / (1 + 0.5 * (stages - 1));
    for (const {journey, quantity, text, stage} of travellers) {
      if (text) text.data = formatNumber(quantity.values[t * quantity.stride + (quantity.width > unit ? unit : 0)]);
      journey.effect.updateTiming({duration, delay: 0.5 * stage * duration});
      journey.cancel();
      journey.play();
    }
  }

  return Object.assign(go, {ready});
};
