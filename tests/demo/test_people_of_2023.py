"""The rebuilt records counted a second time: every definition applied anew to the files.

Slow: whole services drawn from other seeds.
"""

from pathlib import Path

import pytest

from rlpipeline.demo import write_demo
from rlpipeline.demo.margins import printed_margins
from rlpipeline.demo.reconcile import Reconciliation
from rlpipeline.settings.models import default_problematiques
from tests.demo.recount import AGES, Recount, band, read_tables, recount
from tests.demo.transcription import exceptions, transcription


def with_families(count: Recount) -> Recount:
    for family in default_problematiques():
        for age in AGES:
            noted = [count.get("problematiques", code.code, age) or 0.0 for code in family.codes]
            count.put("problematiques", family.code, age, sum(noted))
    return count


@pytest.fixture(scope="module")
def second_opinion(root: Path) -> Recount:
    return with_families(recount(root / "data" / "exemple", 2023))


def test_the_recount_meets_the_print_save_the_exceptions(second_opinion: Recount) -> None:
    printed = transcription().dropna(subset="valeur")
    differing = {
        (row.indicateur, row.ligne, row.colonne)
        for row in printed.itertuples()
        if second_opinion.get(row.indicateur, row.ligne, row.colonne) != pytest.approx(row.valeur)
    }
    stated = exceptions()
    assert differing == set(zip(stated["indicateur"], stated["ligne"], stated["colonne"], strict=True))
    assert len(printed) - len(differing) == 566


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "years"), [(0, (2023,)), (41, (2022, 2023, 2024)), (7, (2020, 2023))])
def test_any_seed_and_years_meet_the_margins(
    seed: int, years: tuple[int, ...], tmp_path: Path, found: Reconciliation
) -> None:
    write_demo(tmp_path, None, years, seed)
    count = with_families(recount(tmp_path / "source", 2023))
    for margin in printed_margins():
        if margin.key in found.cells:
            table, line, column = margin.key
            assert count.get(table.partition("-")[0], line, column) == found.cells[margin.key], margin.key


def test_definitions_are_put_to_the_test(root: Path) -> None:
    """The records hold what a wrong definition would count otherwise."""
    tables = read_tables(root / "data" / "exemple")
    paei = [row for row in tables["suivis"] if row["statut"] == "PAEI"]
    of_year = [row["id_jeune"] for row in paei if row["date_debut"][:4] == "2023"]
    earlier = {row["id_jeune"] for row in paei if row["date_debut"] < "2023"}
    assert len(of_year) > len(set(of_year)), "nobody has two PAEI begun in 2023"
    assert earlier & set(of_year), "nobody comes back for a PAEI in 2023 after an earlier one"
    statuses = {row["id_suivi"]: row["statut"] for row in tables["suivis"]}
    assert {statuses[row["id_suivi"]] for row in tables["orientations"] if row["date"][:4] == "2023"} > {"PAEI"}
    closed = [row["motif_cloture"] for row in paei if row["date_fin"][:4] == "2023"]
    assert "changement_statut" in closed
    assert any(row["commune"] for row in tables["situations"] if row["annee"] == "2023")
    met = {row["id_jeune"] for row in tables["presences"] if row["date"][:4] == "2023"}
    followed = {row["id_jeune"] for row in tables["suivis"] if not row["date_fin"] or row["date_fin"] >= "2023"}
    assert met - followed, "everyone met at a drop-in is followed"


def test_some_births_are_known_by_their_year_alone(root: Path) -> None:
    births = [row["date_naissance"] for row in read_tables(root / "data" / "exemple")["jeunes"]]
    years = [text for text in births if len(text) == 4]
    assert 0 < len(years) < len(births) / 10


def test_partners_suit_the_age(root: Path) -> None:
    tables = read_tables(root / "data" / "exemple")
    ages = {row["id_jeune"]: band(row["date_naissance"], 2023) for row in tables["jeunes"]}
    rows = [row for row in tables["co_accompagnements"] if row["annee"] == "2023"]
    assert not {ages[r["id_jeune"]] for r in rows if r["partenaire"] == "mission_locale"} & {"moins_11", "11_14"}
    assert not {ages[r["id_jeune"]] for r in rows if r["partenaire"] == "education_nationale"} & {"19_21", "plus_21"}


def test_the_years_before_are_plausible(root: Path) -> None:
    for year in (2021, 2022):
        count = recount(root / "data" / "exemple", year)
        assert 80 <= (count.get("accompagnes", "total", "total") or 0) <= 120
        assert 300 <= (count.get("travail_de_rue", "total", "total") or 0) <= 480
        assert 25 <= (count.get("clotures", "total", "nombre") or 0) <= 80
        assert 25 <= (count.get("presence_sociale", "total", "total") or 0) <= 60
