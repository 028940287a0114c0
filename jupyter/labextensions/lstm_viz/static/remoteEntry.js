// For JupyterLab and Notebook 7, in notebooks that use lstm_viz. Where nothing was saved of a widget, one calm line takes
// the place of "Error displaying widget: model not found"; one that comes late is waited for; where it lives on without its
// kernel, one line takes the place of a red broken link on each of its parts. And a notebook is not unsaved because it was
// opened: neither because the kernel has another version of Python, nor because its views were put up again. What is folded
// does not show its beginning, which would give a prediction's answer away. As it stands here, it is loaded: a container of
// module federation written by hand, so that no build is needed. It shares no module and asks for none.
(() => {
  const WIDGET = "application/vnd.jupyter.widget-view+json";
  const STATE = "application/vnd.jupyter.widget-state+json";
  const LINE = "This view went with its kernel: run the cells from the top to here (Shift+Enter), and it is back.";
  const WITHOUT = "The kernel of this view has gone. What slides still slides; " +
    "for the rest run the cells from the top to here (Shift+Enter).";
  const OURS = "lstm-viz-calm";
  const LESSON = "lstm-viz-lesson"; // a notebook that uses lstm_viz
  const LOOK = `
.${OURS} .jupyter-widgets-disconnected::before {content: none}
.${OURS} > .jupyter-widgets-disconnected::before {
  content: "${WITHOUT}"; display: block; flex: 0 0 100%; margin-bottom: 4px;
  color: var(--jp-ui-font-color1);
  font: italic var(--jp-content-font-size1, 14px) var(--jp-content-font-family, sans-serif);
}
.${OURS} > .widget-hbox.jupyter-widgets-disconnected {flex-wrap: wrap}
.${LESSON} .jp-OutputPlaceholder .jp-PlaceholderText {display: none}
.${LESSON} .jp-OutputPlaceholder .jp-Placeholder-contentContainer::before {
  content: "show me";
  font: var(--jp-content-font-size1, 14px) var(--jp-content-font-family, sans-serif);
}`;

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

  const pause = (ms) => new Promise((go) => setTimeout(go, ms));

  // The widget manager waits 2 s for a widget's model, then looks whether it has restored what there was, and gives up for
  // good if it has. But it says so as well when it has heard the kernel and has yet to load what the notebook holds, and on
  // a busy machine a model may come while nobody looks. So the renderer is asked when the model is there, or will not come:
  // 20 s after that word, for one that the notebook holds. Where the manager is not found, the renderer is asked at once.
  async function coming(renderer, id, saved) {
    const manager = await renderer._manager?.promise;
    if (!manager?.has_model) return;
    let restored = Infinity;
    while (!renderer.isDisposed && id && !manager.has_model(id)) {
      if (manager.restoredStatus) {
        restored = Math.min(restored, performance.now());
        if (!saved().has(id) || performance.now() > restored + 20_000) return;
      }
      await pause(100);
    }
  }

  // What the notebook holds of its widgets when it is opened: the names of their models.
  function held(notebook) {
    let names;
    return () => names ??= new Set(Object.keys(notebook.getMetadata("widgets")?.[STATE]?.state ?? {}));
  }

  const isOurs = ({cells}) => [...cells].some(({sharedModel}) => sharedModel.source.includes("lstm_viz"));

  function calm(renderer, rendermime, notebook, saved) {
    const render = renderer.renderModel.bind(renderer);
    renderer.renderModel = async (model) => { // also called by the renderer itself when the kernel has answered
      if (isOurs(notebook)) {
        renderer.node.textContent = "Loading widget..."; // as the renderer itself says while it waits
        await coming(renderer, model.data[WIDGET].model_id, saved);
        if (renderer.isDisposed) return;
      }
      await render(model);
      if (renderer.isDisposed || !isOurs(notebook)) return;
      renderer.addClass(OURS);
      if (gaveUp(renderer)) await restIn(renderer, model, rendermime);
    };
    return renderer;
  }

  // What a reader changes changes the notebook's content first, and then the notebook is unsaved. The widget manager calls
  // it unsaved with no such change, for each view that it puts up again or takes down; and a kernel writes its version of
  // Python into the metadata. Neither is anything to be saved.
  function stayClean(notebook) {
    let [turned, changed, byKernel] = [false, false, false]; // in this very call
    const judge = () => queueMicrotask(() => {
      if (turned && (byKernel || !changed) && isOurs(notebook)) notebook.dirty = false;
      turned = changed = byKernel = false;
    });
    notebook.contentChanged.connect(() => { changed = true; judge(); });
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
      document.head.append(Object.assign(document.createElement("style"), {textContent: LOOK}));
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew({content}, {model, ready}) {
          const {rendermime} = content;
          ready.then(() => content.toggleClass(LESSON, isOurs(model)));
          const saved = held(model);
          const make = rendermime.createRenderer.bind(rendermime);
          rendermime.createRenderer = (mime) => mime === WIDGET ? calm(make(mime), rendermime, model, saved) : make(mime);
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
