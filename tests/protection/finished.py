"""Finished files of the edition to share without a kernel: the cells of the notebooks run here, the same writers."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import nbformat

from rlpipeline.display import charts, charts_compared, drawing, locator
from rlpipeline.execution.plan import Task, plan_tasks
from rlpipeline.figures import REGISTRY
from rlpipeline.figures.store import FigureStore
from rlpipeline.figures.structure import structure
from rlpipeline.pipeline import shared_edition
from rlpipeline.pipeline.ledger import note
from rlpipeline.protection.protection import Protected
from rlpipeline.publication.datapackage import write_datapackage
from rlpipeline.publication.publish import publish
from rlpipeline.report import open_report
from rlpipeline.settings.models import Service, Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
DOT = drawing.picture(lambda _: drawing.blank(0.01, 0.01))
"""A picture of one pixel: the words beside a chart hold its figures, and cost nothing."""


@dataclass(frozen=True)
class Finished:
    """An edition to share: its files, and what the service alone knows of it."""

    directory: Path
    protected: Protected


def finish(exact: FigureStore, params: Path, year: int, place: Path) -> Finished:
    """Protect a year and write its files, the ledger of ``params`` being what was released before."""
    settings = load_settings(params, year)
    protected = shared_edition.prepare(exact, settings, place / "proteges")
    alone = len(settings.service.communes) == 1
    tasks = plan_tasks(settings, ROOT / "notebooks", () if alone else settings.service.commune_codes, "diffusion")
    chapters: dict[str, list[Path]] = {}
    with ExitStack() as drawn:
        for module in (charts, charts_compared, locator):
            drawn.enter_context(patch.object(module, "picture", lambda _: DOT))
        for task in tasks:
            chapters.setdefault(task.territory, []).append(_executed(task, settings, place))
    directory = place / str(year)
    directory.mkdir()
    publish(directory, settings, chapters, "diffusion")
    facts = shared_edition.facts_of(protected, settings, place / "proteges")
    write_datapackage(directory, settings, "diffusion", facts.rules, structure(REGISTRY, settings.service))
    return Finished(directory, protected)


def _executed(task: Task, settings: Settings, place: Path) -> Path:
    """Run the cells of a chapter that show something, as a kernel would."""
    notebook = nbformat.read(task.notebook, as_version=4)
    commune = task.parameters["commune"]
    report = open_report(str(place / "proteges"), str(settings.directory), task.year, commune, "diffusion")
    for cell in notebook.cells:
        if cell.cell_type == "code" and not cell.metadata.get("tags"):
            shown = eval(cell.source, {"report": report})
            data = {} if shown is None else shown._repr_mimebundle_()
            cell.outputs = [nbformat.v4.new_output("display_data", data)] if data else []
    path = place / "notebooks" / task.territory / f"{task.chapter}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def settings_of(service: Service, place: Path, year: int) -> Path:
    """Write the settings of a service, whose documents are the chapters that count persons."""
    (place / str(year)).mkdir(parents=True)
    (place / "service.yml").write_text(service.model_dump_json(exclude_none=True), encoding="utf-8")
    chapters = "chapitres: [05_activite, 06_partenariat]\nportrait: [05_activite]\n"
    (place / str(year) / "rapport.yml").write_text(chapters, encoding="utf-8")
    return place


def copy_settings(source: Path, place: Path) -> Path:
    """Copy settings, to add releases to their ledger."""
    shutil.copytree(source, place, ignore=shutil.ignore_patterns("diffusions"))
    return place


def release(finished: Finished, params: Path, year: int) -> Path | None:
    """Enter an edition in the ledger, as « rlpipeline share » does; None where it is there."""
    return note(params / "diffusions", year, finished.directory)
