"""Tables that cells declare: what one gives, what it may change of ours, and what a wrong one says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.figures import SERVICE, Declarations, Scope, populations, variables
from rlpipeline.figures.cells import (
    COPIED,
    COUNTS,
    OURS,
    differences,
    digests,
    package_tables,
    read_tables,
)
from rlpipeline.figures.crossing import CountedTable
from rlpipeline.figures.notebook import (
    ELSEWHERE,
    REDEFINED,
    UNDEFINED,
    Counts,
    offered,
    persons,
    ratio,
    table,
)
from rlpipeline.figures.populations import (
    Population,
    accompagnes,
    demandes,
    problematiques,
    rencontres,
    sorties,
    suivis,
)
from rlpipeline.figures.session import session
from rlpipeline.figures.variables import age, ages, famille, quartier, sexe
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Objective
from tests.declared import INDICATORS, own
from tests.figures.factory import CARVIN, OIGNIES, jeune, make_records, scope, suivi
from tests.figures.factory import SERVICE as SERVICE_SETTINGS
from tests.figures.random_records import random_records
from tests.figures.stored import counts_of, source_of

RECORDS = make_records(
    jeunes=[
        {**jeune("J1", "2009-05-01"), "quartier": "Centre"},
        {**jeune("J2", "2005-05-01", sexe="G"), "quartier": "Centre"},
        {**jeune("J3", "2003-05-01", sexe="G", commune=OIGNIES), "quartier": "Justice"},
        jeune("J4", "2003-05-01", commune=OIGNIES),
    ],
    suivis=[suivi(f"S{number}", f"J{number}") for number in (1, 2, 3, 4)]
    + [suivi("S5", "J1", statut="ASEP")],
    problematiques=[
        {"id_suivi": "S1", "annee": 2023, "problematique": "logement"},
        {"id_suivi": "S1", "annee": 2023, "problematique": "freins_mobilite"},
    ],
)
GIRLS = ("accompagnes", "total", "F")
EVERYONE = ("accompagnes", "total", "total")


IMPORTED = """
from rlpipeline.figures.notebook import table
from rlpipeline.figures.populations import suivis
from rlpipeline.figures.variables import sexe
"""
DECLARES = 'table("a", "A", population=suivis, lines=sexe)'


def quarters() -> None:
    table(
        "mes_quartiers",
        "Jeunes suivis, par quartier et sexe",
        population=suivis,
        lines=quartier,
        columns=sexe,
    )


def cells(
    id: str, *declaring: Callable[[], object], records: Records = RECORDS
) -> dict[tuple[str, str], Any]:
    figures = source_of(records, own(*declaring)).figures(id, scope())
    values = zip(
        figures["ligne"], figures["colonne"], figures["valeur"], figures["etat"], strict=True
    )
    return {
        (line, column): state if pd.isna(value) else value for line, column, value, state in values
    }


def notebook(
    folder: Path, *sources: str, name: str = "mes_indicateurs.ipynb", **metadata: Any
) -> Path:
    path = folder / name
    cells = list[dict[str, Any]]()
    for rank, source in enumerate(sources):
        cells.append({"cell_type": "markdown", "source": ["Un essai."]})
        cells.append({"cell_type": "code", "id": f"c{rank}", "source": [source]})
    path.write_text(json.dumps({"cells": cells, "metadata": metadata}), encoding="utf-8")
    return path


def copy_of_ours(folder: Path, change: Callable[[str], str] = str, **metadata: Any) -> Path:
    content = json.loads((OURS / COUNTS).read_text(encoding="utf-8"))
    for cell in content["cells"]:
        cell["source"] = change("".join(cell["source"]))
    content["metadata"] |= metadata
    path = folder / COUNTS
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("of", "on", "unit", "expected"),
    [
        (GIRLS, EVERYONE, "%", 50.0),
        (("mes_quartiers", "Centre", "F"), ("mes_quartiers", "total", "F"), "%", 50.0),
        (("situations", "non_renseignee", "total"), EVERYONE, "%", "nc"),
        (EVERYONE, ("clotures", "total", "nombre"), "jeunes", "vide"),
    ],
)
def test_a_ratio_divides_two_figures_and_says_what_it_cannot(
    of: Any, on: Any, unit: str, expected: object
) -> None:
    kept = {name: RECORDS[name].to_dict("records") for name in ("jeunes", "suivis")}
    records = make_records(("temps", "situations"), **kept)
    found = cells(
        "r", quarters, lambda: table("r", "R", count=ratio(of, on, unit)), records=records
    )
    assert found == {("rapport", "valeur"): expected}


@pytest.mark.parametrize(
    ("of", "on", "state"),
    [
        ("formation", "partenariat", "ok"),
        ("total", "partenariat", "partiel"),
        ("partenariat", "total", "partiel"),
        ("total", "travail_de_rue", "nc"),
    ],
)
def test_what_is_divided_is_known_as_well_as_its_parts(of: str, on: str, state: str) -> None:
    """Two activities are known, a third one is not: their total is partial, and so is what is made of it."""
    entry = {"date": "2023-01-09", "educateur": "E", "commune": CARVIN}
    hours = {"formation": 2.0, "partenariat": 4.0, "travail_de_rue": None}
    records = make_records(
        temps=[{**entry, "activite": of, "heures": n} for of, n in hours.items()]
    )
    above, below = (("temps_activite", line, "heures") for line in (of, on))
    added = own(lambda: table("r", "R", count=ratio(above, below)))
    [figure] = source_of(records, added).figures("r", scope()).to_dict("records")
    assert figure["etat"] == state
    assert pd.isna(figure["valeur"]) == (state == "nc")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (("accompagnes", "tota", "F"), "lignes : "),
        (("personnel", "Monitrice", "etp"), "une ligne"),
        (("acompagnes", "total", "F"), "comme accompagnes"),
        ("accompagnes", "(indicateur, ligne, colonne)"),
    ],
)
def test_a_ratio_of_a_figure_that_does_not_exist_lists_those_that_do(
    address: Any, said: str
) -> None:
    staff = {"annee": 2023, "categorie": "educatif", "poste": "Moniteur", "etp": 2.0}
    with pytest.raises(SettingsError) as caught:
        cells(
            "r",
            lambda: table("r", "R", count=ratio(address, EVERYONE)),
            records=make_records(personnel=[staff]),
        )
    assert said in str(caught.value.expected)


def own_count(records: Records, of: Scope) -> pd.DataFrame:
    there = records["jeunes"]
    there = there if of.is_service else there[there["commune"] == of.territory]
    counted = there.groupby("quartier").size().rename_axis("ligne").reset_index(name="valeur")
    return counted.assign(colonne="jeunes")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda figures: figures.drop(columns="valeur"), "Il manque des colonnes"),
        (lambda figures: pd.concat([figures, figures]), "donnée deux fois"),
        (lambda figures: figures.assign(valeur="beaucoup"), "n'est pas un nombre"),
        (lambda figures: figures.assign(valeur=float("inf")), "n'a pas de valeur"),
        (lambda figures: figures.query("absente == 1"), "a échoué"),
    ],
)
def test_what_is_no_table_of_figures_is_told_with_its_cell(change: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        cells(
            "compte",
            lambda: table("compte", "C", count=lambda *of: change(own_count(*of)), unit="jeunes"),
        )
    assert "« compte »" in str(caught.value.where)


def test_with_other_bands_the_edition_to_share_keeps_ours() -> None:
    added = own(
        lambda: table(
            "accompagnes",
            "A",
            population=accompagnes,
            lines=ages(15, 20),
            columns=sexe,
            newcomers=True,
        )
    )
    store = source_of(RECORDS, added)
    assert "moins_15" in {*store.figures("accompagnes", scope())["ligne"]}
    shared = store.to_share().table("accompagnes", scope())
    assert "11_14" in {*shared.figures["ligne"]} and not shared.spec.own
    notes = [
        store.table("accompagnes", scope()).notes[-1],
        shared.notes[-1],
        store.table("situations", scope()).notes,
    ]
    assert notes == [REDEFINED.format(""), REDEFINED.format(ELSEWHERE), ()]
    assert (
        store.to_share().declared.ours["accompagnes"].title == INDICATORS["accompagnes"].spec.title
    )


def test_what_is_declared_is_read_as_it_was_written() -> None:
    """A service that took a table out, and counts one in its own way: the dictionary has the first alone."""
    ours = {id: table for id, table in package_tables().items() if id != "clotures"}
    shared = Counts(RECORDS, SERVICE_SETTINGS, (2023,), ours, own(quarters)).to_share().declared
    read = Declarations.from_json(json.loads(json.dumps(shared.to_json())))
    assert (read.tables, read.links) == (shared.tables, shared.links)
    assert "clotures" in read.links.tables and "clotures" not in read.tables
    assert "mes_quartiers" in read.tables and "mes_quartiers" not in read.links.tables


def in_place(records: Records, of: Scope) -> pd.DataFrame:
    return rencontres.listed(records, of)


OTHER = Population(**{**vars(accompagnes), "listed": in_place})


@pytest.mark.parametrize(
    ("declare", "shared"),
    [
        (
            lambda: table(
                "accompagnes", "A", population=suivis, lines=age, columns=sexe, newcomers=True
            ),
            False,
        ),
        (
            lambda: table(
                "accompagnes", "A", population=OTHER, lines=age, columns=sexe, newcomers=True
            ),
            False,
        ),
        (lambda: table("accompagnes", "A", count=own_count, unit="jeunes"), False),
        (
            lambda: table(
                "accompagnes", "Autre titre", population=accompagnes, lines=age, columns=sexe
            ),
            True,
        ),
        (lambda: table("accompagnes", "Sans le sexe", population=accompagnes, lines=age), True),
        (lambda: table("accompagnes", "Par sexe", population=accompagnes, lines=sexe), False),
    ],
)
def test_protection_does_not_rest_on_the_words_of_a_cell(
    declare: Callable[[], object], shared: bool
) -> None:
    """Another population, be it of the same name, and another count stay in the exact edition; less is shared."""
    declared = source_of(RECORDS, own(declare)).to_share().declared
    assert ("accompagnes" in declared.ours) is shared
    ours = source_of(RECORDS).declared
    assert declared.links.all == ours.links.all  # a link is never removed
    assert declared.links.tables["accompagnes"].persons


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (
            lambda: table("a", "A", population=demandes, lines=ages(15)),
            "se comptent d'après les naissances",
        ),
        (lambda: table("a", "A", population=suivis, lines=sexe, columns=sexe), "Une même variable"),
        (
            lambda: table(
                "a",
                "A",
                population=problematiques,
                lines=sexe,
                columns=famille,
                measures=(persons(),),
            ),
            "lignes",
        ),
        (lambda: table("a", "A", lines=sexe), "ni population="),
        (lambda: table("Mes A", "A", population=suivis, lines=sexe), "Le nom d'un tableau"),
    ],
)
def test_a_wrong_declaration_says_what_is_expected(
    declare: Callable[[], object], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        own(declare)
    assert said in str(caught.value)


def test_a_variable_that_a_population_does_not_note_is_told_with_its_table() -> None:
    with pytest.raises(SettingsError, match="ne le note pas") as caught:
        cells("a", lambda: table("a", "A", population=demandes, lines=quartier))
    assert "« a »" in str(caught.value.where)


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (("tabel()",), "le plus proche est « table »"),
        (("1", "# un essai", "tabel()"), "n° 3 (« tabel() »)"),
        (("1 / 0",), "Zero"),
        (('table("a", "A", lines=1)', "", 'table("a", "B", lines=1)'), "n° 1 et n° 3"),
        (('for n in range(2): table("a" * 2, "A", count=print, unit="x")',), "déclaré deux fois"),
    ],
)
def test_a_cell_that_fails_is_named(tmp_path: Path, sources: tuple[str, ...], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_tables(notebook(tmp_path, *sources))
    assert said in str(caught.value) and "mes_indicateurs.ipynb" in str(caught.value)


def test_the_text_above_a_cell_is_the_definition_of_its_table(tmp_path: Path) -> None:
    path = notebook(tmp_path, f"{IMPORTED}\n{DECLARES}")
    content = json.loads(path.read_text(encoding="utf-8"))
    text = (
        "## Combien ?\n\nJeunes **suivis**, un par un,\ndans `jeunes` :\n\n- filles ;\n- garçons."
    )
    content["cells"][0]["source"] = text
    path.write_text(json.dumps(content), encoding="utf-8")
    said = read_tables(path).tables["a"].spec.definition
    assert said == "Jeunes suivis, un par un, dans jeunes : filles ; garçons."


@pytest.mark.parametrize("above", [[], [{"cell_type": "markdown", "source": "## Combien ?"}]])
def test_a_table_that_nothing_defines_is_told_with_its_cell(tmp_path: Path, above: Any) -> None:
    path = notebook(tmp_path, IMPORTED, DECLARES)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"][2:3] = above
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SettingsError, match="n'a pas de définition") as caught:
        read_tables(path)
    assert "cellule de code n° 2" in str(caught.value.where)


def test_a_definition_that_a_cell_still_gives_says_where_it_goes(tmp_path: Path) -> None:
    declares = DECLARES.replace(")", ', definition="Un essai.")')
    with pytest.raises(SettingsError, match="en Markdown, juste au-dessus"):
        read_tables(notebook(tmp_path, f"{IMPORTED}\n{declares}"))


def examples(tmp_path: Path) -> Mapping[str, CountedTable]:
    """Tables of the package's notebook of indicators, whose examples are not commented out any more."""
    ours = json.loads((OURS / "mes_indicateurs.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in ours["cells"] if cell["cell_type"] == "code"]
    uncommented = [
        "\n".join(line.removeprefix("# ") for line in source.splitlines()) for source in sources
    ]
    return read_tables(notebook(tmp_path, *uncommented)).tables


def test_what_our_notebook_shows_as_examples_is_right_everywhere(tmp_path: Path) -> None:
    records = random_records(11, persons=60)
    every = examples(tmp_path)
    assert [*every] == ["mes_quartiers", "part_des_filles", "duree_mediane"]
    counts = source_of(records, every)
    for place in (SERVICE, CARVIN, OIGNIES):
        of = replace(scope(), territory=place)
        known = suivis.listed(records, of)
        total = counts.figures("mes_quartiers", of).set_index(["ligne", "colonne"])["valeur"]
        assert total["total", "total"] == known["id_jeune"].nunique()

        followed = accompagnes.listed(records, of).drop_duplicates("id_jeune")
        share = counts.figures("part_des_filles", of)["valeur"].tolist()
        assert share == [pytest.approx(100 * (followed["sexe"] == "F").mean(), abs=0.01)]

        ended = sorties.listed(records, of)
        months = (ended["date_fin"] - ended["date_debut"]).dt.days / 30.4
        medians = counts.figures("duree_mediane", of).set_index("ligne")["valeur"]
        assert set(medians.index) == set(ended["motif_cloture"])
        for reason, median in medians.items():
            assert median == round(months[ended["motif_cloture"] == reason].median(), 1)


def test_a_worked_section_comes_to_the_number_of_its_table() -> None:
    content = json.loads((OURS / COUNTS).read_text(encoding="utf-8"))
    [cell] = [cell for cell in content["cells"] if cell["id"] == "des-lignes-au-chiffre"]
    *first, last = "".join(cell["source"]).splitlines()
    records = random_records(11, persons=60)
    former = vars(session).copy()
    session.opened(counts_of(records, SERVICE_SETTINGS, 2023))
    try:
        namespace = {"accompagnes": accompagnes}
        exec("\n".join(first), namespace)
        cells_of_rows = eval(last, namespace)
    finally:
        vars(session).update(former)
    table = source_of(records).figures("accompagnes", scope()).set_index(["ligne", "colonne"])
    assert cells_of_rows.to_numpy().sum() > 30
    for (band, sex), number in cells_of_rows.stack().items():
        assert table["valeur"].get((band, sex), 0) == number


def test_own_cells_that_are_run_by_hand_show_their_table_and_its_rows() -> None:
    counts = counts_of(RECORDS, SERVICE_SETTINGS, 2023)
    counts.of_own_cells = True
    shown = counts.take(own(quarters)["mes_quartiers"])
    assert shown is not None
    assert (
        "Suivis en 2023 : 5, jeunes distincts : 4." in shown._repr_html_()
        and "Unité : jeunes." in shown._repr_html_()
    )


def test_a_cell_says_at_once_that_its_table_has_no_definition(tmp_path: Path) -> None:
    """Never saved, it shows its table and what to write; saved with no text above, it fails; with one, it is right."""
    path = notebook(tmp_path, "1")
    content = json.loads(path.read_text(encoding="utf-8"))
    counts = counts_of(RECORDS, SERVICE_SETTINGS, 2023)
    counts.of_own_cells, counts.notebook = True, path
    declared = own(quarters)["mes_quartiers"].declared(definition="")

    shown = counts.take(declared)
    assert shown is not None and shown.how.startswith(UNDEFINED)
    assert "Suivis en 2023 : 5" in shown._repr_html_()
    with pytest.raises(SettingsError, match="n'a pas de définition"):
        counts.write(str(tmp_path / "chiffres"))

    cell = {"cell_type": "code", "id": "q", "source": 'table("mes_quartiers", "Q")'}
    path.write_text(json.dumps({**content, "cells": [cell]}), encoding="utf-8")
    with pytest.raises(SettingsError, match="n'a pas de définition") as caught:
        counts.take(declared)
    assert caught.value.where == "mes_indicateurs.ipynb, cellule de code n° 1"

    above = {"cell_type": "markdown", "source": "Les jeunes suivis."}
    path.write_text(json.dumps({**content, "cells": [above, cell]}), encoding="utf-8")
    shown = counts.take(declared)
    assert shown is not None and UNDEFINED not in shown.how
    assert shown.spec.definition == "Les jeunes suivis."


@pytest.mark.parametrize("id", [id for id, one in INDICATORS.items() if not one.crossing])
def test_a_table_that_is_no_crossing_shows_its_function(id: str) -> None:
    shown = counts_of(RECORDS, SERVICE_SETTINGS, 2023).take(package_tables()[id])
    if id in {"objectifs", "par_educateur", "taux_communes"}:  # of what these records lack
        assert shown is None
    else:
        assert shown is not None
        assert "<details><summary>rlpipeline.figures." in shown.how and "<pre>def " in shown.how


def test_objectives_and_ratios_show_what_works_them_out() -> None:
    total = ("accompagnes", "total", "total")
    goal = Objective(texte="Un", chiffre=total, cible=100)
    service = SERVICE_SETTINGS.model_copy(update={"objectifs": (goal,)})
    counts = counts_of(RECORDS, service, 2023)
    shown = counts.take(package_tables()["objectifs"])
    assert shown is not None
    assert "<p>Chaque objectif" in shown.how and "<pre>def _reached" in shown.how
    divided = counts.take(ratio(of=total, on=total).declared(id="part", definition="Un essai."))
    assert divided is not None and "<p>Le premier chiffre divisé" in divided.how


def test_what_is_offered_can_be_declared() -> None:
    known = {**vars(populations), **vars(variables)}
    for population, _, named in offered().itertuples(index=False):
        for name in named.split(", "):
            crossed = partial(table, "essai", "T", population=known[population], lines=known[name])
            added = own(crossed)
            assert not source_of(RECORDS, added).table("essai", scope()).figures.empty


def test_the_digests_that_a_copy_keeps_are_those_of_our_cells() -> None:
    content = json.loads((OURS / COUNTS).read_text(encoding="utf-8"))
    assert content["metadata"][COPIED] == digests(OURS / COUNTS)


def test_what_changed_of_ours_since_a_copy_is_named(tmp_path: Path) -> None:
    assert differences(tmp_path) == []
    then = {**digests(OURS / COUNTS), "accompagnes": "autre"}
    del then["qpv"]
    copy_of_ours(
        tmp_path,
        lambda source: source.replace("Jeunes accompagnés", "Jeunes suivis"),
        **{COPIED: then},
    )
    said = differences(tmp_path)
    assert len(said) == 2
    assert "« accompagnes »" in said[0] and "a changé depuis" in said[0]
    assert "« qpv »" in said[1] and "nouvelle" in said[1]


LINKED = """
qui habite un quartier est suivi
  cohorte mes_quartiers: mes_quartiers(*quartier, total) <= travail_de_rue(total, total)
les demandes sont moins nombreuses que les jeunes
  cohorte demandes: demandes(total, total) <= travail_de_rue(total, total)
"""


def linked(text: str) -> Counts:
    declared = own(
        lambda: table(
            "mes_quartiers", "Q", population=suivis, lines=quartier, columns=sexe, links=text
        )
    )
    return source_of(RECORDS, declared)


def test_a_cell_adds_links_and_removes_none() -> None:
    ours, hers = (
        {link.name: link for link in counts.declared.links.all}
        for counts in (linked(""), linked(LINKED))
    )
    assert hers.keys() - ours.keys() == {"mes_quartiers", "demandes"}
    assert hers["demandes"].why == "les demandes sont moins nombreuses que les jeunes"
    assert ours.items() <= hers.items()
    shared = {link.name for link in linked(LINKED).to_share().declared.links.all}
    assert shared == ours.keys() | {
        "demandes"
    }  # what is of a table of the service's own is not shared


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("pourquoi\n  cohorte demandes: demandes", 2, 29),
        (LINKED.replace("_de_rue", "_de_ruee"), 3, 61),
    ],
)
def test_a_link_that_is_not_one_says_where(text: str, line: int, column: int) -> None:
    with pytest.raises(SettingsError, match="Un lien") as caught:
        _ = linked(text).declared
    where = f"tableau « mes_quartiers », links, ligne {line}, colonne {column}"
    assert caught.value.where == where


def test_cells_of_the_form_of_before_say_what_to_write(tmp_path: Path) -> None:
    before = "from rlpipeline.figures.own import Table"
    with pytest.raises(SettingsError) as caught:
        read_tables(notebook(tmp_path, before))
    assert "cellule de code n° 1" in str(caught.value)
    assert "import ratio, table" in str(caught.value)
