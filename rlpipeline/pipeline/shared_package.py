"""The package of all that is shared, made anew with some years, or without; the ledger of what was, written."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline import french
from rlpipeline.characters import unguarded
from rlpipeline.checks.published import year_folders
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.execution.output_folder import (
    LEDGER,
    disk_errors_in_french,
    now,
    only_build,
    refuse_other_service,
    staged,
    write_whole,
)
from rlpipeline.french import weight
from rlpipeline.operating_system import sync_directory
from rlpipeline.pipeline.differing import digests_path
from rlpipeline.protection.releases import Release, read_releases, with_bases, written
from rlpipeline.publication.exporter import SLIDES
from rlpipeline.publication.figures import COLUMNS, FIGURES, PARQUET
from rlpipeline.publication.index import PackageLink, SharedYear, headline_of, write_index
from rlpipeline.publication.page import PORTRAITS, REPORT, look_of
from rlpipeline.publication.printing import pdf_path, poster_path
from rlpipeline.publication.publish import DATAPACKAGE, SUMS, WORKBOOK
from rlpipeline.publication.release import check_sums, write_sums, write_zip
from rlpipeline.settings.models import Service, Settings, load_service, load_settings

Entry = tuple[pd.DataFrame, Mapping[str, Any]]
"""Figures of a release with their bases, and the rules published with them."""
PARTAGE, ROUNDING = "partage", "arrondi"
MOST = 99
HEADING = re.compile(r"<h1>[^:<]*:\s*([^<]+)</h1>")
"""Name of a commune as its portrait has it: « Portrait : Carvin »."""
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

    @classmethod
    def of(cls, out: Path, params: Path) -> Package:
        """That of a service. Raises UsageError: the folder of outputs is another's."""
        service = load_service(params)
        refuse_other_service(out, service)
        return cls(out, params, service)

    @property
    def ledger(self) -> Path:
        """Where what is shared is noted."""
        return self.params / LEDGER

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
        with (
            disk_errors_in_french(self.target),
            only_build(self.target),
            staged(self.target) as staging,
        ):
            stands = self.standing()
            for year in (year for year in stands if stands[year] and year not in years):
                check_sums(self.target, year)
                former = self.target / str(year)
                shutil.copytree(former, staging / str(year), copy_function=shutil.copyfile)
            yield staging
            look = look_of(self.service, self.params)
            write_index(staging, self.service, self._indexed(staging), look)
            write_sums(staging)
            # What it replaces is untouched until it is whole.
            fresh = self.out / f".{PARTAGE}.zip-nouveau"
            write_zip(staging, fresh, PARTAGE)
            fresh.replace(self.archive)

    def standing(self) -> Mapping[int, bool]:
        """Say of each year that it holds whether its last release stands. Raises as :meth:`renewed`."""
        former = self.years if (self.target / SUMS).is_file() else ()
        stands = standing_years(read_releases(self.ledger))
        if unknown := [str(year) for year in former if year not in stands]:
            raise UsageError(
                f"Le registre des diffusions ne connaît pas {', '.join(unknown)}, que ce partage contient.",
                where=str(self.target),
                expected=f"{self.ledger / f'{unknown[0]}-01.csv'}, noté quand l'année a été partagée",
                todo=f"remettre dans {self.ledger} le registre du dossier d'où ce partage a été copié ; "
                f"si ce partage n'est jamais sorti du service, supprimer {self.target} et {self.archive.name}, "
                "puis relancer « share »",
            )
        return {year: stands[year] for year in former}

    def _indexed(self, staging: Path) -> list[SharedYear]:
        """What the index has of each year that is there, or of which a release was recalled."""
        released = read_releases(self.ledger)
        recalled: dict[int, list[str]] = {}
        for release in released:
            if release.recalled:
                recalled.setdefault(release.year, []).append(_said_of_recalled(release))
        here = [int(folder.name) for folder in year_folders(staging)]
        settings = (load_settings(self.params, year) for year in here)
        years = {of_year.year: _shown(staging, of_year, released) for of_year in settings}
        for year, said in recalled.items():
            years[year] = replace(years.get(year, SharedYear(year)), recalled=tuple(said))
        return [years[year] for year in sorted(years)]


def _said_of_recalled(release: Release) -> str:
    """Tell those who have it that a release was recalled: they know when they had it."""
    shared = f"partagée le {_day(release.shared)}" if release.shared else "partagée auparavant"
    day = _day(release.recalled)
    return f"Une version {shared} a été retirée le {day}\u202f: ne plus l'utiliser."


def _day(written: str) -> str:
    return french.day(date.fromisoformat(written))


def _dated(year: int, released: Sequence[Release]) -> str:
    """Say when the numbers of persons of a year were released, and what they are silent about, corrected or not."""
    first = next(release for release in released if release.year == year)
    day = f"le {_day(first.shared)}" if first.shared else "auparavant"
    return (
        f"Nombres de jeunes diffusés {day}\u202f; une correction qui porte sur moins de {first.rules['seuil']} jeunes "
        "n'y paraît pas."
    )


def _shown(staging: Path, settings: Settings, released: Sequence[Release]) -> SharedYear:
    """What the index has of a year that is there."""
    year = settings.year
    title = settings.report.titre or f"Rapport d'activité {year}"
    here = staging / str(year)
    files = [(here / name, words) for name, words in WORDS.items() if (here / name).is_file()]
    report = _link(staging, here / REPORT, title, [(here / SLIDES, "Diapositives")])
    portraits = tuple(_portraits(staging, here, settings.service))
    data = tuple(_file(staging, path, words) for path, words in files)
    return SharedYear(
        year,
        title,
        dated=_dated(year, released),
        draft=settings.report.statut != "valide",
        report=report,
        portraits=portraits,
        data=data,
    )


def _portraits(staging: Path, year: Path, service: Service) -> Iterator[PackageLink]:
    """Link the portraits of a year: communes of the service in its order, then those that have left it since."""
    names = service.commune_names
    paths = sorted((year / PORTRAITS).glob("*.html"))
    pages = {path.name.partition("-")[0]: path for path in paths}
    for code in dict.fromkeys(code for code in (*names, *pages) if code in pages):
        page = pages[code]
        name = names.get(code) or _name_in(page) or code
        yield _link(staging, page, name, [(poster_path(page), "Affiche en PDF")])


def _name_in(portrait: Path) -> str:
    """Name of the commune of a portrait, as its page has it; empty where it has none."""
    heading = HEADING.search(portrait.read_text(encoding="utf-8"))
    return unescape(heading[1]) if heading else ""


def _link(staging: Path, page: Path, words: str, more: Sequence[tuple[Path, str]]) -> PackageLink:
    """Link a page, with what it says first and its other forms that are there."""
    files = ((pdf_path(page), "PDF"), *more)
    others = [_file(staging, path, name) for path, name in files if path.is_file()]
    said = headline_of(page.read_text(encoding="utf-8"))
    return PackageLink(page.relative_to(staging).as_posix(), words, beside=tuple(others), said=said)


def _file(staging: Path, path: Path, words: str) -> PackageLink:
    return PackageLink(path.relative_to(staging).as_posix(), words, weight(path.stat().st_size))


def note(ledger: Path, year: int, package: Path) -> Path | None:
    """Add a release to the ledger; give its file, None where the last one of its year stands and is the same.

    ``package``: folder of the year in what is going to be shared: nothing takes its place before its entry is on the
    disk. Raises SettingsError: the year has as many releases as a ledger holds; ToolError: the disk refuses, or another
    process notes a release of the year.
    """
    figures, rules = entry_of(package)
    content = written(figures)
    before = [release for release in read_releases(ledger) if release.year == year]
    if before and _is_same(before[-1], rules, content):
        return None
    with disk_errors_in_french(ledger), only_build(ledger / str(year)):
        names = [release.name for release in read_releases(ledger) if release.year == year]
        number = max((int(name[5:]) for name in names), default=0) + 1
        if number > MOST:
            raise SettingsError(
                "Le registre est plein pour cette année.",
                where=str(ledger),
                expected=f"{MOST} diffusions",
            )
        path = ledger / f"{year}-{number:02d}.csv"
        _write_beside(path, {"partagee": _today(), ROUNDING: rules})
        write_whole(path, content, 0o644)
        sync_directory(ledger.parent)
    return path


def _is_same(last: Release, rules: Mapping[str, Any], content: str) -> bool:
    """Whether the last release of a year stands and has these rules and figures."""
    if last.recalled or last.rules != rules:
        return False
    return last.path.read_text(encoding="utf-8") == content


def keep_digests(ledger: Path, year: int, digests: str) -> None:
    """Keep the digests of those that a first release counts, before it is noted; of a later one they stay."""
    if digests and not any(release.year == year for release in read_releases(ledger)):
        with disk_errors_in_french(ledger):
            ledger.mkdir(parents=True, exist_ok=True)
            write_whole(digests_path(ledger, year), digests, 0o644)


def entry_of(package: Path) -> Entry:
    """Give a release as the ledger has it: its figures with their bases, and the rules published with them."""
    rules = json.loads((package / DATAPACKAGE).read_text(encoding="utf-8"))[ROUNDING]
    with (package / FIGURES).open(encoding="utf-8", newline="") as stream:
        rows = [[unguarded(row[name]) for name in COLUMNS] for row in csv.DictReader(stream)]
    figures = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    numbers = figures.assign(
        annee=figures["annee"].astype("int64"), valeur=pd.to_numeric(figures["valeur"])
    )
    return with_bases(numbers, rules), rules


def recalled_release(ledger: Path, which: str) -> Release:
    """Find the release to recall: the last one of a year (2023), or one by its name (2023-01).

    Raises UsageError: there is no such release.
    """
    every = read_releases(ledger)
    matching = [release for release in every if which in (release.name, str(release.year))]
    if matching:
        return matching[-1]
    what = "Cette diffusion n'est pas au registre."
    todo = "donner l'une de celles-ci"
    if not every:
        what = "Rien n'a encore été diffusé."
        todo = "préparer d'abord une diffusion avec « rlpipeline share »"
    expected = ", ".join(release.name for release in every)
    raise UsageError(what, where=str(ledger), got=which, expected=expected, todo=todo)


def mark_recalled(release: Release) -> Release:
    """Note that a release is recalled, once; others have it, so its figures stay in the ledger."""
    if release.recalled:
        return release
    today = _today()
    rules = dict(release.rules)
    beside = {"partagee": release.shared, "retiree": today, ROUNDING: rules}
    with disk_errors_in_french(release.path.parent):
        _write_beside(release.path, beside)
    return replace(release, recalled=today)


def standing_years(releases: Sequence[Release]) -> Mapping[int, bool]:
    """Say for each year released whether its last release stands."""
    return {release.year: not release.recalled for release in releases}


def _today() -> str:
    return f"{now():%Y-%m-%d}"


def _write_beside(path: Path, content: Mapping[str, Any]) -> None:
    """Write what goes with the figures of a release."""
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    write_whole(path.with_suffix(".json"), text, 0o644)
