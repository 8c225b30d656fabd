"""The documentation as a site: ``python3 start.py docs``."""

from rlpipeline.figures.cells import listed_tables

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


def setup(app):
    """Put under the title of ``tableaux`` the tables that the report has."""

    def listed(app, page, source):
        if page == "tableaux":
            rows = [
                f"| `{of['id']}` | {of['titre']} | {of['section']} | {of['unite']} |"
                for of in listed_tables()
            ]
            source[0] += "\n".join(
                ["", "| nom | tableau | section | unité |", "|---|---|---|---|", *rows, ""]
            )

    app.connect("source-read", listed)
