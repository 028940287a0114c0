// JupyterLab and Notebook 7: where a saved notebook shows a widget of which nothing was saved, one calm line takes the
// place of "Error displaying widget: model not found". As it stands here, it is loaded: a container of module federation
// written by hand, so that no build is needed. It shares no module and asks for none.
(() => {
  const WIDGET = "application/vnd.jupyter.widget-view+json";
  const LINE = "This view went with its kernel: run this cell, Shift+Enter, and it is back.";

  // What the cell holds beside the view: the picture stored with the lesson if there is one, else its text.
  async function restIn(place, model, rendermime) {
    const line = document.createElement("em");
    line.textContent = LINE;
    place.removeClass("jupyter-widgets");
    place.node.textContent = "";
    const {[WIDGET]: _, ...data} = model.data;
    const mime = rendermime.preferredMimeType(data, model.trusted ? "any" : "ensure");
    if (mime) {
      const rest = rendermime.createRenderer(mime);
      await rest.renderModel(model);
      place.addWidget(rest);
    }
    place.node.prepend(line);
  }

  // The widget manager's renderer marks itself with this class where it gives up; a view brings its own element.
  const gaveUp = (renderer) => renderer.hasClass("jupyter-widgets") && renderer.widgets.length === 0;

  function calm(renderer, rendermime) {
    const render = renderer.renderModel.bind(renderer);
    renderer.renderModel = async (model) => { // also called by the renderer itself when the kernel has answered
      await render(model);
      if (!renderer.isDisposed && gaveUp(renderer)) await restIn(renderer, model, rendermime);
    };
    return renderer;
  }

  const plugin = {
    id: "lstm_viz:calm",
    description: "One calm line in place of a widget whose kernel is gone.",
    autoStart: true,
    activate(app) {
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew({content: {rendermime}}) {
          const make = rendermime.createRenderer.bind(rendermime);
          rendermime.createRenderer = (mime) => mime === WIDGET ? calm(make(mime), rendermime) : make(mime);
        },
      });
    },
  };

  (globalThis._JUPYTERLAB ??= {}).lstm_viz = {
    init() {},
    get: async () => () => ({__esModule: true, default: plugin}),
  };
})();
