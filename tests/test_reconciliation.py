"""What an audit is told beside the files: the registry, the settings, the records."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.declared import FigureKey, read_links
from rlpipeline.figures import Scope, Store
from rlpipeline.figures.cells import package_tables
from rlpipeline.figures.notebook import Counts
from rlpipeline.pipeline.reconciliation import context_of
from rlpipeline.settings.models import ReportSettings, Settings
from tests.declared import INDICATORS
from tests.figures.factory import CARVIN, SERVICE, jeune, make_records, suivi
from tests.figures.stored import stored

PLAN = suivi("S1", "J1", "2022-03-01", "2022-11-30", "PAEI", "orientation")


def settings(directory: Path, statut: str = "brouillon") -> Settings:
    report = (
        ReportSettings.model_validate({"statut": statut, "titre": "Bilan"})
        if statut == "brouillon"
        else None
    )
    return Settings(
        service=SERVICE, report=report or ReportSettings(), year=2023, directory=directory
    )


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
        problematiques=[
            {"id_suivi": "S1", "annee": year, "problematique": "logement"} for year in issues
        ],
        orientations=[{"id_suivi": "S1", "date": day, "domaine": "loisirs"} for day in referrals],
    )
    one_table = {"accompagnes": package_tables()["accompagnes"]}
    Counts(records, SERVICE, (2023,), one_table, {}).write(str(tmp_path))
    assert Store(tmp_path).within_dates(2023) is expected


def test_a_table_is_counted_again_and_figures_of_other_years_are_found(tmp_path: Path) -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1", "2022-03-01")])
    tables = {id: package_tables()[id] for id in ("accompagnes", "durees")}
    Counts(records, SERVICE, (2023,), tables, {}).write(str(tmp_path))
    store = Store(tmp_path)
    context = context_of(settings(tmp_path), store)
    assert context.recount and context.former
    counted = store.figures("accompagnes", Scope(2023, CARVIN, SERVICE))
    assert not counted.empty
    assert context.recount("accompagnes", 2023, CARVIN) == {
        (figure["ligne"], figure["colonne"]): (figure["valeur"], figure["unite"], figure["etat"])
        for figure in counted.to_dict("records")
    }
    assert context.recount("accompagnes", 2023, "99999") is None
    assert context.recount("propre_au_service", 2023, "service") is None
    found = context.former(FigureKey("accompagnes", 2022, "service", "total", "total"))
    assert found is not None
    assert (found.valeur, found.unite, found.etat) == (1.0, "jeunes", "ok")
    assert (
        context.former(FigureKey("accompagnes", 2022, "service", "total", "colonne_inconnue"))
        is None
    )
    assert context.former(FigureKey("inconnu", 2022, "service", "total", "total")) is None


def test_every_table_is_declared_where_the_figures_are_known(tmp_path: Path) -> None:
    counted = Store(stored(make_records(), SERVICE, tmp_path, 2023))
    links = read_links(context_of(settings(tmp_path), counted).declared.expected)
    assert set(links.tables) == set(INDICATORS)
    assert all(links.tables[id].additive == INDICATORS[id].spec.additive for id in INDICATORS)
    context = context_of(settings(tmp_path))
    assert (context.declared.expected, context.recount, context.former) == ({}, None, None)
    assert not context.declared.within_dates
