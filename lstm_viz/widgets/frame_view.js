// Draws a plotly figure and shows its frames: group "unit" follows `unit`, every other frame follows `t`.
const CONFIG = {displayModeBar: false, doubleClick: "reset"};
const HEIGHT = 420;

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value)
  && !ArrayBuffer.isView(value) && !("bdata" in value); // bdata: an array, as plotly sends it

// shapes and annotations are lists of objects, which a frame changes one by one, as in plotly's own animations
const isList = (value) => Array.isArray(value) && isObject(value[0]);

function merged(old, change) {
  if (isList(old) && isList(change)) {
    return Array.from({length: Math.max(old.length, change.length)}, (_, k) => merged(old[k], change[k]));
  }
  if (!isObject(old) || !isObject(change)) return change === undefined ? old : change;
  const result = {...old};
  for (const [key, value] of Object.entries(change)) result[key] = merged(old[key], value);
  return result;
}

// {marker: {color: 1}} -> {"marker.color": 1}, the form in which plotly takes changes
function paths(tree, prefix = "", into = {}) {
  for (const [key, value] of Object.entries(tree ?? {})) {
    if (isObject(value)) paths(value, `${prefix}${key}.`, into);
    else into[prefix + key] = value;
  }
  return into;
}

// plotly.py calls every trace of a frame a scatter; a frame changes values, not the kind of trace
const changes = (frame) => (frame.data ?? []).map(({type, ...values}) => values);
const targets = (frame) => frame.traces ?? (frame.data ?? []).map((_, k) => k);

// The figure as it stands at the given frames: what plotly draws when a view is new.
function composed(figure, frames) {
  let {data = [], layout = {}} = structuredClone(figure); // plotly writes into what it draws
  for (const frame of frames) {
    targets(frame).forEach((trace, k) => { data[trace] = merged(data[trace], changes(frame)[k]); });
    layout = merged(layout, frame.layout ?? {});
  }
  return {data, layout};
}

async function show(Plotly, plot, frame) {
  const layout = paths(frame.layout);
  for (const [key, value] of Object.entries(layout)) {
    if (isList(value)) layout[key] = merged(plot.layout[key], value);
  }
  const traces = targets(frame);
  if (traces.length === 0) {
    // A new array of shapes moves the cursor in about a millisecond: plotly redraws no trace for it.
    if (Object.keys(layout).length) await Plotly.relayout(plot, layout);
    return;
  }
  const values = changes(frame).map((trace) => paths(trace));
  const data = {};
  for (const key of new Set(values.flatMap(Object.keys))) {
    data[key] = values.map((trace) => trace[key]); // undefined: this trace keeps what it has
  }
  await Plotly.update(plot, data, layout, traces);
}

// A click on a timestep of a heatmap or line goes there, and on a row of units chooses that unit.
function choose(model, {points: [point]}) {
  const {layout = {}} = model.get("figure");
  const {type, name, xaxis = "x"} = point.data;
  if (!Number.isInteger(point.x) || xaxis !== layout.shapes?.[0]?.xref) return;
  model.set("t", point.x);
  if (type === "heatmap" && layout.meta?.units && name !== "input") model.set("unit", point.y);
  model.save_changes();
}

async function library(model) {
  const reference = model.get("_library").replace(/^IPY_MODEL_/, "");
  const source = await model.widget_manager.get_model(reference);
  return loadPlotly(source.get("version"), {bytes: source.get("source"), url: source.get("url")});
}

function render({model, el}) {
  const plot = document.createElement("div");
  const message = document.createElement("p");
  message.setAttribute("role", "alert");
  message.hidden = true;
  el.classList.add("lstm-viz-frame");
  el.append(message, plot);

  let frames = {t: [], unit: []};
  let shown = null; // what the picture on the screen shows: {figure, width, t, unit}
  let stale = false; // something changed since the last drawing began
  let busy = false;
  let gone = false;
  let Plotly = null;

  const at = (group) => frames[group][Math.min(Math.max(model.get(group), 0), frames[group].length - 1)];

  function readFigure() {
    const all = model.get("figure").frames ?? [];
    frames = {unit: all.filter((f) => f.group === "unit"), t: all.filter((f) => f.group !== "unit")};
    const {layout = {}} = model.get("figure");
    plot.style.height = `${layout.height ?? HEIGHT}px`;
    plot.setAttribute("role", "img");
    const name = layout.meta?.alt ?? layout.title?.text ?? "figure";
    plot.setAttribute("aria-label", name.replace(/<[^>]*>/g, ""));
  }

  async function draw() {
    await loadFont(model); // plotly measures text when it draws
    Plotly ??= await library(model);
    const width = plot.clientWidth;
    if (gone || width === 0) return; // hidden: the observer below calls again when it has a size
    const next = {figure: model.get("figure"), width, t: at("t"), unit: at("unit")};
    if (shown?.figure !== next.figure) {
      readFigure();
      [next.t, next.unit] = [at("t"), at("unit")];
      const {data, layout} = composed(next.figure, [next.unit, next.t].filter(Boolean));
      await Plotly.react(plot, data, {height: HEIGHT, ...layout, width, autosize: false}, CONFIG);
    } else {
      if (shown.width !== width) await Plotly.relayout(plot, {width});
      if (shown.unit !== next.unit) await show(Plotly, plot, next.unit);
      if (shown.t !== next.t) await show(Plotly, plot, next.t);
    }
    if (!shown) plot.on("plotly_click", (event) => choose(model, event));
    shown = next;
    if (gone) Plotly.purge(plot);
  }

  // At most one drawing per screen refresh, always of the newest values.
  function schedule() {
    stale = true;
    if (busy || gone) return;
    busy = true;
    requestAnimationFrame(run);
  }

  async function run() {
    stale = false;
    try {
      await draw();
      message.hidden = true;
    } catch (error) {
      shown = null;
      message.textContent = `This picture could not be drawn: ${error.message ?? error}.`;
      message.hidden = false;
      console.error("lstm_viz FrameView:", error);
    }
    busy = false;
    if (stale) schedule();
  }

  readFigure();
  const observer = new ResizeObserver(schedule);
  observer.observe(plot);
  for (const name of ["figure", "t", "unit"]) model.on(`change:${name}`, schedule);
  schedule();

  return () => {
    gone = true;
    observer.disconnect();
    for (const name of ["figure", "t", "unit"]) model.off(`change:${name}`, schedule);
    if (Plotly) Plotly.purge(plot);
  };
}

export default {render};
