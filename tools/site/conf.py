"""Sphinx's settings of the site. tools/make_site.py puts the lessons beside this file."""

project = "lstm_viz"
extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_static"]

nb_execution_mode = "off"  # tools/make_site.py has run them
nb_render_text_lexer = "none"
nb_ipywidgets_js = {"require.js": {}, "embed-amd.js": {}}  # in _static; the default is a CDN
nb_merge_streams = True
nb_code_prompt_show = "show me ({type})"
nb_code_prompt_hide = "hide ({type})"
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath", "attrs_block"]
myst_heading_anchors = 3
myst_update_mathjax = False
highlight_language = "none"
default_role = "code"  # docstrings have `single` backticks
autodoc_typehints = "none"
autodoc_member_order = "bysource"
mathjax_path = "mathjax/MathJax.js?config=TeX-AMS_CHTML-full,Safe"
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header", "toc.not_included"]

html_theme = "pydata_sphinx_theme"
html_title = "lstm_viz"
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [
    ("amd.js", {"priority": 700}),
    "site.js",
    "experiments.js",
    "handout.js",
    ("needs_python.js", {"data-run": "run.html"}),
]
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {"index": []}
html_theme_options = {
    "secondary_sidebar_items": [],
    "navbar_align": "left",
    "show_prev_next": True,
    "header_links_before_dropdown": 3,
    "footer_start": [],
    "footer_end": [],
}


def setup(app):
    from site_reference import as_it_stands  # beside tools/make_site.py, which runs Sphinx

    app.connect("autodoc-process-docstring", as_it_stands)
