// Carries the values of some widgets to others inside the browser. Unlike jslink it does not send every copy to
// the kernel, so a move of the slider costs one message however many pictures follow it.
function initialize({model}) {
  const manager = model.widget_manager;
  const get = (reference) => manager.get_model(reference.replace(/^IPY_MODEL_/, ""));
  let undo = [];
  let round = 0;

  function follow(source, target, {from, to, values, back}) {
    const forth = () => {
      const value = source.get(from);
      target.set(to, values ? values[Math.min(Number(value), values.length - 1)] : value);
    };
    const home = () => {
      if (source.get(from) === target.get(to)) return;
      source.set(from, target.get(to));
      source.save_changes();
    };
    source.on(`change:${from}`, forth);
    if (back) target.on(`change:${to}`, home);
    undo.push(() => { source.off(`change:${from}`, forth); target.off(`change:${to}`, home); });
    forth();
  }

  async function connect() {
    const now = ++round;
    const found = await Promise.allSettled(model.get("links").map(
      async (link) => [await get(link.source), await get(link.target), link]));
    if (now !== round) return; // newer links came in while these were looked up
    disconnect();
    for (const {value, reason} of found) {
      if (value) follow(...value);
      else console.warn("lstm_viz: a linked widget is gone.", reason); // closed from Python; the others go on
    }
  }

  function disconnect() {
    for (const step of undo) step();
    undo = [];
  }

  model.on("change:links", connect);
  connect();
  return () => { round += 1; disconnect(); };
}

function render({el}) {
  el.style.display = "none";
}

export default {initialize, render};
