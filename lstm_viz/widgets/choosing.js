// A quantity is chosen with a click, or with the arrow keys once a view has the focus; every linked view shows it.
// Comes with the bar that links the views, once per page. A view of the class lstm-viz-choose has put under its
// element's `lstmViz` its model and `choices()`: [[name, what it is in words], ...] in the order of the arrow keys.
(() => {
  const known = Symbol.for("lstm_viz choices");
  if (globalThis[known]) return;

  function choose({model}, name) {
    model.set("chosen", name);
    model.save_changes();
  }

  document.addEventListener("click", ({target}) => {
    const view = target.closest?.(".lstm-viz-choose")?.lstmViz;
    const name = target.closest?.("[data-choose]")?.dataset.choose;
    if (view && name) choose(view, name === view.model.get("chosen") ? "" : name);
  });

  // as it goes down, before JupyterLab takes the arrow keys
  document.addEventListener("keydown", (event) => {
    const view = event.target.lstmViz;
    if (!view || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = view.choices().map(([name]) => name);
    const at = all.indexOf(view.model.get("chosen"));
    const next = all[(at + 1) % all.length];
    const last = all[(Math.max(at, 0) + all.length - 1) % all.length];
    const to = {ArrowRight: next, ArrowDown: next, ArrowLeft: last, ArrowUp: last, Home: all[0], End: all.at(-1), Escape: ""}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    choose(view, to);
  }, true);

  function say(el) {
    const all = el.lstmViz.choices();
    if (!all.length) return;
    const [, label] = all.find(([name]) => name === el.lstmViz.model.get("chosen")) ?? [];
    el.tabIndex = 0;
    el.setAttribute("role", "group");
    el.setAttribute("aria-label", `quantities: arrow keys choose one, Escape none; chosen: ${label ?? "none"}`);
  }

  globalThis[known] = say;
  document.querySelectorAll(".lstm-viz-choose").forEach(say);
})();
