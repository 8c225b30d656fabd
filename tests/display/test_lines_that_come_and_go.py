"""A line or a column that one of two years alone has: whatever a table shows, the file of the figures has too.

Slow: what the year before lacks, and a service of one commune.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.demo import write_demo
from rlpipeline.display.comparability import comparability_of
from rlpipeline.figures import REGISTRY, FromRecords, Scope
from rlpipeline.published.markup import tree_of
from rlpipeline.published.page import read_cells
from rlpipeline.records import Records, load
from rlpipeline.report import Report
from rlpipeline.settings.models import Settings, load_settings

YEAR = 2023
LINES: Mapping[str, str] = {
    "diagnostics": "quartier",
    "financements": "financeur",
    "personnel": "poste",
    "instances": "instance",
    "reseaux": "nom",
    "partenaires": "nom",
    "actions": "id_action",
    "problematiques": "problematique",
    "situations": "situation",
    "co_accompagnements": "partenaire",
    "orientations": "domaine",
    "demandes": "suite",
    "temps": "activite",
    "presences": "id_jeune",
    "territoires": "indicateur",
}
"""What tells the lines or the columns of each table."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    write_demo(tmp_path_factory.getbasetemp() / "lignes", 3, (2022, 2023))
    return load_settings(tmp_path_factory.getbasetemp() / "lignes" / "params", YEAR)


@pytest.fixture(scope="module")
def records(settings: Settings) -> Records:
    return load(str(settings.directory.parent / "source"), settings.service)[0]


def without_a_line(records: Records, table: str, year: int) -> Records:
    """Take a line of a table out of one year; it stays in the other, where both have it."""
    frame = records[table]
    if table == "territoires":  # a vintage, whichever, of one indicator
        of = frame["millesime"].mask(frame["millesime"] == frame["millesime"].max(), year)
    else:
        of = frame["annee"] if "annee" in frame else frame["date"].dt.year
    names = frame[LINES[table]]
    both = sorted(set(names[of == year]) & set(names[of == 2 * YEAR - 1 - year])) or sorted(set(names[of == year]))
    gone = (of == year) & (names == both[0])
    assert gone.any()
    kept: pd.DataFrame = frame[~gone].reset_index(drop=True)
    return Records({**records.frames, table: kept}, records.present)


def stray_cells(report: Report, id: str) -> list[str]:
    """What a table shows for the year without a figure of it."""
    shown = report.table(id)
    if shown is None:
        return []
    bundle = shown.bundle
    known = {(one["ligne"], one["colonne"]) for one in bundle["figures"] if one["annee"] == YEAR}
    cells = [one for one in read_cells(tree_of(shown.html), "page") if one.key.annee == YEAR]
    lines = [(one, line) for one in cells for line in one.key.ligne.split("+")]  # « moins_11+11_14 » is their sum
    return [str(one.place) for one, line in lines if (line, one.key.colonne) not in known]


def without_lines(records: Records, year: int) -> Records:
    """Take a line of every table out of one year."""
    return reduce(lambda some, table: without_a_line(some, table, year), LINES, records)


@pytest.mark.parametrize("year", [YEAR, pytest.param(YEAR - 1, marks=pytest.mark.slow)])
def test_what_one_year_alone_has_is_shown_from_figures(records: Records, settings: Settings, year: int) -> None:
    source = FromRecords(without_lines(records, year))
    for territory in ("service", settings.service.commune_codes[0]):
        scope = Scope(YEAR, territory, settings.service)
        report = Report(source, settings, scope, comparability_of(settings))
        counted = [id for id, one in REGISTRY.items() if one.concerns(scope) and LINES.keys() & {*one.tables}]
        assert {id: stray for id in counted if (stray := stray_cells(report, id))} == {}


def test_a_neighbourhood_assessed_the_year_before_alone_has_its_note_and_none_of_the_year(
    records: Records, settings: Settings
) -> None:
    gone = set(records["diagnostics"]["quartier"]) - set(
        without_a_line(records, "diagnostics", YEAR)["diagnostics"].query(f"annee == {YEAR}")["quartier"]
    )
    source = FromRecords(without_a_line(records, "diagnostics", YEAR))
    figures = source.figures("diagnostics", Scope(YEAR, "service", settings.service))
    lines = figures[figures["ligne"].str.split("/").str[1].isin(gone)]
    assert set(lines.loc[lines["annee"] == YEAR, "etat"]) == {"vide"}
    assert "ok" in set(lines.loc[lines["annee"] == YEAR - 1, "etat"])


@pytest.mark.slow
def test_one_commune_and_two_years_of_records(tmp_path: Path) -> None:
    write_demo(tmp_path, 1, (2022, 2023))
    settings = load_settings(tmp_path / "params", YEAR)
    records = load(str(tmp_path / "source"), settings.service)[0]
    source = FromRecords(without_lines(records, YEAR))
    report = Report(source, settings, Scope(YEAR, "service", settings.service), comparability_of(settings))
    for id in ("diagnostics", "actions", "financements"):
        assert stray_cells(report, id) == []
