// The first drawings of a page take turns, what is nearest to the screen first, and the screen is shown between them.
const takeTurns = (() => {
  const NAME = Symbol.for("lstm_viz turns");

  // how far it is from what the screen shows; 0 in sight
  function away(element) {
    if (!element.getClientRects().length) return Infinity; // hidden
    const {top, bottom} = element.getBoundingClientRect();
    return Math.max(top - innerHeight, -bottom, 0);
  }

  function next(waiting) {
    const distances = waiting.map(({element}) => away(element));
    const [{done}] = waiting.splice(distances.indexOf(Math.min(...distances)), 1);
    done();
    // the drawing follows in this very task; then the browser shows it, and the next one has its turn
    requestAnimationFrame(() => setTimeout(() => (waiting.length ? next(waiting) : delete globalThis[NAME])));
  }

  // Resolves when it is this element's turn. Every view has its own copy of this file, so the queue is the page's.
  return (element) => new Promise((done) => {
    if (globalThis[NAME]) {
      globalThis[NAME].push({element, done});
      return;
    }
    const waiting = globalThis[NAME] = [{element, done}];
    setTimeout(() => next(waiting)); // those that became ready together have joined by then
  });
})();
