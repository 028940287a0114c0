// For JupyterLab and Notebook 7, in notebooks that use lstm_viz. Where nothing was saved of a widget, one calm line takes
// the place of "Error displaying widget: model not found"; and a notebook is not unsaved because the kernel has another
// version of Python. As it stands here, it is loaded: a container of module federation written by hand, so that no build
// is needed. It shares no module and asks for none.
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

  const isOurs = ({cells}) => [...cells].some(({sharedModel}) => sharedModel.source.includes("lstm_viz"));

  function calm(renderer, rendermime, notebook) {
    const render = renderer.renderModel.bind(renderer);
    renderer.renderModel = async (model) => { // also called by the renderer itself when the kernel has answered
      await render(model);
      if (!renderer.isDisposed && gaveUp(renderer) && isOurs(notebook)) await restIn(renderer, model, rendermime);
    };
    return renderer;
  }

  // A kernel writes its version of Python into the notebook; that alone is nothing to be saved.
  function stayClean(notebook) {
    let [turned, byKernel] = [false, false]; // in this very call
    const judge = () => queueMicrotask(() => {
      if (turned && byKernel && isOurs(notebook)) notebook.dirty = false;
      turned = byKernel = false;
    });
    notebook.stateChanged.connect((_, {name, newValue}) => {
      if (name === "dirty" && newValue) { turned = true; judge(); }
    });
    notebook.metadataChanged.connect((_, {key}) => {
      if (key === "language_info" || key === "kernelspec") { byKernel = true; judge(); }
    });
  }

  const plugin = {
    id: "lstm_viz:calm",
    description: "Calm where nothing is wrong: a widget whose kernel is gone, a notebook merely opened.",
    autoStart: true,
    activate(app) {
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew({content: {rendermime}}, {model}) {
          const make = rendermime.createRenderer.bind(rendermime);
          rendermime.createRenderer = (mime) => mime === WIDGET ? calm(make(mime), rendermime, model) : make(mime);
          stayClean(model);
        },
      });
    },
  };

  (globalThis._JUPYTERLAB ??= {}).lstm_viz = {
    init() {},
    get: async () => () => ({__esModule: true, default: plugin}),
  };
})();
