"""One year's publication written in a directory: pages, figures, workbook, executed notebooks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rlpipeline.params import Settings
from rlpipeline.publication.bundles import collect_bundles
from rlpipeline.publication.document import render_document
from rlpipeline.publication.evolutions import write_evolutions_csv
from rlpipeline.publication.figures import SERVICE, write_file, write_indicators_csv
from rlpipeline.publication.ownership import check_page
from rlpipeline.publication.page import Cover
from rlpipeline.publication.wording import short, slug
from rlpipeline.publication.workbook import write_workbook

Render = Callable[[Sequence[Path], Cover], str]
REPORT = "rapport.html"
PORTRAITS = "communes"
FIGURES = "indicateurs.csv"
EVOLUTIONS = "evolutions.csv"
WORKBOOK = "tableaux.xlsx"
NOTEBOOKS = "notebooks"


def publish(
    directory: Path,
    settings: Settings,
    chapters: Mapping[str, Sequence[Path]],
    edition: str = "interne",
    render: Render = render_document,
) -> tuple[Path, ...]:
    """Write everything that is published of one year.

    Parameters
    ----------
    chapters
        Executed notebooks of each territory (``service`` first, then the communes), in the order of its pages.
    render
        Makes a page as ``render_document`` does.

    Returns
    -------
    tuple of Path
        The files that people open, by their path in ``directory``: report, portraits, workbook, figures, evolutions.
    """
    pages = []
    for place, paths in chapters.items():
        pages.append(page_path(settings, place))
        _write_page(directory / pages[-1], place, render(paths, cover_for(settings, place, edition)))
    bundles = collect_bundles(path for paths in chapters.values() for path in paths)
    write_indicators_csv(bundles, directory / FIGURES)
    write_evolutions_csv(bundles, directory / EVOLUTIONS)
    names = {commune.code: commune.nom for commune in settings.service.communes}
    write_workbook(bundles, directory / WORKBOOK, names)
    for file in collect_bundles(chapters[SERVICE]).files:
        write_file(file, directory)
    for place, paths in chapters.items():
        _copy_notebooks(paths, directory / NOTEBOOKS / place)
    return (*pages, Path(WORKBOOK), Path(FIGURES), Path(EVOLUTIONS))


def cover_for(settings: Settings, place: str, edition: str) -> Cover:
    """The cover of the service's report or of a commune's portrait."""
    service, report = settings.service, settings.report
    return Cover(
        service=service.nom,
        titre=report.titre,
        annee=settings.year,
        territoire=None if place == SERVICE else service.commune_name(place),
        edition=edition,
        statut=report.statut,
        date_validation=report.date_validation,
        donnees_arretees_au=report.donnees_arretees_au,
        communes=tuple(commune.nom for commune in service.communes),
        departement=service.departement,
        epci=service.epci.nom if service.epci else "",
    )


def page_path(settings: Settings, place: str) -> Path:
    """Where a territory's page goes: ``rapport.html`` or ``communes/<INSEE>-<slug>.html``."""
    if place == SERVICE:
        return Path(REPORT)
    return Path(PORTRAITS) / f"{place}-{short(slug(settings.service.commune_name(place)))}.html"


def _write_page(path: Path, place: str, html: str) -> None:
    check_page(path, place, html)
    path.parent.mkdir(exist_ok=True)
    path.write_text(html, encoding="utf-8", newline="\n")


def _copy_notebooks(paths: Sequence[Path], directory: Path) -> None:
    directory.mkdir(parents=True)
    for path in paths:
        shutil.copyfile(path, directory / path.name)
