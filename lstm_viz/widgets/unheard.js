// Says so when what was typed is not taken by Python: in a saved page, or where no kernel runs behind the page.
const PATIENCE = 2000; // milliseconds, in which a running kernel has read a text

async function render({model, el}) {
  const box = await model.widget_manager.get_model(model.get("source").replace(/^IPY_MODEL_/, ""));
  el.classList.add("lstm-viz-unheard");
  el.setAttribute("role", "status");
  let timer = null;

  function look() {
    clearTimeout(timer);
    const heard = box.get("value") === model.get("heard");
    if (heard) el.textContent = "";
    else timer = setTimeout(() => { el.textContent = model.get("message"); }, PATIENCE);
  }

  box.on("change:value", look);
  model.on("change:heard", look);
  look();
  return () => {
    clearTimeout(timer);
    box.off("change:value", look);
    model.off("change:heard", look);
  };
}

export default {render};
