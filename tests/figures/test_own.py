"""Indicators of the service's own: what one declaration gives, and what a wrong one says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures import REGISTRY, SERVICE, Scope, table_data
from rlpipeline.figures.calculation import Calculation
from rlpipeline.figures.own import (
    Declaration,
    Ratio,
    Table,
    from_written,
    offered,
    read_declarations,
    with_own,
    written,
)
from rlpipeline.figures.store import COUNTED, FigureStore, StoreFacts, write_store
from tests.figures.factory import CARVIN, OIGNIES, jeune, make_records, scope, suivi
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.stored import count_year, source_of

QUARTERS = Table(
    id="mes_quartiers",
    title="Jeunes suivis, par quartier et sexe",
    population="jeunes_suivis",
    lines="quartier",
    columns="sexe",
)
GIRLS = Ratio(
    id="part_des_filles",
    title="Part des filles",
    of=("accompagnes", "total", "F"),
    on=("accompagnes", "total", "total"),
)
RECORDS = make_records(
    jeunes=[
        {**jeune("J1"), "quartier": "Centre"},
        {**jeune("J2", sexe="G"), "quartier": "Centre"},
        {**jeune("J3", sexe="G", commune=OIGNIES), "quartier": "Justice"},
        jeune("J4", commune=OIGNIES),
    ],
    suivis=[suivi(f"S{number}", f"J{number}") for number in (1, 2, 3, 4)] + [suivi("S5", "J1", statut="ASEP")],
    problematiques=[
        {"id_suivi": "S1", "annee": 2023, "problematique": "logement"},
        {"id_suivi": "S1", "annee": 2023, "problematique": "freins_mobilite"},
    ],
)


def cells(*declared: Declaration, of: Scope | None = None) -> dict[tuple[str, str], float]:
    figures = table_data(with_own(declared)[declared[-1].id], RECORDS, of or scope()).figures
    return {(one.ligne, one.colonne): one.valeur for one in figures.itertuples()}


def notebook(folder: Path, *sources: str) -> Path:
    path = folder / "mes_indicateurs.ipynb"
    path.write_text(
        json.dumps({"cells": [{"cell_type": "code", "source": [one]} for one in sources]}), encoding="utf-8"
    )
    return path


def test_who_may_count_on_several_lines_counts_once_on_the_last() -> None:
    issues = Table(id="mes_problematiques", title="P", population="problematiques", lines="famille")
    assert cells(issues)["sociales", "nombre"] == cells(issues)["mobilite", "nombre"] == 1
    assert cells(issues)["au_moins_un", "nombre"] == 1
    rows = table_data(with_own([issues])["mes_problematiques"], RECORDS, scope()).rows
    assert [(row.label, row.kind) for row in rows][-1] == ("Jeunes concernés (au moins une fois)", "corps")


@pytest.mark.parametrize(
    ("of", "on", "unit", "expected"),
    [
        (("accompagnes", "total", "F"), ("accompagnes", "total", "total"), "%", (50.0, "ok")),
        (("mes_quartiers", "Centre", "F"), ("mes_quartiers", "total", "F"), "%", (50.0, "ok")),
        (("accompagnes", "total", "NR"), ("accompagnes", "total", "total"), "%", (0.0, "ok")),
        (("accompagnes", "total", "total"), ("clotures", "total", "nombre"), "jeunes", (None, "vide")),
        (("temps_activite", "total", "heures"), ("accompagnes", "total", "total"), "heures par jeune", (None, "nc")),
    ],
)  # fmt: skip
def test_a_ratio_divides_two_figures_and_says_what_it_cannot(
    of: tuple[str, str, str], on: tuple[str, str, str], unit: str, expected: tuple[float | None, str]
) -> None:
    ratio = Ratio(id="rapport", title="R", of=of, on=on, unit=unit)
    records = make_records(("temps",), **{name: RECORDS[name].to_dict("records") for name in ("jeunes", "suivis")})
    figures = table_data(with_own([QUARTERS, ratio])["rapport"], records, scope()).figures
    value, state = figures[["valeur", "etat"]].iloc[0]
    assert (None if pd.isna(value) else value, state) == expected
    assert figures[["ligne", "colonne", "unite"]].iloc[0].tolist() == ["rapport", "valeur", unit]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"population": "jeunes_suivi"}, "le nom le plus proche est « jeunes_suivis »"),
        ({"lines": "cartier"}, "le nom le plus proche est « quartier »"),
        ({"columns": "quartier"}, "Une même variable est en lignes et en colonnes"),
        ({"counts": "heures"}, "jeunes_distincts ou lignes"),
        ({"id": "accompagnes"}, "Ce nom est déjà pris"),
        ({"id": "Mes quartiers"}, "Le nom d'un indicateur ne va pas"),
        ({"population": "problematiques", "columns": "famille"}, "elle va en lignes"),
    ],
)
def test_a_wrong_declaration_says_what_is_expected(change: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        with_own([Table(**{**vars(QUARTERS), **change})])
    assert said in str(caught.value)
    assert "mes_indicateurs.ipynb" in str(caught.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (("accompagnes", "tota", "F"), "lignes : "),
        (("accompagnes", "total", "filles"), "colonnes : "),
        (("accompagnes", "total"), "(indicateur, ligne, colonne)"),
        ("accompagnes", "(indicateur, ligne, colonne)"),
    ],
)
def test_a_ratio_of_a_figure_that_does_not_exist_lists_those_that_do(address: tuple[str, str, str], said: str) -> None:
    ratio = Ratio(id="rapport", title="R", of=address, on=("accompagnes", "total", "total"))
    with pytest.raises(SettingsError) as caught:
        cells(ratio)
    assert f"attendu : {said}" in str(caught.value)


@pytest.mark.parametrize("years", [(2023,), (2022, 2023)])
@pytest.mark.parametrize(("line", "exists"), [("Moniteur", True), ("Monitrice", False)])
def test_a_ratio_of_a_line_that_no_year_has_is_refused(years: tuple[int, ...], line: str, exists: bool) -> None:
    staff = [post(2022, "Moniteur"), post(2023, "Chef")]
    ratio = Ratio(id="rapport", title="R", of=("personnel", line, "etp"), on=("personnel", "total", "etp"))
    calculation = Calculation(make_records(personnel=staff), SETTINGS, years, (ratio,))
    if exists:
        assert not calculation.own().empty
    else:
        with pytest.raises(SettingsError, match="Ce chiffre n'existe pas"):
            calculation.own()


@pytest.mark.parametrize(
    "cell",
    [
        "t = {0}\nt",
        "t: Table = {0}",
        "[{0} for _ in range(1)]",
        "tous = []\nfor _ in range(1):\n    tous.append({0})",
        "t, u = {0}, 1\ndisplay(t)",
    ],
)
def test_each_way_to_write_a_declaration_declares_it_once(tmp_path: Path, cell: str) -> None:
    path = notebook(tmp_path, "from rlpipeline.figures.own import Table", cell.format(_source(QUARTERS)))
    assert read_declarations(path) == (QUARTERS,)


def test_a_declaration_that_a_loop_loses_is_refused(tmp_path: Path) -> None:
    loop = f"for _ in range(2):\n    {_source(QUARTERS)}"
    with pytest.raises(SettingsError, match=r"(?s)n° 2.*écrire une liste"):
        read_declarations(notebook(tmp_path, "from rlpipeline.figures.own import Table", loop))


def post(year: int, name: str) -> dict[str, Any]:
    return {"annee": year, "categorie": "educatif", "poste": name, "etp": 2.0}


def _source(declared: Declaration) -> str:
    return f"{type(declared).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(declared).items())})"


@pytest.mark.parametrize(("source", "got"), [("Table(", "SyntaxError"), ("Tableau()", "NameError"), ("1 / 0", "Zero")])
def test_a_cell_that_fails_is_named(tmp_path: Path, source: str, got: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_declarations(notebook(tmp_path, "a = 1", source))
    assert "cellule de code n° 2" in str(caught.value)
    assert got in str(caught.value)


def test_the_examples_of_ours_only_need_their_marks_taken_off(root: Path, tmp_path: Path) -> None:
    ours = json.loads((root / "notebooks" / "mes_indicateurs.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in ours["cells"] if cell["cell_type"] == "code"]
    tried = [source.replace("# ", "") for source in sources]
    assert [one.id for one in read_declarations(notebook(tmp_path, *tried))] == ["mes_quartiers", "part_des_filles"]


def test_declarations_go_with_the_figures(tmp_path: Path) -> None:
    declared = (QUARTERS, GIRLS)
    assert from_written(json.loads(json.dumps(written(declared)))) == declared
    Calculation(RECORDS, SETTINGS, (2023,), declared).write(str(tmp_path / "figures"))
    store = FigureStore(tmp_path / "figures")
    assert [*store.indicators] == [*REGISTRY, "mes_quartiers", "part_des_filles"]
    counted = count_year(RECORDS, 2023, SETTINGS, {"mes_quartiers": store.indicators["mes_quartiers"]})
    for place in (SERVICE, CARVIN, OIGNIES):
        found = store.figures("mes_quartiers", Scope(2023, place, SETTINGS))
        assert found.equals(counted["mes_quartiers", place].figures)
    assert store.rows_counted("mes_quartiers", scope())["suivis"] == 5


def test_figures_to_share_say_that_a_table_of_ones_own_is_not_shared(tmp_path: Path) -> None:
    facts = StoreFacts(
        exact=False,
        years=frozenset({2023}),
        recorded=frozenset(),
        origins={2023: COUNTED},
        own=written((QUARTERS,)),
    )
    write_store(tmp_path, {}, facts)
    with pytest.raises(UsageError, match="n'est que dans l'édition interne"):
        FigureStore(tmp_path).table("mes_quartiers", scope())
    with pytest.raises(UsageError, match="n'est pas dans le dossier"):
        FigureStore(tmp_path).table("accompagnes", scope())


def test_what_is_offered_can_be_declared() -> None:
    for population, _, variables in offered().itertuples(index=False):
        for variable in variables.split(", "):
            one = Table(id="essai", title="T", population=population, lines=variable)
            source = source_of(RECORDS, (one,))
            assert not source.table("essai", scope()).figures.empty
