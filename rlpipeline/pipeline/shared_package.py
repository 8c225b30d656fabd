"""The package of all that is shared, made anew with some years, or without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from pathlib import Path

from rlpipeline.checks.reading import year_folders
from rlpipeline.errors import UsageError
from rlpipeline.execution.install import disk_errors_in_french, staged
from rlpipeline.execution.lock import only_build
from rlpipeline.execution.places import LEDGER
from rlpipeline.pipeline.ledger import standing_years
from rlpipeline.protection.releases import Release, read_releases
from rlpipeline.publication.appearance import look_of
from rlpipeline.publication.datapackage import NAME as DATAPACKAGE
from rlpipeline.publication.figures import FIGURES, PARQUET
from rlpipeline.publication.printing import pdf_path, poster_path
from rlpipeline.publication.publish import PORTRAITS, REPORT, WORKBOOK
from rlpipeline.publication.share import (
    SUMS,
    Link,
    SharedYear,
    check_sums,
    headline_of,
    write_index,
    write_sums,
    write_zip,
)
from rlpipeline.publication.slides import SLIDES
from rlpipeline.publication.wording import french_date, weight
from rlpipeline.settings.models import Service, Settings, load_settings

PARTAGE = "partage"
HEADING = re.compile(r"<h1>[^:<]*:\s*([^<]+)</h1>")
WORDS = {
    WORKBOOK: "Tableaux (classeur)",
    FIGURES: "Chiffres (CSV pour logiciel de statistique)",
    PARQUET: "Chiffres en clair (Parquet pour logiciel de statistique)",
    DATAPACKAGE: "Description des fichiers de chiffres (JSON)",
}


@dataclass(frozen=True)
class Package:
    """The folder and the zip below the folder of outputs; its index tells what the ledger recalls."""

    out: Path
    params: Path
    service: Service

    @property
    def target(self) -> Path:
        """Its folder."""
        return self.out / PARTAGE

    @property
    def archive(self) -> Path:
        """Its zip."""
        return self.out / f"{PARTAGE}.zip"

    @property
    def years(self) -> tuple[int, ...]:
        """Years that it holds."""
        return tuple(int(folder.name) for folder in year_folders(self.target))

    @contextmanager
    def renewed(self, years: Sequence[int]) -> Iterator[Path]:
        """Make it anew with some years, which who asks puts in and notes; it is replaced when the block ends well.

        Other years stay as they were shared, but those recalled. Raises UsageError: the ledger knows nothing of a year
        that is there.
        """
        with disk_errors_in_french(self.target), only_build(self.target), staged(self.target) as staging:
            stands = self.standing()
            self._take_over([year for year in stands if stands[year] and year not in years], staging)
            yield staging
            look = look_of(self.service, self.params)
            write_index(staging, self.service, self._indexed(staging), look)
            write_sums(staging)
            self._zip(staging)

    def standing(self) -> Mapping[int, bool]:
        """Say of each year that it holds whether its last release stands. Raises as :meth:`renewed`."""
        former = self.years if (self.target / SUMS).is_file() else ()
        ledger = self.params / LEDGER
        stands = standing_years(read_releases(ledger))
        if unknown := [str(year) for year in former if year not in stands]:
            raise UsageError(
                f"Le registre des diffusions ne connaît pas {', '.join(unknown)}, que ce partage contient.",
                where=str(self.target),
                expected=f"{ledger / f'{unknown[0]}-01.csv'}, noté quand l'année a été partagée",
                todo=f"remettre dans {ledger} le registre du dossier d'où ce partage a été copié ; si ce partage n'est "
                f"jamais sorti du service, supprimer {self.target} et {self.archive.name}, puis relancer « share »",
            )
        return {year: stands[year] for year in former}

    def _take_over(self, years: Iterable[int], staging: Path) -> None:
        """Take over years shared before, as they were."""
        for year in years:
            check_sums(self.target, year)
            for source in (path for path in (self.target / str(year)).rglob("*") if path.is_file()):
                copy = staging / source.relative_to(self.target)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(source.read_bytes())

    def _indexed(self, staging: Path) -> list[SharedYear]:
        recalled: dict[int, list[str]] = {}
        for one in read_releases(self.params / LEDGER):
            if one.recalled:
                recalled.setdefault(one.year, []).append(_recall_words(one))
        here = [int(folder.name) for folder in year_folders(staging)]
        shown = {year: _indexed(staging, load_settings(self.params, year)) for year in here}
        return [
            replace(shown.get(year, SharedYear(year)), recalled=tuple(recalled.get(year, ())))
            for year in sorted({*shown, *recalled})
        ]

    def _zip(self, staging: Path) -> None:
        """Put the zip in place; what it replaces is untouched until it is whole."""
        fresh = self.out / f".{PARTAGE}.zip-nouveau"
        write_zip(staging, fresh, PARTAGE)
        fresh.replace(self.archive)


def _recall_words(release: Release) -> str:
    """Say that a release was recalled, and which: those who have it know when they had it."""
    shared = f"partagée le {_day(release.shared)}" if release.shared else "partagée auparavant"
    return f"Une version {shared} a été retirée le {_day(release.recalled)}\u202f: ne plus l'utiliser."


def _day(written: str) -> str:
    return french_date(date.fromisoformat(written))


def _indexed(staging: Path, settings: Settings) -> SharedYear:
    year, title = settings.year, settings.report.titre or f"Rapport d'activité {settings.year}"
    here = staging / str(year)
    slides = [(here / SLIDES, "Diapositives")]
    return SharedYear(
        year,
        title,
        draft=settings.report.statut != "valide",
        report=_link(staging, here / REPORT, title, slides),
        portraits=tuple(_portraits(staging, here, settings.service)),
        data=tuple(_file(staging, here / name, words) for name, words in WORDS.items() if (here / name).is_file()),
    )


def _portraits(staging: Path, year: Path, service: Service) -> Iterator[Link]:
    """Link the portraits of a year: communes of the service in its order, then those that have left it since."""
    names = {commune.code: commune.nom for commune in service.communes}
    pages = {path.name.partition("-")[0]: path for path in sorted((year / PORTRAITS).glob("*.html"))}
    for code in dict.fromkeys(code for code in (*names, *pages) if code in pages):
        words = names.get(code) or _heading(pages[code]) or code
        poster = [(poster_path(pages[code]), "Affiche en PDF")]
        yield _link(staging, pages[code], words, poster)


def _heading(page: Path) -> str:
    """Name of the commune as its portrait has it: « Portrait : Carvin »."""
    heading = HEADING.search(page.read_text(encoding="utf-8"))
    return unescape(heading[1]) if heading else ""


def _link(staging: Path, page: Path, words: str, more: Sequence[tuple[Path, str]]) -> Link:
    """Link a page, with what it says first and its other forms that are there."""
    others = [_file(staging, path, name) for path, name in ((pdf_path(page), "PDF"), *more) if path.is_file()]
    said = headline_of(page.read_text(encoding="utf-8"))
    return Link(page.relative_to(staging).as_posix(), words, beside=tuple(others), said=said)


def _file(staging: Path, path: Path, words: str) -> Link:
    return Link(path.relative_to(staging).as_posix(), words, weight(path.stat().st_size))
