// One sentence above the controls of a view that nothing in this page answers, with the way to where they work.
(function () {
  const run = document.currentScript?.dataset.run;

  function note() {
    const note = document.createElement("p");
    note.className = "lstm-viz-needs-python-note";
    note.append("Grey controls need Python, and nothing answers them in this page. ");
    if (run) {
      const way = document.createElement("a");
      way.href = run;
      way.textContent = "Run this lesson.";
      note.append(way);
    } else note.append("Run this lesson's notebook.");
    return note;
  }

  function look() {
    for (const control of document.querySelectorAll(".lstm-viz-needs-python")) {
      if (!control.getClientRects().length) continue;
      let view = control;
      while (view.parentElement?.closest(".jupyter-widgets")) view = view.parentElement.closest(".jupyter-widgets");
      while (/flex|grid|table/.test(getComputedStyle(view.parentElement).display)) view = view.parentElement; // a row would squeeze it
      if (!view.previousElementSibling?.classList.contains("lstm-viz-needs-python-note")) view.before(note());
    }
  }

  function watch() {
    let waiting = false;
    new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; look(); });
    }).observe(document.body, {childList: true, subtree: true});
    look();
  }

  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);
})();
