"""Populations in a notebook: their rows, what a condition keeps, what they show, what they refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures.cells import read_tables
from rlpipeline.figures.notebook import Counts, persons, table
from rlpipeline.figures.populations import UNSHOWN, accompagnes, demandes, values_of
from rlpipeline.figures.session import Session, session
from rlpipeline.figures.variables import age, ages, sexe
from tests.declared import INDICATORS, own
from tests.figures.factory import CARVIN, OIGNIES, SERVICE, jeune, make_records, suivi

RECORDS = make_records(
    jeunes=[
        jeune("J1", "2009-05-01", sexe="F"),
        jeune("J2", "2005-05-01", sexe="G"),
        jeune("J3", "2003-05-01", sexe="F", commune=OIGNIES),
    ],
    suivis=[suivi(f"S{number}", f"J{number}") for number in (1, 2, 3)]
    + [suivi("S4", "J1", "2022-01-03")],
)


@pytest.fixture(autouse=True)
def _opened() -> Iterator[None]:
    former = session.__dict__.copy()
    session.opened(Counts(RECORDS, SERVICE, (2023,), dict(INDICATORS)))
    yield
    session.__dict__.update(former)


def test_rows_are_those_of_a_year_and_a_territory() -> None:
    assert sorted(accompagnes.rows(2023)["id_suivi"]) == ["S1", "S2", "S3", "S4"]
    assert accompagnes.rows(2023, OIGNIES)["id_jeune"].tolist() == ["J3"]
    assert accompagnes.rows(2022)["id_suivi"].tolist() == ["S4"]
    assert len(accompagnes) == 4


def test_who_changes_rows_changes_no_count() -> None:
    rows = accompagnes.rows(2023)
    rows["sexe"] = "NR"
    assert set(accompagnes.rows(2023)["sexe"]) == {"F", "G"}


def test_a_condition_makes_another_population_that_can_be_counted() -> None:
    girls = accompagnes.where("sexe == 'F'").where("age >= 16")
    assert girls.rows(2023)["id_jeune"].tolist() == ["J3"]
    assert girls.title == f"{accompagnes.title}, sexe == 'F', age >= 16"
    indicator = own(lambda: table("f", "Filles", population=girls, lines=age))["f"]
    assert indicator.spec.own and indicator.crossing is not None
    counts = Counts(RECORDS, SERVICE, (2023,), dict(INDICATORS), {"f": indicator})
    figures = counts.every_place("f", 2023)[OIGNIES].figures
    assert figures["valeur"].sum() == 2, "the young woman of 20, and the total"
    assert counts.every_place("f", 2023)[CARVIN].figures["valeur"].sum() == 0


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("sex == 'F'", "le plus proche est « sexe »"),
        ("sexe == F", "c'est une valeur de « sexe » : l'écrire entre apostrophes, 'F'"),
        ("age > 'x'", "comparer un nombre à un nombre"),
        ("age =", "== pour égal"),
        ("sexe = 'F'", "un seul = ne compare pas"),
        ("commune == '62215'", "se lit dans la colonne « territoire »"),
        ("sexe == 'X'", "F, G, NR"),
        ("tranche_age in ['15_17', '15_18']", "la plus proche est « 15_18 »"),
        ("motif_cloture != 'amelioration'", "la plus proche est « amelioration_situation »"),
        ("age == '16'", "écrire 16 sans apostrophes"),
        ("actif == 'oui'", "écrire actif, ou not actif"),
        ("sexe.foo()", "s'en tenir à des comparaisons de colonnes"),
    ],
)
def test_a_condition_that_cannot_be_read_says_what_to_write(condition: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        accompagnes.where(condition).rows(2023)
    assert said in str(error.value) and condition in str(error.value)


def test_a_condition_out_of_quotes_says_where_they_go() -> None:
    with pytest.raises(UsageError, match="entre guillemets"):
        accompagnes.where(sexe == "F")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        ("motif_cloture == 'orientation'", 0),  # a code that nobody has
        ("date_debut >= '2023-01-01'", 3),
        ("quartier == 'Cité du 99'", 0),
    ],
)
def test_a_condition_that_a_row_may_meet_is_counted(condition: str, lines: int) -> None:
    assert len(accompagnes.where(condition)) == lines


def test_a_table_says_which_rows_it_counts_and_what_none_has() -> None:
    condition = "age >= 16 and quartier == 'Cité du 99'"
    nobody = accompagnes.where(condition)
    made = own(lambda: table("n", "N", population=nobody, lines=sexe))
    of_year = Counts(RECORDS, SERVICE, (2023,), {}, made).every_place("n", 2023)
    said = f"Seules sont comptées les lignes où {condition}."
    none_has = "Aucune ligne de 2023 n'a « Cité du 99 » : quartier."
    assert of_year["service"].notes == (said, none_has)
    assert of_year[OIGNIES].notes == (said,)


def test_a_territory_is_named_as_one_names_it_and_a_year_is_a_number() -> None:
    assert accompagnes.rows(2023, "Oignies").equals(accompagnes.rows(2023, OIGNIES))
    with pytest.raises(UsageError, match=r"\.rows\(2023\)"):
        accompagnes.rows("2023")  # type: ignore[arg-type]


@pytest.mark.parametrize("firsts", [(), ("15-17",), ("15", "18"), (18, 15), (15, 15)])
def test_bands_of_ages_are_numbers_that_rise(firsts: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError, match="trois tranches"):
        ages(*firsts)


def test_brackets_say_how_one_filters() -> None:
    with pytest.raises(UsageError, match="crochets"):
        accompagnes["sexe"]


def test_it_shows_what_it_is_and_nobody() -> None:
    assert repr(accompagnes) == "jeunes accompagnés (PAEI actif dans l'année)"
    shown = accompagnes._repr_html_()
    assert "jeunes accompagnés" in shown and "Jeunes distincts" in shown and "tranche_age" in shown
    assert not [who for who in ("J1", "S1", "2009-05-01", "id_jeune") if who in shown]
    assert len(re.findall("<tbody>", shown)) == 2  # how many a year, and the columns
    columns = {*accompagnes.rows(2023)} - UNSHOWN
    assert shown.count("<tr>") == len(session.counting().years) + len(columns)
    assert "Jeunes distincts" not in demandes._repr_html_()


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (pd.Series(["F", None, "G", "F"], dtype="str"), "F, G"),
        (pd.Series([True, False]), "False, True"),
        (pd.Series([12.0, np.nan, 9.0]), "de 9 à 12"),
        (pd.to_datetime(pd.Series(["2023-05-02", "2022-01-31"])), "du 2022-01-31 au 2023-05-02"),
        (pd.Series(["moins_11", "frère de L."], dtype="str"), "2 noms"),
        (pd.Series(["Cité du 4"], dtype="str"), "1 nom"),
        (pd.Series([None], dtype="str"), "aucune"),
    ],
)
def test_values_of_a_column_are_codes_or_bounds_and_no_words_of_anybody(
    values: pd.Series[Any], shown: str
) -> None:
    assert values_of(values) == shown


def test_its_truth_opens_no_record() -> None:
    assert Session() is not session
    session.__dict__.update(vars(Session()))
    assert accompagnes
    with pytest.raises(UsageError, match="open_counting"):
        len(accompagnes)


def notebook(tmp_path: Path, *sources: str) -> Path:
    definition = {"cell_type": "markdown", "metadata": {}, "source": "Un essai."}
    code = [{"cell_type": "code", "metadata": {}, "source": source} for source in sources]
    cells = [cell for each in code for cell in (definition, each)]
    path = tmp_path / "mes_indicateurs.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}}), encoding="utf-8")
    return path


IMPORTS = (
    "from rlpipeline.figures.notebook import table\n"
    "from rlpipeline.figures.populations import accompagnes\n"
    "from rlpipeline.figures.variables import sexe"
)
DECLARES = 'table("a", "A", population=accompagnes, lines=sexe)'


def test_a_cell_that_looks_at_rows_declares_nothing_and_stops_nothing(tmp_path: Path) -> None:
    path = notebook(tmp_path, IMPORTS, "accompagnes.rows(2023).iloc[99]", DECLARES)
    assert [*read_tables(path).tables] == ["a"]


def test_a_cell_that_does_both_is_told(tmp_path: Path) -> None:
    path = notebook(tmp_path, IMPORTS, f"len(accompagnes)\n{DECLARES}")
    with pytest.raises(SettingsError, match="cellule à part"):
        read_tables(path)


def test_measures_of_a_filtered_population_are_those_of_the_whole() -> None:
    girls = accompagnes.where("sexe == 'F'")
    made = own(lambda: table("f", "F", population=girls, lines=sexe, measures=(persons("j"),)))
    figures = Counts(RECORDS, SERVICE, (2023,), {}, made).every_place("f", 2023)["service"].figures
    assert figures.set_index("ligne")["valeur"]["F"] == 2, "J1 has two follow-ups and counts once"


def test_a_function_that_gives_everywhere_the_figures_of_the_service_is_refused() -> None:
    def same(records: Any, scope: Any) -> pd.DataFrame:
        return pd.DataFrame({"ligne": ["a"], "colonne": "valeur", "valeur": [7.5]})

    everywhere = own(lambda: table("m", "M", count=same, unit="mois"))
    with pytest.raises(SettingsError, match=r"portee\.territory"):
        Counts(RECORDS, SERVICE, (2023,), {}, everywhere).every_place("m", 2023)
    whole = own(lambda: table("m", "M", count=same, unit="mois", scope="service"))
    counted = Counts(RECORDS, SERVICE, (2023,), {}, whole).every_place("m", 2023)
    assert [*counted] == ["service"]
