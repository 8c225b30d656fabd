"""Which cells are shared: simpler tables, nothing of one sensitive subject."""

from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.figures import CSV_COLUMNS, SERVICE
from rlpipeline.protection.classes import shared_cells, without_rates_of_rounded
from rlpipeline.settings.models import Disclosure, Service
from tests.declared import declared
from tests.figures.factory import CARVIN
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection.made import edition_of, frame, random_exact

RULES = Disclosure()
FULL = Service(nom="Service", departement="62", communes=SETTINGS.communes)
"""With the usual families of issues, sensitive ones too."""


@pytest.fixture(scope="module")
def shared() -> pd.DataFrame:
    return edition_of(random_exact(2, 60, FULL), FULL, RULES)


def _cells(shared: pd.DataFrame, indicator: str, territory: str = SERVICE) -> pd.DataFrame:
    return shared[shared["indicateur"].eq(indicator) & shared["territoire"].eq(territory)]


def test_sensitive_subjects_are_one_row_of_issues(shared: pd.DataFrame) -> None:
    families = {family.code: {code.code for code in family.codes} for family in FULL.problematiques}
    noted = set(_cells(shared, "problematiques")["ligne"])
    assert "sante_justice" in noted
    assert not noted & {"sante", "juridiques", *families["sante"], *families["juridiques"]}
    for table in ("problematiques_jeunes", "co_accompagnements"):
        assert not {"sante", "juridiques", "sante_justice"} & set(_cells(shared, table)["ligne"])


def test_codes_are_not_crossed_with_ages_and_portraits_are_not_crossed(
    shared: pd.DataFrame,
) -> None:
    issues = _cells(shared, "problematiques")
    families = {family.code for family in FULL.problematiques} | {"sante_justice", "total"}
    assert set(issues.loc[~issues["ligne"].isin(families), "colonne"]) == {"total"}
    assert "11_14" in set(issues.loc[issues["ligne"].isin(families), "colonne"])
    for table in ("durees", "situations", "demandes", "problematiques", "problematiques_jeunes"):
        assert set(_cells(shared, table, CARVIN)["colonne"]) <= {"total"}
    of_street = _cells(shared, "travail_de_rue", CARVIN)
    assert ((of_street["ligne"] == "total") | (of_street["colonne"] == "total")).all()


def test_rates_are_shared_of_exact_counts_alone() -> None:
    rows = [
        ("accompagnes", 2023, CARVIN, "total", "total", 20.0, "jeunes", "ok"),
        ("travail_de_rue", 2023, CARVIN, "total", "total", 5.0, "jeunes", "arrondi"),
        ("taux_communes", 2023, SERVICE, CARVIN, "habitants", 10_000.0, "habitants", "ok"),
        ("taux_communes", 2023, SERVICE, CARVIN, "accompagnes", 2.0, "‰", "ok"),
        ("taux_communes", 2023, SERVICE, CARVIN, "travail_de_rue", 0.4, "‰", "ok"),
    ]
    written = without_rates_of_rounded(
        pd.DataFrame(rows, columns=list(CSV_COLUMNS)), declared(SETTINGS).links
    )
    assert written["etat"].tolist() == ["ok", "arrondi", "ok", "ok", "masque"]
    assert written["valeur"].isna().tolist() == [False, False, False, False, True]


def test_the_unknown_situation_has_its_line_whether_someone_is_in_it_or_not(
    shared: pd.DataFrame,
) -> None:
    of_table = shared[shared["indicateur"] == "situations"]
    with_line = of_table.loc[of_table["ligne"] == "non_renseignee", "territoire"]
    split = of_table.loc[of_table["ligne"] != "total", "territoire"]
    assert set(with_line) == set(split) and with_line.is_unique
    lines = _cells(shared, "situations")["ligne"].tolist()
    assert lines.index("non_renseignee") == lines.index("total") - 1


def test_where_no_situation_is_kept_nobody_is_said_to_be_in_one() -> None:
    lines = {"college": float("nan"), "formation": float("nan"), "total": 30.0}
    situations = frame("situations", SERVICE, {line: {"total": n} for line, n in lines.items()})
    kept = shared_cells(situations, RULES, FULL, declared(FULL))
    assert kept["ligne"].tolist() == [*lines]


def test_a_split_of_few_shows_its_total_alone(shared: pd.DataFrame) -> None:
    """Seven, four and three young people of a commune, each « environ 5 », would mislead and protect nobody."""
    of_one = shared[shared["indicateur"].eq("accompagnes") & shared["territoire"].ne(SERVICE)]
    totals = of_one[of_one["ligne"].eq("total") & of_one["colonne"].eq("total")].set_index(
        "territoire"
    )["valeur"]
    split = set(of_one.loc[of_one["ligne"] != "total", "territoire"])
    assert split == set(totals.index[totals >= 20])
    assert (totals < 20).any()
