// One plotly.js per page. It arrives gzipped, is unpacked by the browser and loaded as a module (no eval).
const loadPlotly = (() => {
  // Some pages (a saved HTML page has require.js) would draw a UMD bundle into their own loader: the module's
  // own `module` and `define` keep it here. Another copy of plotly.js on the page keeps its global name.
  const HEAD = `
    const theirs = Object.getOwnPropertyDescriptor(self, "Plotly");
    const module = {exports: {}}, exports = module.exports, define = undefined;
  `;
  const TAIL = `
    ;const Plotly = module.exports;
    if (theirs) Object.defineProperty(self, "Plotly", theirs); else delete self.Plotly;
    export default Plotly;
  `;

  async function unpack(bytes) {
    if (typeof DecompressionStream === "undefined") {
      throw new Error("this browser is too old (Chrome 80, Firefox 113 or Safari 16.4 can show it)");
    }
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const url = URL.createObjectURL(new Blob([HEAD, await new Response(stream).text(), TAIL], {type: "text/javascript"}));
    try {
      return (await import(url)).default;
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  function script(url) {
    return new Promise((resolve, reject) => {
      const element = Object.assign(document.createElement("script"), {src: url});
      element.onload = () => resolve(globalThis.Plotly);
      element.onerror = () => reject(new Error(`the file ${url}, which belongs beside this page, is missing`));
      document.head.append(element);
    });
  }

  // Every view imports its own copy of this file, so what the page already has is kept under a name of the page.
  return function loadPlotly(version, {bytes, url}) {
    const name = Symbol.for(`lstm_viz plotly.js ${version}`);
    globalThis[name] ??= (url ? script(url) : unpack(bytes)).catch((error) => {
      delete globalThis[name];
      throw error;
    });
    return globalThis[name];
  };
})();
