// The front page's view plays by itself, unless its reader prefers reduced motion or has begun to move it.
function playFront() {
  const front = document.querySelector(".lstm-viz-ways");
  if (!front || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const watch = new MutationObserver(() => {
    const button = document.querySelector(".lstm-viz-view .lstm-viz-play");
    if (!button || !document.querySelector(".lstm-viz-view svg.main-svg")) return;
    watch.disconnect();
    button.click();
  });
  const begun = ({target}) => { if (target.closest?.(".lstm-viz-view")) watch.disconnect(); };
  for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, begun, {capture: true});
  watch.observe(document.body, {childList: true, subtree: true});
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", playFront);
else playFront();
