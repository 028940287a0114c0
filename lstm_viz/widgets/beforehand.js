// In a page without a kernel: answers to the positions of knobs that Python has worked out beforehand.
const find = (manager, reference) => manager.get_model(reference.replace(/^IPY_MODEL_/, ""));
const same = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

// The stop where a knob comes to rest that was moved from `old` to `value`: the next one in the direction of the move.
function stop(stops, old, value) {
  const exact = stops.find((each) => same(each, value));
  if (exact !== undefined) return exact;
  if (value > old) return stops.find((each) => each > value) ?? stops.at(-1);
  return stops.findLast((each) => each < value) ?? stops[0];
}

// (value, old) -> the number of the position and its value; a range is two edges, each with the stops of its side
function placing(positions) {
  const ofEdges = Array.isArray(positions[0]);
  const sides = (ofEdges ? [0, 1] : [null]).map((side) =>
    [...new Set(positions.map((each) => (side === null ? each : each[side])))].sort((a, b) => a - b));
  return (value, old) => {
    const rests = ofEdges ? sides.map((stops, side) => stop(stops, old[side], value[side]))
      : stop(sides[0], old, value);
    const at = positions.findIndex((each) => (ofEdges ? each.every((edge, k) => same(edge, rests[k])) : same(each, rests)));
    return at < 0 ? null : [at, positions[at]];
  };
}

function at({axes, of, values}, where, lengths) {
  return values[of[axes.reduce((flat, axis) => flat * lengths[axis] + where[axis], 0)]];
}

function put(tree, path, value) {
  const last = path.at(-1);
  path.slice(0, -1).reduce((node, key) => node[key], tree)[last] = value;
}

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function initialize({model}) {
  let undo = [];

  async function connect() {
    const manager = model.widget_manager;
    const answers = await unpacked(model.get("answers"));
    const targets = await Promise.all(model.get("targets").map(({target}) => find(manager, target)));
    const names = model.get("targets").map(({name}) => name);
    const knobs = await Promise.all(model.get("knobs").map(async ({knob, name, positions}) =>
      ({knob: await find(manager, knob), name, place: placing(positions), count: positions.length})));
    const lengths = knobs.map(({count}) => count);
    const rest = knobs.map(({knob, name}) => knob.get(name));
    const where = knobs.map(({place}, k) => place(rest[k], rest[k])?.[0] ?? 0);
    // what does not differ stays as it is
    const bases = answers.map(({kind}, k) => (kind === "json" ? targets[k].get(names[k]) : null));

    function answer() {
      answers.forEach(({kind, columns}, k) => {
        let value;
        if (kind === "json") {
          value = JSON.parse(bases[k]);
          for (const column of columns) put(value, column.path, at(column, where, lengths));
          value = JSON.stringify(value);
        } else if (kind === "text") {
          value = columns.map((column) => at(column, where, lengths)).join("");
        } else value = at(columns[0], where, lengths);
        if (targets[k].get(names[k]) !== value) targets[k].set_state({[names[k]]: value});
      });
    }

    knobs.forEach(({knob, name, place}, k) => {
      const turned = () => {
        const found = place(knob.get(name), rest[k]);
        if (!found) return;
        const [number, value] = found;
        const moved = number !== where[k];
        [where[k], rest[k]] = found;
        if (JSON.stringify(knob.get(name)) !== JSON.stringify(value)) knob.set_state({[name]: value});
        if (moved) answer();
      };
      knob.on(`change:${name}`, turned);
      undo.push(() => knob.off(`change:${name}`, turned));
    });
  }

  connect().catch((error) => console.error("lstm_viz Beforehand:", error));
  return () => { for (const step of undo) step(); };
}

function render({model, el}) {
  el.classList.add("lstm-viz-beforehand");
  el.textContent = model.get("message");
  if (!el.textContent) el.style.display = "none";
}

export default {initialize, render};
