from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.display.comparability import CALCULE, PUBLIE, Comparability
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Cell, Reference
from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS, Scope, figures
from rlpipeline.records import Records, open_records
from rlpipeline.settings.models import load_service
from tests.figures.stored import source_of

Ask = Callable[..., Cell]


@pytest.fixture(scope="module")
def records(root: Path) -> Records:
    return open_records(str(root / "data" / "exemple"), load_service(root / "params"))


@pytest.fixture(scope="module")
def ask(root: Path, records: Records) -> Ask:
    lookup = Lookup(source_of(records), load_service(root / "params"), 2023)

    def cell(
        indicator: str, line: str = "total", column: str = "total", year: int = 2023, territory: str = "service"
    ) -> Cell:
        return lookup.cell(Reference(indicator, line, column, year, territory))

    return cell


def test_a_figure_of_the_year(ask: Ask) -> None:
    assert ask("accompagnes") == Cell(114.0, "jeunes", "ok")
    assert ask("temps_activite", "total", "heures") == Cell(7764.0, "heures", "ok")


def test_a_figure_of_a_commune(ask: Ask) -> None:
    assert ask("accompagnes", territory="62637").valeur == ask("communes", "62637").valeur


def test_a_figure_of_a_year_before(ask: Ask) -> None:
    before = ask("accompagnes", year=2022)
    assert before.etat == "ok"
    assert 0 < before.valeur < 114


@pytest.mark.parametrize("indicator", ["accompagnes", "diagnostics"])
def test_the_figures_of_the_year_before_are_those_counted_for_it(root: Path, records: Records, indicator: str) -> None:
    service = load_service(root / "params")
    lookup = Lookup(source_of(records), service, 2023)
    alone = figures(indicator, records, Scope(2022, "service", service))
    found = lookup.of_year(indicator, 2022, "service").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, alone[alone["annee"] == 2022].reset_index(drop=True))
    assert not found.empty


@pytest.mark.parametrize("indicator", ["accompagnes", "temps_activite"])
def test_a_year_without_records_is_not_communicated_rather_than_zero(ask: Ask, indicator: str) -> None:
    cell = ask(indicator, "total", "total" if indicator == "accompagnes" else "heures", year=1990)
    assert cell.etat == "nc"
    assert math.isnan(cell.valeur)


def test_a_line_that_did_not_exist_the_year_before_is_not_communicated(ask: Ask) -> None:
    assert ask("actions", "total", "A2023-OIG-1", year=2022).etat == "nc"


def test_rare_codes_are_zero_where_nobody_is_counted(ask: Ask) -> None:
    assert ask("accompagnes", "age_inconnu", "total").valeur == 0
    assert ask("accompagnes", "total", "NR").valeur == 0


@pytest.mark.parametrize(
    ("reference", "what", "near"),
    [
        (("acompagnes",), "Indicateur inconnu", "socio_economique, personnel"),
        (("accompagnes", "tota"), "n'a pas de ligne « tota » en 2023", "le plus proche est « total »"),
        (("accompagnes", "total", "g"), "n'a pas de colonne « g » en 2023", "le plus proche est «"),
        (("accompagnes", "total", "total", 2023, "62000"), "Territoire inconnu", "service, 62215"),
        (("communes", "62637", "total", 2023, "62637"), "n'existe que pour l'ensemble du service", ""),
    ],
)
def test_what_does_not_exist_is_an_error_that_helps(ask: Ask, reference: tuple[str, ...], what: str, near: str) -> None:
    with pytest.raises(SettingsError) as raised:
        ask(*reference)
    assert what in raised.value.what
    assert (raised.value.expected or "").startswith(near)


def test_each_table_is_computed_once(root: Path, records: Records) -> None:
    lookup = Lookup(source_of(records), load_service(root / "params"), 2023)
    assert lookup.table("accompagnes", 2023, "service") is lookup.table("accompagnes", 2023, "service")
    assert lookup.table("accompagnes", 2022, "service") is not lookup.table("accompagnes", 2023, "service")


def printed(*rows: tuple[str, str, str, str, float | None, str]) -> Callable[[int], pd.DataFrame]:
    """Figures printed in a former report: indicateur, territoire, ligne, colonne, valeur, unite."""
    frame = pd.DataFrame(
        [(row[0], 2022, *row[1:4], row[4], row[5], "nc" if row[4] is None else "ok") for row in rows],
        columns=list(CSV_COLUMNS),
    ).astype({"valeur": "float64"})
    return lambda year: frame.assign(annee=year)


ACCOMPANIED = ("accompagnes", "service", "total", "total", 50.0, "jeunes")


def lookup(root: Path, records: Records, year: int, *rows: tuple[str, str, str, str, float | None, str]) -> Lookup:
    return Lookup(source_of(records), load_service(root / "params"), year, printed(*rows), Comparability(year))


def test_the_year_before_is_counted_from_the_records(root: Path, records: Records) -> None:
    found = lookup(root, records, 2023, ACCOMPANIED).former("accompagnes", "service")
    assert found is not None
    expected = figures("accompagnes", records, Scope(2022, "service", load_service(root / "params")))
    assert (found.year, found.origin, found.reason) == (2022, CALCULE, "")
    pd.testing.assert_frame_equal(found.figures, expected)


def test_where_there_are_no_records_the_printed_figures_are_taken(root: Path, records: Records) -> None:
    asked = lookup(root, records, 2021, ACCOMPANIED)
    found = asked.former("accompagnes", "service")
    assert found is not None
    assert (found.origin, found.at("total", "total").valeur, found.at("total", "F").etat) == (PUBLIE, 50, "nc")
    assert "publié" in found.reason
    assert asked.former("accompagnes", "62637") is None
    assert asked.former("durees", "service") is None
    reference = Reference("accompagnes", "total", "total", 2020, "service")
    assert asked.cell(reference) == Cell(50.0, "jeunes", "ok")
    assert asked.cell(replace(reference, ligne="age_inconnu")).etat == "nc"
    assert not asked.comparable("accompagnes", 2020, "service")


def test_a_year_without_anything_has_no_former(root: Path, records: Records) -> None:
    assert lookup(root, records, 2021).former("accompagnes", "service") is None
    assert lookup(root, records, 2023).former("partenaires", "service") is None


def test_the_names_of_the_lines_of_the_year_before_alone_are_known(root: Path, records: Records) -> None:
    found = lookup(root, records, 2023).former("situations", "service")
    assert found is not None
    now = set(lookup(root, records, 2023).table("situations", 2023, "service")["ligne"])
    assert set(found.names) <= set(found.figures["ligne"]) - now
    assert all(found.names.values())


def test_a_value_of_the_same_vintage_is_not_one_of_the_year_before(root: Path, records: Records) -> None:
    same = lookup(root, records, 2023).former("socio_economique", "service")
    assert same is not None and same.figures.empty
    other = lookup(root, records, 2022).former("socio_economique", "service")
    assert other is not None
    values = records["territoires"]
    renewed = set(values.loc[values["millesime"] == 2022, "indicateur"])
    assert set(other.figures["ligne"]) and set(other.figures["ligne"]) <= renewed


def test_marks_of_the_year_before_are_those_of_the_table_itself(root: Path, records: Records) -> None:
    asked = lookup(root, records, 2023)
    found = asked.former("diagnostics", "service")
    assert found is not None
    table = asked.table("diagnostics", 2023, "service")
    assert len(found.figures) == (table["annee"] == 2022).sum() > 0


@pytest.mark.parametrize("kept", [True, False], ids=["counted", "without records"])
def test_a_zero_is_known_where_the_service_kept_the_table_that_year(root: Path, records: Records, kept: bool) -> None:
    service, referred = load_service(root / "params"), records["orientations"]
    then = referred["date"].dt.year == 2022
    one = referred[then].iloc[:1]
    person = records["suivis"].set_index("id_suivi").loc[one["id_suivi"].iloc[0], "id_jeune"]
    home = records["jeunes"].set_index("id_jeune").loc[person, "commune"]
    elsewhere = next(code for code in service.commune_codes if code != home)
    rows = pd.concat([referred[~then], one[: int(kept)]], ignore_index=True)
    changed = Records({**records.frames, "orientations": rows}, records.present)
    found = Lookup(source_of(changed), service, 2023)
    assert found.says_something("orientations", 2022, elsewhere) is kept
    assert (found.former("orientations", elsewhere) is not None) is kept
    cell = found.cell(Reference("orientations", "total", "nombre", 2022, elsewhere))
    assert cell.etat == ("ok" if kept else "nc")


def test_a_year_in_which_situations_were_not_noted_is_no_year_of_nobody(root: Path, records: Records) -> None:
    noted = records["situations"]
    begun = records.with_table("situations", noted[noted["annee"] == 2023])
    found = Lookup(source_of(begun), load_service(root / "params"), 2023)
    assert found.table("situations", 2022, "service")["valeur"].any()  # they are not known, and are counted so
    assert found.former("situations", "service") is None
    assert found.cell(Reference("situations", "college", "total", 2022, "service")).etat == "nc"
    assert found.former("accompagnes", "service") is not None
