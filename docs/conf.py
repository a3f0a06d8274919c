"""How Sphinx makes the pages: ``make docs``. What is generated at build time is in ``extension.py``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

project = "snnlib"
author = "The snnlib developers"
copyright = author
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "extension", "executed"]
exclude_patterns = ["_build"]

nb_execution_mode = "off"  # see executed.py
nb_merge_streams = True
suppress_warnings = ["mystnb.unknown_mime_type"]  # widgets: their picture is shown instead

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

default_role = "py:obj"  # what stands in single backticks in a docstring is a name
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
napoleon_use_rtype = False
napoleon_use_ivar = True
add_module_names = False
maximum_signature_line_length = 88
highlight_language = "none"
nitpicky = True
nitpick_ignore_regex = [("py:class", ".*")]  # types in signatures are those of other packages, too

html_theme = "furo"
html_title = "snnlib"
html_static_path = ["_static"]
html_extra_path = ["reports"]
html_css_files = ["snnlib.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
