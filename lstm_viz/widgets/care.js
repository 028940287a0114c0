// What every control on a page needs and ipywidgets leaves out: a name for who hears it, its own arrow keys, its state.
// Once per page, whichever of our widgets comes first.
const lstmVizCare = (() => {
  const nameOf = (handle) => {
    const widget = handle.closest(".jupyter-widgets");
    const label = widget?.querySelector(".widget-label")?.textContent.trim();
    return label || widget?.title || widget?.closest("[title]")?.title || "";
  };

  function look(root) {
    for (const handle of root.querySelectorAll(".noUi-handle")) {
      const name = nameOf(handle);
      if (name && !handle.hasAttribute("aria-label")) handle.setAttribute("aria-label", name);
    }
    // JupyterLab and Notebook take the arrow keys of what has the focus, unless it says so itself
    const unsaid = ":not([data-lm-suppress-shortcuts])";
    for (const own of root.querySelectorAll(`.noUi-handle${unsaid}, .jupyter-widgets select${unsaid}`)) {
      own.dataset.lmSuppressShortcuts = "true";
    }
    for (const button of root.querySelectorAll(".widget-toggle-button")) {
      const pressed = String(button.classList.contains("mod-active"));
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
    for (const group of root.querySelectorAll(".widget-toggle-buttons:not([role])")) {
      group.setAttribute("role", "group");
      const name = group.querySelector(".widget-label")?.textContent.trim();
      if (name) group.setAttribute("aria-label", name);
    }
  }

  // A click on a slider's track moves it; the arrow keys after that belong to it, too.
  function focusSlider({target}) {
    const handle = target.closest?.(".jupyter-widgets .noUi-target")?.querySelector(".noUi-handle");
    if (handle) requestAnimationFrame(() => handle.focus({preventScroll: true}));
  }

  // End goes where a slider began to end: noUiSlider keeps its first range for this key when the range has changed.
  function goToEnd(event) {
    const handle = event.key === "End" && event.target.closest?.(".jupyter-widgets .noUi-handle");
    const slider = handle && handle.closest(".noUi-target").noUiSlider;
    if (!slider || handle.closest("[disabled]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    slider.setHandle(Number(handle.dataset.handle), Number(handle.getAttribute("aria-valuemax")), true);
  }

  return function care() {
    const name = Symbol.for("lstm_viz care");
    if (globalThis[name]) return;
    globalThis[name] = true;
    let waiting = false;
    const soon = () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => { waiting = false; look(document); }, 60);
    };
    const told = (changes) => {
      if (changes.some(({type, target}) => type === "childList" ? target.nodeType === 1
        && !target.closest("svg, [data-value], .widget-label, .widget-readout, .lstm-viz-frame") : target.classList.contains("widget-toggle-button"))) soon();
    };
    new MutationObserver(told).observe(document.body, {
      subtree: true, childList: true, attributes: true, attributeFilter: ["class"],
    });
    document.addEventListener("pointerup", focusSlider, true);
    document.addEventListener("click", focusSlider, true);
    document.addEventListener("keydown", goToEnd, true);
    soon();
  };
})();
