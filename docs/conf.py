"""How Sphinx builds these pages: `make docs`, without a network."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "extensions"))

# A package of colours that the theme brings makes all loggers talk; this one talks as it is imported.
logging.getLogger("alembic").setLevel(logging.WARNING)

project = "trace-simulator"
author = "the trace-simulator authors"
project_copyright = "the trace-simulator authors, Apache-2.0"
version = release = installed("trace-simulator")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    # Ours, in docs/extensions: what is true of the package is asked of the package.
    "blocks",
    "rooms",
    "commands",
    "facts",
    "gallery",
]
exclude_patterns = ["build", "extensions", "conftest.py", "**/.ipynb_checkpoints"]

# Markdown and notebooks. Notebooks are run by the tests, which hold their stored outputs; here they are only shown.
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

# Docstrings: NumPy style; single backticks name an object, and are a link where it is documented.
default_role = "py:obj"
autosummary_generate = False
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = True  # else the type of what is returned stands there twice
maximum_signature_line_length = 100

smartquotes = False  # what is shown can be typed

html_theme = "furo"
html_title = "trace-simulator"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_js_files = ["pages.js"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5d8a", "color-brand-content": "#0b5d8a"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ee", "color-brand-content": "#7cc4ee"},
}
html_show_sourcelink = False
html_copy_source = False
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

# `make linkcheck` asks the network; these pages are only there while something runs on the reader's machine.
linkcheck_ignore = [r"http://127\.0\.0\.1.*", r"http://localhost.*"]
