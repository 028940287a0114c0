// Draws a plotly figure and shows its frames: group "unit" follows `unit`, every other frame follows `t`.
const CONFIG = {displayModeBar: false, doubleClick: "reset"};
const HEIGHT = 420;
const MANY = 60_000; // more cells of a heatmap than it has pixels

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

// The figure as it is in a view that is narrower than its texts need: what `layout.meta.narrow` says takes their place.
const isNarrow = ({layout}, width) => width < (layout?.meta?.narrow?.below ?? 0);

function narrowed({data, layout}) {
  const {data: names = [], layout: other = {}} = layout.meta.narrow;
  return {data: data.map((trace, k) => merged(trace, names[k] ?? {})), layout: merged(layout, other)};
}

async function show(Plotly, plot, frame, narrow) {
  const layout = paths(narrow ? merged(frame.layout ?? {}, frame.layout?.meta?.narrow?.layout ?? {}) : frame.layout);
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

// Gives a figure without values its heatmaps: each trace says in `meta` which quantity of which buffers it draws.
// Returns the frame of a unit, which holds the lines.
function fill({data, layout}, sources) {
  const lines = [];
  data.forEach((trace, k) => {
    const {quantity, of = 0, masked, reversed} = trace.meta ?? {};
    if (!quantity) return;
    const {values, width} = sources[of](quantity);
    const timesteps = values.length / width;
    const mask = masked ? sources[of]("mask").values : null;
    const column = (unit) => Float32Array.from({length: timesteps}, (_, at) => {
      const t = reversed ? timesteps - 1 - at : at;
      return mask && !mask[t] ? NaN : values[t * width + unit];
    });
    if (trace.type === "heatmap") {
      trace.z = Array.from({length: width}, (_, unit) => column(unit));
      if (timesteps * width > MANY) trace.zsmooth = "fast"; // as one image: plotly would draw every cell by itself
    } else {
      lines.push([k, column]);
      if (layout.meta.labels) trace.text = layout.meta.labels;
    }
  });
  const ranges = Object.entries(layout.meta?.unit_ranges ?? {}); // of each axis of lines and unit: [low, high, step]
  return (unit) => ({
    data: lines.map(([, column]) => ({y: column(unit)})),
    traces: lines.map(([k]) => k),
    layout: Object.fromEntries(ranges.map(([axis, spans]) => {
      const [low, high, dtick] = spans[unit];
      return [axis, {range: [low, high], dtick}];
    })),
  });
}

// The frame of a timestep that moves nothing but the cursor.
const cursorFrame = (t) => ({layout: {shapes: [{x0: t - 0.5, x1: t + 0.5}]}});

// A click on a timestep of a heatmap or line goes there, and on a row of units chooses that unit and the quantity.
function choose(model, {layout = {}}, {points: [point]}) {
  const {type, name, xaxis = "x"} = point.data;
  if (!Number.isInteger(point.x) || xaxis !== layout.shapes?.[0]?.xref) return;
  model.set("t", point.x);
  if (type === "heatmap" && layout.meta?.units && name !== "input") model.set("unit", point.y);
  if (point.data.meta?.quantity) model.set("chosen", point.data.meta.quantity);
  model.save_changes();
}

// Marks the rows and lines of the chosen quantity: a frame around a row, the other lines faint.
function mark(Plotly, plot, chosen) {
  for (const old of plot.querySelectorAll(".lstm-viz-chosen")) old.remove();
  const full = plot._fullLayout;
  const lines = [];
  plot.data.forEach(({type, meta, yaxis = "y", colorscale}, k) => {
    if (!meta?.quantity) return;
    if (type !== "heatmap") {
      lines.push(k);
    } else if (meta.quantity === chosen) {
      const {_offset: top, _length: height} = full[yaxis.replace("y", "yaxis")];
      const frame = document.createElement("div");
      frame.className = "lstm-viz-chosen";
      Object.assign(frame.style, {left: `${full._size.l - 9}px`, width: `${full._size.w + 12}px`, top: `${top - 3}px`,
        height: `${height + 6}px`, color: colorscale.at(-1)[1]});
      plot.append(frame);
    }
  });
  const some = lines.some((k) => plot.data[k].meta.quantity === chosen);
  const faint = lines.map((k) => (some && plot.data[k].meta.quantity !== chosen ? 0.25 : 1));
  if (lines.some((k, n) => (plot.data[k].opacity ?? 1) !== faint[n])) return Plotly.restyle(plot, {opacity: faint}, lines);
}

async function library(model) {
  const reference = model.get("_library").replace(/^IPY_MODEL_/, "");
  const source = await model.widget_manager.get_model(reference);
  return loadPlotly(source.get("version"), {bytes: source.get("source"), url: source.get("url")});
}

function render({model, el}) {
  lstmVizCare();
  const plot = document.createElement("div");
  const message = document.createElement("p");
  message.setAttribute("role", "alert");
  message.hidden = true;
  el.classList.add("lstm-viz-frame", "lstm-viz-choose");
  el.append(message, plot);

  let figure = JSON.parse(model.get("figure"));
  let frames = {t: [], unit: []};
  let read = null; // the text and the buffers of which `figure` is the filled content
  let shown = null; // what the picture on the screen shows: {figure, width, t, unit}
  let stale = false; // something changed since the last drawing began
  let busy = false;
  let gone = false;
  let Plotly = null;
  let label = ""; // what the picture is, in words
  let saying = 0;

  const choices = () => [...new Map((figure.data ?? []).filter(({meta}) => meta?.quantity)
    .map(({meta, name}) => [meta.quantity, (name ?? "").replace(/<[^>]*>/g, "")]))];
  const tell = () => globalThis[Symbol.for("lstm_viz choices")]?.(el);
  el.lstmViz = {model, choices};
  const at = (group) => frames[group](model.get(group));

  // (value) -> its frame, outside the range the nearest; the same value has the same object, as `shown` needs it
  function framesOf(group, make) {
    const {timesteps, units, shared} = figure.layout?.meta ?? {};
    const stored = (figure.frames ?? []).filter((frame) => (frame.group === "unit") === (group === "unit"));
    const count = shared ? (group === "unit" ? units : timesteps) ?? 0 : stored.length;
    const made = new Map();
    return (value) => {
      const k = Math.min(Math.max(value, 0), count - 1);
      if (k < 0 || !shared) return stored[k];
      if (!made.has(k)) made.set(k, make(k));
      return made.get(k);
    };
  }

  function readFigure(unitFrame) {
    frames = {unit: framesOf("unit", unitFrame), t: framesOf("t", cursorFrame)};
    const {layout = {}} = figure;
    plot.style.height = `${layout.height ?? HEIGHT}px`;
    plot.setAttribute("role", "img");
    const name = layout.meta?.alt ?? layout.title?.text ?? "figure";
    label = name.replace(/<[^>]*>/g, "");
    plot.setAttribute("aria-label", label);
    tell();
  }

  // what it shows now, once the slider rests
  function sayLater() {
    clearTimeout(saying);
    saying = setTimeout(() => {
      const names = (figure.data ?? []).map(({name}) => name); // a narrow view has shorter ones
      const words = sayNow(plot._fullData, names, figure.layout?.meta, model.get("t"), model.get("unit"));
      plot.setAttribute("aria-label", words ? `${label}. Now, ${words}` : label);
    }, 250);
  }

  async function draw() {
    await loadFont(model); // plotly measures text when it draws
    Plotly ??= await library(model);
    const text = model.get("figure");
    const wanted = text + model.get("_buffers"); // another trace may have the very same figure
    if (read !== wanted) {
      const sources = model.get("_buffers").map((reference) => lstmVizValues.shared(model, reference, schedule));
      const next = JSON.parse(text);
      const unitFrame = fill(next, await Promise.all(sources));
      [figure, read] = [next, wanted];
      readFigure(unitFrame);
    }
    if (!shown) await takeTurns(plot);
    const width = plot.clientWidth;
    if (gone || width === 0) return; // hidden: the observer below calls again when it has a size
    const next = {figure, width, t: at("t"), unit: at("unit"), chosen: model.get("chosen")};
    next.narrow = isNarrow(next.figure, width);
    if (shown?.figure !== next.figure || shown.narrow !== next.narrow) {
      const wide = composed(next.figure, [next.unit, next.t].filter(Boolean));
      const {data, layout} = next.narrow ? narrowed(wide) : wide;
      plot.style.height = `${layout.height ?? HEIGHT}px`;
      // plotly keeps the titles of axes where they were when only the margins change
      if (shown && shown.narrow !== next.narrow) {
        Plotly.purge(plot);
        shown = null;
      }
      await Plotly.react(plot, data, {height: HEIGHT, ...layout, width, autosize: false}, CONFIG);
    } else {
      if (shown.width !== width) await Plotly.relayout(plot, {width});
      if (shown.unit !== next.unit) await show(Plotly, plot, next.unit, next.narrow);
      if (shown.t !== next.t) await show(Plotly, plot, next.t, next.narrow);
    }
    const same = shown?.figure === next.figure && shown.width === width && shown.narrow === next.narrow;
    if (!same || shown.chosen !== next.chosen) await mark(Plotly, plot, next.chosen);
    if (!shown) {
      plot.on("plotly_click", (event) => choose(model, figure, event));
      plot.on("plotly_clickannotation", ({index}) => {
        const name = figure.data[index]?.meta?.quantity;
        if (!name) return;
        model.set("chosen", name === model.get("chosen") ? "" : name);
        model.save_changes();
      });
    }
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
      sayLater();
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
  model.on("change:chosen", tell);
  const observer = new ResizeObserver(schedule);
  observer.observe(plot);
  for (const name of ["figure", "_buffers", "t", "unit", "chosen"]) model.on(`change:${name}`, schedule);
  schedule();

  return () => {
    gone = true;
    clearTimeout(saying);
    model.off("change:chosen", tell);
    observer.disconnect();
    for (const name of ["figure", "_buffers", "t", "unit", "chosen"]) model.off(`change:${name}`, schedule);
    if (Plotly) Plotly.purge(plot);
  };
}

export default {initialize: hearAnyway, render};
