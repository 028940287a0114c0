// The widget manager asks require.js for the module "anywidget". Pages without widgets have no require.js.
if (window.requirejs) if (window.requirejs) requirejs.config({paths: {anywidget: "_static/anywidget"}});
