"""The nbconvert exporter ``rapport``: ``jupyter nbconvert --to rapport x.ipynb`` gives one complete page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self

from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode
from traitlets import Bool, List, Unicode
from traitlets.config import Config

from rlpipeline.execution.notebook import INJECTED_TAG, read_notebook
from rlpipeline.publication.carried import assigned, carried_by
from rlpipeline.publication.figures import SERVICE
from rlpipeline.publication.page import TEMPLATES, Cover, render_page
from rlpipeline.publication.sanitize import clean
from rlpipeline.publication.stitch import Fragment, stitch
from rlpipeline.settings.communes import own_commune
from rlpipeline.settings.models import load_settings, years_begun
from rlpipeline.settings.project import find_project

WITHOUT_NUMBER = "sans-numero"
ON_FIRST_PAGE = "premiere-page"
SHOWN = ("text/html", "text/markdown", "image/png", "image/jpeg", "text/plain")
"""Kinds of output that a page without scripts can show, the one that it shows first."""
NO_ALT = "Image sans description"
IMAGE = re.compile(r'<img((?: (?!alt=)[a-z-]+(?:="[^"]*")?)*)>')
"""One without a description."""


@dataclass(frozen=True)
class Executed:
    """An executed notebook, read once where it is asked for."""

    path: Path

    @cached_property
    def notebook(self) -> NotebookNode:
        """What the file holds."""
        return read_notebook(self.path)


class RapportExporter(HTMLExporter):
    """Exports a chapter as it stands in the report: prose, tables and figures, without any code."""

    export_from_notebook = "Rapport d'activité"

    template_name = Unicode("rapport").tag(config=True, affects_template=True)
    extra_template_basedirs = List(Unicode(), default_value=[str(TEMPLATES)]).tag(config=True, affects_environment=True)
    exclude_anchor_links = Bool(True).tag(config=True)
    optimistic_validation = Bool(True).tag(config=True)  # once, not after each of a dozen preprocessors

    @classmethod
    @cache
    def shared(cls) -> Self:
        """One for all pages: it compiles its templates, which takes longer than to fill them."""
        return cls()

    @property
    def default_config(self) -> Config:
        """nbconvert's, with the kinds of output that our pages show."""
        config = Config(super().default_config)
        config.merge(Config({"NbConvertBase": {"display_data_priority": [*SHOWN]}}))
        return config

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert one notebook into a page of its own."""
        html, resources = self._exported(nb, resources, **kw)
        name = str((resources or {}).get("metadata", {}).get("name", "")) or "chapitre"
        number = re.match(r"0*([1-9]\d?)_", name)  # 05_activite is the fifth chapter, alone or not
        chapters = stitch([_fragment(nb, name, html)], int(number[1]) if number else 1)
        folder = Path((resources or {}).get("metadata", {}).get("path", ""))
        return render_page(chapters, cover_of(nb, folder)), resources

    def fragment(self, nb: NotebookNode, name: str) -> Fragment:
        """The chapter alone, sanitised, to be stitched with others."""
        html, _ = self._exported(nb)
        return _fragment(nb, name, html)

    def _exported(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Fill the template; what HTMLExporter adds by reading all of it again takes a quarter of a page's time."""
        # nbconvert copies all of a notebook three times, and figures, which no page shows, are half of it
        shown = copy(nb)
        shown.cells = [copy(cell) for cell in nb.cells]
        for cell in shown.cells:
            if "outputs" in cell:
                cell.outputs = [*map(copy, cell.outputs)]
            for output in cell.get("outputs", ()):
                if "data" in output:
                    output.data = {kind: output.data[kind] for kind in SHOWN if kind in output.data}
        exported: tuple[str, dict[str, Any]] = TemplateExporter.from_notebook_node(self, shown, resources, **kw)
        return exported


def _fragment(nb: NotebookNode, name: str, html: str) -> Fragment:
    described = IMAGE.sub(lambda image: f'<img alt="{NO_ALT}"{image[1]}>', clean(html))
    return Fragment(name, described, WITHOUT_NUMBER not in _tags(nb), is_on_first_page(nb))


def is_on_first_page(nb: NotebookNode) -> bool:
    """Whether the chapter stands beside the cover: its first cell is tagged ``premiere-page``."""
    return ON_FIRST_PAGE in _tags(nb)


def _tags(nb: NotebookNode) -> tuple[str, ...]:
    return tuple(nb.cells[0].metadata.get("tags", ())) if nb.cells else ()


def html_of(cell: NotebookNode) -> str:
    """What a cell shows as HTML."""
    outputs = cell.outputs if cell.cell_type == "code" else ()
    return "".join("".join(output.get("data", {}).get("text/html", "")) for output in outputs)


def cover_of(nb: NotebookNode, folder: Path) -> Cover:
    """The cover of the report that a notebook alone belongs to, by its parameters and the settings that they name."""
    from rlpipeline.publication.publish import cover_for  # noqa: PLC0415 - which publishes by this exporter

    values = assigned(nb.cells, "parameters") | assigned(nb.cells, INJECTED_TAG)
    year, commune, edition = values.get("year"), values.get("commune"), str(values.get("edition", "interne"))
    params = _settings_of(values.get("params"), folder)
    if not year and params:  # the latest of the records: that of the tables, else the latest begun
        shown = [table.year for table in carried_by([(folder, nb)])[0]]
        year = max(shown or years_begun(params), default=None)
    if params is None or not isinstance(year, int):
        annee = year if isinstance(year, int) else None
        return Cover("", None, annee, str(commune) if commune else None, edition)
    settings = load_settings(params, year)
    return cover_for(settings, own_commune(commune, settings.service) if commune else SERVICE, edition)


def _settings_of(params: object, folder: Path) -> Path | None:
    if not isinstance(params, str):
        return None
    if params:
        places = [Path(params), folder / params]
    else:
        projects = ((place, find_project(place.resolve())) for place in (folder, Path()))
        places = [place / project.params for place, project in projects if project]
    return next((place for place in places if (place / "service.yml").is_file()), None)


def document_of(chapters: Iterable[Executed], cover: Cover) -> str:
    """The complete page of executed notebooks, stitched in the order given.

    Gives one self-contained HTML page: no code, no script, nothing asked of the network.
    """
    fragments = [RapportExporter.shared().fragment(chapter.notebook, chapter.path.stem) for chapter in chapters]
    return render_page(stitch(fragments, portrait=bool(cover.territoire), report=cover.definitions), cover)
