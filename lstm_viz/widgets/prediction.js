// A question, its choices as radio buttons, and a Commit button. The choice is kept here; the kernel is only told.
function render({model, el}) {
  const form = document.createElement("form");
  form.className = "lstm-viz-prediction";
  form.dataset.lmSuppressShortcuts = "true"; // JupyterLab would take the arrow keys and Enter
  form.addEventListener("keydown", (event) => event.stopPropagation());

  const set = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = model.get("heading");
  const question = document.createElement("p");
  question.textContent = model.get("question");
  set.append(legend, question);

  const name = `prediction-${model.model_id ?? ""}-${Math.random()}`; // radio buttons of one view belong together
  const radios = model.get("choices").map((choice) => {
    const label = document.createElement("label");
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = name;
    label.append(radio, choice);
    set.append(label);
    return radio;
  });

  const button = document.createElement("button");
  button.textContent = "Commit";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  set.append(button, said);
  form.append(set);
  el.append(form);

  function show() {
    const chosen = model.get("chosen");
    const picked = radios.findIndex((radio) => radio.checked);
    if (chosen >= 0 && picked < 0) radios[chosen].checked = true;
    button.disabled = radios.every((radio) => !radio.checked);
    said.textContent = chosen < 0 ? "Choose, then commit."
      : `You predict: ${model.get("choices")[chosen]}. ${model.get("then")}`;
  }

  set.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    model.set("chosen", radios.findIndex((radio) => radio.checked));
    model.save_changes();
  });
  model.on("change:chosen", show);
  show();
  return () => model.off("change:chosen", show);
}

export default {initialize: hearAnyway, render};
