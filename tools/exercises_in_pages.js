// Checks a number in the page, with the sentence that the notebook would say, and keeps it for the next visit.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches?.(".lstm-viz-exercise form")) return;
  event.preventDefault();
  const {right, remark, wrong, whole} = JSON.parse(
    new TextDecoder().decode(Uint8Array.from(atob(form.dataset.answers), (c) => c.charCodeAt(0))));
  const text = form.querySelector("input").value.trim().replace(/^([+-]?\d*),(\d+)$/, "$1.$2").replace("\u2212", "-");
  const said = form.querySelector("output");
  const say = (sign, words) => {
    said.replaceChildren(...`${sign} ${words}`.trim().split("`").map((part, k) => {
      if (k % 2 === 0) return part;
      const code = document.createElement("code");
      code.textContent = part;
      return code;
    }));
    said.dataset.right = sign === "✓";
  };
  const number = Number(text);
  if (!text) return say("○", "Type a number.");
  if (!Number.isFinite(number)) return say("✗", "This cannot be read as a number; write it as 0.25 or 2.5e-3.");
  if (right.some(([low, high]) => low <= number && number <= high)) return say("✓", `right. ${remark}`);
  if (whole && !Number.isInteger(number)) return say("✗", "not right yet. A whole number is expected.");
  const known = wrong.find(([usual]) => Math.abs(number - usual) <= 1e-3 * Math.max(1e-9, Math.abs(usual)));
  say("✗", `not right yet. ${known ? known[1] : "The hints are below."}`);
});
