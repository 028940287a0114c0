// A view on the whole screen: laid out as wide as it fits without scrolling, and scaled up, type and all.
const TWO_COLUMNS = 960; // pixels that a diagram beside its heatmaps needs
const ONE_COLUMN = 640;
const TEXT = 16; // pixels of the pictures' type
const READABLE = 0.022; // of the screen's height, from the back row

// fullScreen(bar, keys) -> {toggle, close, isOn, watch}; keys {name: action} work from anywhere while it is on
function fullScreen(bar, keys) {
  const view = bar.closest(".lstm-viz-view, .lstm-viz-lab") ?? bar.parentElement;
  let stage = null;
  let round = 0;
  const listeners = new Set();
  const isOn = () => stage !== null;

  // The largest scale at which all of the view is on the screen. Its height depends on the width that is left to it.
  // Of several that were asked for at once (the screen's size changes while it is entered) the last one counts.
  async function fit() {
    const mine = ++round;
    view.classList.add("lstm-viz-fitting");
    view.classList.remove("lstm-viz-tight");
    const scale = await largest(mine);
    if (TEXT * scale < READABLE * innerHeight && mine === round) {
      view.classList.add("lstm-viz-tight"); // leaves out what the rest of the view says, too
      await largest(mine);
    }
    if (mine === round) view.classList.remove("lstm-viz-fitting");
  }

  async function largest(mine) {
    const least = view.querySelector(".lstm-viz-columns") ? TWO_COLUMNS : ONE_COLUMN;
    let scale = innerWidth / least; // from above: a smaller scale leaves more width, at which pictures may grow taller
    for (let turn = 0; turn < 10 && mine === round; turn++) {
      view.style.width = `${innerWidth / scale}px`;
      view.style.transform = `scale(${scale})`;
      await new Promise((done) => setTimeout(done, 120)); // pictures are drawn for the new width
      const fits = innerHeight / view.scrollHeight;
      if (fits >= scale) break;
      scale = Math.min(fits, 0.995 * scale);
    }
    return scale;
  }

  const told = () => { for (const listener of listeners) listener(isOn()); };

  function pressed(event) {
    if (!stage || event.ctrlKey || event.altKey || event.metaKey) return;
    const own = event.target.closest?.("input, textarea, select");
    const close = event.key === "Escape" || (event.key === "f" && !own);
    const action = close ? off : own ? null : keys[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    action();
  }

  const left = () => { if (stage && !document.fullscreenElement && !stage.classList.contains("lstm-viz-overlay")) off(); };

  async function on() {
    stage = view.parentElement;
    stage.classList.add("lstm-viz-stage");
    view.classList.add("lstm-viz-full");
    document.addEventListener("keydown", pressed, true);
    document.addEventListener("fullscreenchange", left);
    addEventListener("resize", fit);
    told();
    try {
      await stage.requestFullscreen();
    } catch { // a frame without the permission: the window, then, is the screen
      stage?.classList.add("lstm-viz-overlay");
    }
    await fit();
    bar.querySelector(".lstm-viz-play")?.focus({preventScroll: true});
  }

  function off() {
    if (!stage) return;
    const was = stage;
    stage = null;
    round += 1;
    was.classList.remove("lstm-viz-stage", "lstm-viz-overlay");
    view.classList.remove("lstm-viz-full", "lstm-viz-tight", "lstm-viz-fitting");
    view.style.width = view.style.transform = "";
    document.removeEventListener("keydown", pressed, true);
    document.removeEventListener("fullscreenchange", left);
    removeEventListener("resize", fit);
    if (document.fullscreenElement === was) document.exitFullscreen();
    told();
    view.scrollIntoView({block: "nearest"});
  }

  return {toggle: () => (stage ? off() : on()), close: off, isOn, watch: (listener) => listeners.add(listener)};
}
