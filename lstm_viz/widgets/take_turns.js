// The first drawings of a page take turns, what is in sight first, and the screen is shown between them.
const takeTurns = (() => {
  const NAME = Symbol.for("lstm_viz turns");

  const inSight = (element) => {
    const {top, bottom} = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };

  function next(waiting) {
    const place = Math.max(waiting.findIndex(({element}) => inSight(element)), 0);
    const [{done}] = waiting.splice(place, 1);
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
