from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Cell, Reference
from rlpipeline.errors import SettingsError
from rlpipeline.params import load_service
from rlpipeline.records import Records, open_records

Ask = Callable[..., Cell]


@pytest.fixture(scope="module")
def records(root: Path) -> Records:
    return open_records(str(root / "data" / "exemple"), load_service(root / "params"))


@pytest.fixture(scope="module")
def ask(root: Path, records: Records) -> Ask:
    lookup = Lookup(records, load_service(root / "params"), 2023)

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
    lookup = Lookup(records, load_service(root / "params"), 2023)
    assert lookup.table("accompagnes", 2023, "service") is lookup.table("accompagnes", 2023, "service")
    assert lookup.table("accompagnes", 2022, "service") is not lookup.table("accompagnes", 2023, "service")
