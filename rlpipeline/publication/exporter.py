"""The nbconvert exporter ``rapport``: ``jupyter nbconvert --to rapport x.ipynb`` gives one complete page."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from nbconvert.exporters.html import HTMLExporter
from nbformat import NotebookNode
from traitlets import Bool, List, Unicode
from traitlets.config import Config

from rlpipeline.publication.page import Cover, render_page
from rlpipeline.publication.sanitize import clean
from rlpipeline.publication.stitch import Fragment, stitch

TEMPLATES = Path(__file__).parent / "templates"
WITHOUT_NUMBER = "sans-numero"
ON_FIRST_PAGE = "premiere-page"
NO_ALT = "No description has been provided for this image"


class RapportExporter(HTMLExporter):
    """Exports a chapter as it stands in the report: prose, tables and figures, without any code."""

    export_from_notebook = "Rapport d'activité"

    template_name = Unicode("rapport").tag(config=True, affects_template=True)
    extra_template_basedirs = List(Unicode(), default_value=[str(TEMPLATES)]).tag(config=True, affects_environment=True)
    language_code = Unicode("fr").tag(config=True)
    exclude_input = Bool(True).tag(config=True)
    exclude_input_prompt = Bool(True).tag(config=True)
    exclude_output_prompt = Bool(True).tag(config=True)
    exclude_anchor_links = Bool(True).tag(config=True)
    optimistic_validation = Bool(True).tag(config=True)  # once, not after each of a dozen preprocessors

    @property
    def default_config(self) -> Config:
        """nbconvert's, with the kinds of output that a page without scripts can show."""
        shown = ["text/html", "text/markdown", "image/png", "image/jpeg", "text/plain"]
        config = Config(super().default_config)
        config.merge(Config({"NbConvertBase": {"display_data_priority": shown}}))
        return config

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert one notebook into a page of its own."""
        html, resources = super().from_notebook_node(nb, resources, **kw)
        name = str((resources or {}).get("metadata", {}).get("name", "")) or "chapitre"
        number = re.match(r"0*([1-9]\d?)_", name)  # 05_activite is the fifth chapter, alone or not
        chapters = stitch([_fragment(nb, name, html)], int(number[1]) if number else 1)
        return render_page(chapters, cover_of(nb)), resources

    def fragment(self, nb: NotebookNode, name: str) -> Fragment:
        """The chapter alone, sanitised, to be stitched with others."""
        html, _ = super().from_notebook_node(nb)
        return _fragment(nb, name, html)


def _fragment(nb: NotebookNode, name: str, html: str) -> Fragment:
    return Fragment(name, clean(_french(html)), is_numbered(nb), is_on_first_page(nb))


def is_numbered(nb: NotebookNode) -> bool:
    """Whether the chapter has a number: its first cell is not tagged ``sans-numero``."""
    return WITHOUT_NUMBER not in _tags(nb)


def is_on_first_page(nb: NotebookNode) -> bool:
    """Whether the chapter stands beside the cover: its first cell is tagged ``premiere-page``."""
    return ON_FIRST_PAGE in _tags(nb)


def _tags(nb: NotebookNode) -> tuple[str, ...]:
    """Tags of the first cell, which are about the chapter."""
    return tuple(nb.cells[0].metadata.get("tags", ())) if nb.cells else ()


def cover_of(nb: NotebookNode) -> Cover:
    """What a notebook alone knows of the report it belongs to: its parameters."""
    values = _parameters(nb)
    commune = values.get("commune")
    return Cover(
        service="",
        titre=None,
        annee=values["year"] if isinstance(values.get("year"), int) else None,
        territoire=commune if isinstance(commune, str) else None,
        edition=str(values.get("edition", "interne")),
    )


def _parameters(nb: NotebookNode) -> dict[str, Any]:
    """Literal assignments of the parameters cell, then of the injected one."""
    values: dict[str, Any] = {}
    for tag in ("parameters", "injected-parameters"):
        for cell in nb.cells:
            if cell.cell_type == "code" and tag in cell.metadata.get("tags", ()):
                for statement in ast.parse(cell.source).body:
                    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
                        names = (target.id for target in statement.targets if isinstance(target, ast.Name))
                        values.update(dict.fromkeys(names, statement.value.value))
    return values


def _french(html: str) -> str:
    return html.replace(f'alt="{NO_ALT}"', 'alt="Image sans description"')
