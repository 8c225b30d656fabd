"""The documentation as a site: ``python3 start.py docs``."""

project = "rlpipeline"
author = "rlpipeline"
language = "fr"
extensions = ["myst_parser"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "rlpipeline"
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
exclude_patterns = ["captures"]
