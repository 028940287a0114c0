// A lesson on paper: each view at the timestep at which most happens, laid out for a page's width. Print by the button, or
// open the page with ?handout. What is printed without it is the page as it stands.
(function () {
  const HANDOUT = "lstm-viz-handout";
  const WAIT = 120_000; // milliseconds, at most, for pictures that are still to be drawn
  const CALM = 500; // milliseconds, and at least as many frames of the screen as below, without a change
  const FRAMES = 30;
  const views = () => [...document.querySelectorAll(".lstm-viz-choose")].filter((e) => e.lstmViz && e.getClientRects().length);
  const frame = () => new Promise((go) => requestAnimationFrame(go));

  async function until(isTrue) {
    for (const end = Date.now() + WAIT; !isTrue() && Date.now() < end; ) await frame();
  }

  // Wait until what `look` sees stays the same.
  async function settled(look) {
    let [last, since, frames] = [look(), Date.now(), 0];
    for (const end = Date.now() + WAIT; (Date.now() - since < CALM || frames < FRAMES) && Date.now() < end; frames++) {
      await frame();
      const now = look();
      if (now !== last) [last, since, frames] = [now, Date.now(), 0];
    }
  }

  // How much a quantity changes into each timestep, all units together, as a share of its range.
  function changes(rows) {
    const all = rows.flatMap((row) => [...row]).filter(Number.isFinite);
    const range = Math.max(...all) - Math.min(...all) || 1;
    return Array.from(rows[0], (_, t) => rows.reduce((sum, row) =>
      sum + (t && Number.isFinite(row[t] - row[t - 1]) ? Math.abs(row[t] - row[t - 1]) / range : 0), 0) / rows.length);
  }

  const columns = ({values, width, stride}, timesteps) => (stride ? Array.from({length: width}, (_, unit) =>
    Array.from({length: timesteps}, (_, t) => values[t * stride + unit])) : null);

  // [quantity, rows over time] of one view
  function quantities(element) {
    const plot = element.querySelector(".js-plotly-plot");
    if (plot?._fullData) {
      const {timesteps, cursor} = plot.layout?.meta ?? {};
      if (cursor || !(timesteps > 1)) return []; // over lags, not over time
      return plot._fullData.map(({type, z, y, name, meta}) => [meta?.quantity ?? name, type === "heatmap" ? z : [y]])
        .filter(([, rows]) => rows?.[0]?.length === timesteps);
    }
    const {values, timesteps} = element.lstmViz.numbers?.() ?? {};
    return !values || !(timesteps > 1) ? [] : ["c", "h"].map((name) => {
      try { return [name, columns(values(name), timesteps)]; } catch { return [name, null]; } // it has no such quantity
    }).filter(([, rows]) => rows);
  }

  // The first timestep at which what is remembered (c, else h, else all that is drawn) changes most; null for no time.
  function telling(elements) {
    const found = elements.flatMap(quantities);
    const named = ["c", "h"].map((name) => found.filter(([quantity]) => quantity === name)).find((some) => some.length);
    const sums = (named ?? found).map(([, rows]) => changes(rows));
    if (!sums.length) return null;
    const total = sums[0].map((_, t) => sums.reduce((sum, each) => sum + (each[t] ?? 0), 0));
    return total.reduce((best, value, t) => (value > total[best] + 1e-9 ? t : best), 0);
  }

  async function prepare() {
    document.documentElement.classList.add(HANDOUT);
    const asked = [...document.querySelectorAll("script[type='application/vnd.jupyter.widget-view+json']")];
    await until(() => asked.every((e) => e.previousElementSibling?.querySelector(".jupyter-widgets, .lm-Widget")));
    await settled(() => document.querySelectorAll(".bd-article *").length); // widgets put their parts in one after another
    await until(() => [...document.querySelectorAll(".lstm-viz-frame")].every(
      (e) => !e.getClientRects().length || e.querySelector(".main-svg")));
    await until(() => views().every(({lstmViz}) => !lstmViz.numbers || lstmViz.numbers().timesteps)); // painted
    const groups = new Map();
    for (const element of views()) {
      const place = element.closest(".lstm-viz-view, .lstm-viz-lab, .cell_output") ?? element;
      groups.set(place, [...(groups.get(place) ?? []), element]);
    }
    const back = [];
    for (const elements of groups.values()) {
      const t = telling(elements);
      if (t === null) continue;
      const model = elements[0].lstmViz.model;
      back.push([model, model.get("t")]);
      model.set("t", t);
      model.save_changes();
    }
    await settled(() => [...document.querySelectorAll(".bd-article [aria-label]")].map((e) => e.ariaLabel).join());
    return () => {
      document.documentElement.classList.remove(HANDOUT);
      for (const [model, t] of back) { model.set("t", t); model.save_changes(); }
    };
  }

  async function print() {
    const undo = await prepare();
    addEventListener("afterprint", undo, {once: true});
    window.print();
  }

  function start() {
    const article = document.querySelector(".bd-article");
    if (!article?.querySelector(".cell_output .widget-subarea, .cell_output [class*=jupyter], .cell_output script")) return;
    if (document.querySelector(".lstm-viz-ways")) return; // the front page is no lesson
    const button = Object.assign(document.createElement("button"), {className: "lstm-viz-print", textContent: "Print as a handout"});
    button.addEventListener("click", print);
    article.prepend(button);
    if (new URLSearchParams(location.search).has("handout")) {
      addEventListener("load", () => prepare().then(() => { document.documentElement.dataset.handout = "ready"; }));
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
