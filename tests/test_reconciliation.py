"""What an audit is told beside the files: the registry, the settings, the records.

Slow: every table of a year counted twice, for what an audit is given to recount with.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.declared import FigureKey, read_links
from rlpipeline.figures import Store
from rlpipeline.figures.cells import package_tables
from rlpipeline.figures.notebook import Counts
from rlpipeline.pipeline.reconciliation import context_of
from rlpipeline.settings.models import ReportSettings, Settings
from tests.checks.arithmetic.made import made
from tests.declared import INDICATORS
from tests.figures.factory import CARVIN, SERVICE, jeune, make_records, suivi
from tests.figures.stored import stored

PLAN = suivi("S1", "J1", "2022-03-01", "2022-11-30", "PAEI", "orientation")


def settings(directory: Path, statut: str = "brouillon") -> Settings:
    report = ReportSettings.model_validate({"statut": statut, "titre": "Bilan"}) if statut == "brouillon" else None
    return Settings(service=SERVICE, report=report or ReportSettings(), year=2023, directory=directory)


@pytest.mark.parametrize(
    ("issues", "referrals", "expected"),
    [
        ([], [], True),
        ([2022], ["2022-05-01"], True),
        ([2023], [], False),
        ([], ["2023-01-02"], False),
    ],
)
def test_rows_outside_the_dates_of_their_follow_up_are_known(
    issues: list[int], referrals: list[str], expected: bool, tmp_path: Path
) -> None:
    records = make_records(
        jeunes=[jeune("J1")],
        suivis=[PLAN],
        problematiques=[{"id_suivi": "S1", "annee": year, "problematique": "logement"} for year in issues],
        orientations=[{"id_suivi": "S1", "date": day, "domaine": "loisirs"} for day in referrals],
    )
    one_table = {"accompagnes": package_tables()["accompagnes"]}
    Counts(records, SERVICE, (2023,), one_table, {}).write(str(tmp_path))
    assert Store(tmp_path).within_dates(2023) is expected


@pytest.mark.slow
def test_a_published_table_is_counted_again_alike(tmp_path: Path) -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1", "2023-03-01")])
    recount = context_of(settings(tmp_path), Store(stored(records, SERVICE, tmp_path, 2023))).recount
    assert recount is not None
    counted = recount("accompagnes", 2023, CARVIN)
    published = made(records).figures
    assert counted == {
        (key.ligne, key.colonne): (figure.valeur, figure.unite, figure.etat)
        for key, figure in published.items()
        if key[:3] == ("accompagnes", 2023, CARVIN)
    }
    assert recount("accompagnes", 2023, "99999") is None
    assert recount("propre_au_service", 2023, "service") is None


def test_figures_of_other_years_are_found_and_unknown_ones_are_not(tmp_path: Path) -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1", "2022-03-01")])
    former = context_of(settings(tmp_path), Store(stored(records, SERVICE, tmp_path, 2023))).former
    assert former is not None
    found = former(FigureKey("accompagnes", 2022, "service", "total", "total"))
    assert found is not None
    assert (found.valeur, found.unite, found.etat) == (1.0, "jeunes", "ok")
    assert former(FigureKey("accompagnes", 2022, "service", "total", "colonne_inconnue")) is None
    assert former(FigureKey("inconnu", 2022, "service", "total", "total")) is None


def test_every_table_is_declared_where_the_figures_are_known(tmp_path: Path) -> None:
    counted = Store(stored(make_records(), SERVICE, tmp_path, 2023))
    links = read_links(context_of(settings(tmp_path), counted).declared.expected)
    assert set(links.tables) == set(INDICATORS)
    assert all(links.tables[id].additive == INDICATORS[id].additive for id in INDICATORS)
    context = context_of(settings(tmp_path))
    assert (context.declared.expected, context.recount, context.former) == ({}, None, None)
    assert not context.declared.within_dates
