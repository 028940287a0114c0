// The front page's view plays by itself, unless its reader prefers reduced motion.
function playFront() {
  const front = document.querySelector(".lstm-viz-ways");
  if (!front || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const watch = new MutationObserver(() => {
    const button = document.querySelector(".lstm-viz-view .lstm-viz-play");
    if (!button || !document.querySelector(".lstm-viz-view svg.main-svg")) return;
    watch.disconnect();
    button.click();
  });
  watch.observe(document.body, {childList: true, subtree: true});
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", playFront);
else playFront();
