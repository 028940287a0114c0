// A ranking of units: a click on a row, or Enter on its button, chooses its unit and quantity; the chosen row stands out.
function render({model, el}) {
  lstmVizCare();
  el.classList.add("lstm-viz-ranking");
  let rows = [];

  const cell = (tag, parent, text, scope) => {
    const made = parent.appendChild(document.createElement(tag));
    made.textContent = text;
    if (scope) made.scope = scope;
    return made;
  };

  function choose({quantity, unit}) {
    model.set("unit", unit);
    if (quantity) model.set("quantity", quantity);
    model.save_changes();
  }

  function draw() {
    const table = document.createElement("table");
    cell("caption", table, model.get("caption"));
    const head = table.createTHead().insertRow();
    for (const title of ["unit", ...model.get("columns")]) cell("th", head, title, "col");
    const body = table.createTBody();
    rows = model.get("rows").map((row) => {
      const line = body.insertRow();
      const button = cell("th", line, "", "row").appendChild(document.createElement("button"));
      button.type = "button";
      button.textContent = `${row.quantity ? `${row.quantity} of ` : ""}unit ${row.unit}`;
      for (const text of row.entries) cell("td", line, text);
      line.addEventListener("click", () => choose(row));
      return [row, line, button];
    });
    el.replaceChildren(table);
    mark();
  }

  function mark() {
    for (const [{quantity, unit}, line, button] of rows) {
      const on = unit === model.get("unit") && (!quantity || quantity === model.get("quantity"));
      line.classList.toggle("on", on);
      button.setAttribute("aria-pressed", on);
    }
  }

  model.on("change:rows change:columns change:caption", draw);
  model.on("change:unit change:quantity", mark);
  draw();
  return () => {
    model.off("change:rows change:columns change:caption", draw);
    model.off("change:unit change:quantity", mark);
  };
}

export default {initialize: hearAnyway, render};
