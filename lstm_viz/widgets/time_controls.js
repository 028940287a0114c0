// Buttons that move an ipywidgets slider in the browser: first, back, play or pause, forward; and the whole screen.
const ICONS = {
  first: "M6 4v16M19 4l-9 8l9 8",
  back: "M16 4l-9 8l9 8",
  play: "M6 3v18l15-9z",
  pause: "M6 4h4v16h-4zM14 4h4v16h-4z",
  forward: "M8 4l9 8l-9 8",
  screen: "M4 9v-5h5M15 4h5v5M20 15v5h-5M9 20h-5v-5",
};

const slider = (model) => model.widget_manager.get_model(model.get("slider").replace(/^IPY_MODEL_/, ""));

function move(time, value) {
  const t = Math.min(Math.max(value, time.get("min")), time.get("max"));
  if (t === time.get("value")) return;
  time.set("value", t);
  time.save_changes();
}

// Playing belongs to the model, so that all views of it play together. `playing` is never sent to the kernel.
function initialize({model}) {
  hearAnyway({model});
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; };

  async function play() {
    stop();
    if (!model.get("playing")) return;
    const time = await slider(model);
    if (time.get("value") >= time.get("max")) move(time, time.get("min"));
    timer = setInterval(() => {
      move(time, time.get("value") + 1);
      if (time.get("value") >= time.get("max")) model.set("playing", false);
    }, model.get("interval"));
  }

  model.on("change:playing", play);
  model.on("change:interval", play);
  play();
  return stop;
}

async function render({model, el}) {
  lstmVizCare();
  const time = await slider(model);
  el.classList.add("lstm-viz-buttons");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "move through time");

  let screen = null;
  const toggle = () => model.set("playing", !model.get("playing"));
  const pause = () => model.set("playing", false);
  const step = (by) => { pause(); move(time, time.get("value") + by); };
  const actions = {
    first: ["first timestep (Home)", () => step(-Infinity)],
    back: ["one timestep back (left arrow)", () => step(-1)],
    play: ["play (space)", toggle],
    forward: ["one timestep forward (right arrow)", () => step(1)],
    screen: ["full screen (f)", () => screen?.toggle()],
  };
  const buttons = {};
  for (const [name, [label, action]] of Object.entries(actions)) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = label;
    button.setAttribute("aria-label", label);
    button.className = `lstm-viz-${name}`;
    button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
    button.addEventListener("click", action);
    buttons[name] = button;
    el.append(button);
  }

  function showPlaying() {
    const playing = model.get("playing");
    const label = playing ? "pause (space)" : "play (space)";
    buttons.play.title = label;
    buttons.play.setAttribute("aria-label", label);
    buttons.play.querySelector("path").setAttribute("d", playing ? ICONS.pause : ICONS.play);
  }
  model.on("change:playing", showPlaying);
  showPlaying();

  const keys = {
    ArrowLeft: () => step(-1), ArrowRight: () => step(1), ArrowDown: () => step(-1), ArrowUp: () => step(1),
    Home: () => step(-Infinity), End: () => step(Infinity),
    PageDown: () => step(-5), PageUp: () => step(5), " ": toggle, f: () => screen?.toggle(),
  };
  // a presenter's remote sends PageDown for the next and PageUp for the one before
  const onStage = {...keys, PageDown: () => step(1), PageUp: () => step(-1)};

  function showScreen(on) {
    const label = on ? "leave full screen (Esc)" : "full screen (f)";
    buttons.screen.title = label;
    buttons.screen.setAttribute("aria-label", label);
    buttons.screen.setAttribute("aria-pressed", String(on));
  }

  // Who takes the bar in hand stops the play: it would move on under that hand.
  const taken = (event) => { if (event.target.closest(".noUi-target")) pause(); };

  // The keys work on the whole bar. The slider moves itself; other inputs keep their own keys.
  function pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const onSlider = event.target.closest(".noUi-handle");
    const onButton = event.target.closest(".lstm-viz-buttons button");
    const space = event.key === " ", whole = event.key === "f";
    if (onSlider && event.key in keys && !space && !whole) pause();
    if (!(event.key in keys) || (!whole && (onSlider ? !space : !onButton || space))) return;
    if (whole && event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }
  const halt = (event) => { if (event.key in keys) event.stopPropagation(); };

  // the bar is known once this view is in the page
  let bar = null;
  const observer = new ResizeObserver(() => {
    bar ??= el.closest(".lstm-viz-time");
    if (!bar || bar.dataset.keys) return;
    bar.dataset.keys = "on";
    bar.dataset.lmSuppressShortcuts = "true"; // JupyterLab would take the arrow keys and the space bar,
    for (const own of bar.querySelectorAll("button, select, .noUi-handle")) own.dataset.lmSuppressShortcuts = "true";
    screen = fullScreen(bar, onStage);
    screen.watch(showScreen);
    bar.addEventListener("keydown", pressed);
    bar.addEventListener("keydown", halt);
    bar.addEventListener("pointerdown", taken);
    bar.querySelector(".noUi-handle")?.setAttribute("aria-label", "timestep t");
  });
  observer.observe(el);

  return () => {
    observer.disconnect();
    screen?.close();
    model.off("change:playing", showPlaying);
    bar?.removeEventListener("keydown", pressed);
    bar?.removeEventListener("keydown", halt);
    bar?.removeEventListener("pointerdown", taken);
  };
}

export default {initialize, render};
