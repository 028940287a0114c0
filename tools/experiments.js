// A choice that is committed to opens what the page shows of its experiment: all folded outputs up to the next question.
document.addEventListener("submit", (event) => {
  const question = event.target.closest?.(".lstm-viz-prediction");
  if (!question) return;
  const places = [...document.querySelectorAll(".lstm-viz-prediction, details.lstm-viz-experiment, details.below-input")];
  for (const place of places.slice(places.indexOf(question) + 1)) {
    if (place.matches(".lstm-viz-prediction")) break;
    place.open = true;
  }
}, true);
