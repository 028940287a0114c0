// Carries the values of some widgets to others inside the browser. Unlike jslink it does not send every copy to
// the kernel, so a move of the slider costs one message however many pictures follow it.
function initialize({model}) {
  hearAnyway({model});
  const manager = model.widget_manager;
  const get = (reference) => manager.get_model(reference.replace(/^IPY_MODEL_/, ""));
  let undo = [];
  let round = 0;

  const carried = (value, {values, text}) => {
    if (text) return text.replace("{}", () => value);
    return values ? values[Math.min(Number(value), values.length - 1)] : value;
  };

  function follow(source, target, link) {
    const {from, to, values, back} = link;
    // as if it came from the kernel: with `set` it would go there with the target's next message, and its echo would
    // undo what was chosen since then
    const forth = () => {
      const value = carried(source.get(from), link);
      if (target.get(to) === value) return;
      overtake(target, to, value);
      target.set_state({[to]: value});
    };
    const home = () => {
      const value = values ? values.indexOf(target.get(to)) : target.get(to);
      if (source.get(from) === value || (values && value < 0)) return;
      if (isAnswered(target, to) && isAsked(source)) { // the answer to an older choice: the newer one stays
        queueMicrotask(forth); // not inside of what the kernel sets, or ipywidgets would take it for a choice to send
        return;
      }
      source.set(from, value);
      source.save_changes();
    };
    source.on(`change:${from}`, forth);
    if (back) target.on(`change:${to}`, home);
    undo.push(() => { source.off(`change:${from}`, forth); target.off(`change:${to}`, home); });
    forth();
  }

  // What the target was once asked for itself, and is now another: an echo still to come is an older choice's, and what
  // waits to be sent is the new one. Otherwise the echo would go home as if it had been chosen just now.
  function overtake(target, name, value) {
    if (target._expectedEchoMsgIds?.has(name)) target._expectedEchoMsgIds.set(name, "overtaken");
    if (name in (target._msg_buffer ?? {})) target._msg_buffer[name] = value;
  }

  // Does the kernel set this value at this moment; does it still owe this widget an answer?
  const isAnswered = (target, name) => name in (target._state_lock ?? {});
  const isAsked = (source) => source._pending_msgs > 0;

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
