"""Figures of the years before, and those that the edition to share does not have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.display.cells import Observations, Reference, figures_by_cell
from rlpipeline.display.laid_out import uncrossed
from rlpipeline.display.lookup import Lookup
from rlpipeline.errors import UsageError
from rlpipeline.figures import Col, Row, Scope, Store, TableData
from rlpipeline.figures.cells import package_tables
from rlpipeline.figures.notebook import Counts
from rlpipeline.figures.notebook import table as declare
from rlpipeline.figures.populations import suivis
from rlpipeline.figures.variables import sexe
from rlpipeline.pipeline.shared_edition import protect_figures
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import load_service, load_settings
from tests.declared import own
from tests.display.samples import figures, table
from tests.figures.factory import SERVICE, jeune, make_records, suivi
from tests.figures.stored import source_of


def lookup(root: Path, records: Records) -> Lookup:
    settings = load_settings(root / "params", 2023)
    return Lookup(source_of(records, service=settings.service), settings)


def test_a_year_without_anything_has_no_former_nor_a_value_of_the_same_vintage(
    root: Path, records: Records, store: Path
) -> None:
    years = {
        year: Lookup(Store(store), load_settings(root / "params", year))
        for year in (2021, 2022, 2023)
    }
    assert years[2021].former("accompagnes", "service") is None
    assert years[2023].former("partenaires", "service") is None
    same, other = (years[year].former("socio_economique", "service") for year in (2023, 2022))
    assert same is not None and same.figures.empty
    values = records["territoires"]
    renewed = set(values.loc[values["millesime"] == 2022, "indicateur"])
    assert other is not None and set() < set(other.figures["ligne"]) <= renewed


@pytest.mark.parametrize("kept", [True, False], ids=["counted", "without records"])
def test_a_zero_is_known_where_the_service_kept_the_table_that_year(
    root: Path, records: Records, kept: bool
) -> None:
    service, referred = load_service(root / "params"), records["orientations"]
    then = referred["date"].dt.year == 2022
    one = referred[then].iloc[:1]
    person = records["suivis"].set_index("id_suivi").loc[one["id_suivi"].iloc[0], "id_jeune"]
    home = records["jeunes"].set_index("id_jeune").loc[person, "commune"]
    elsewhere = next(code for code in service.commune_codes if code != home)
    rows = pd.concat([referred[~then], one[: int(kept)]], ignore_index=True)
    changed = Records({**records.frames, "orientations": rows}, records.present)
    found = lookup(root, changed)
    assert found.says_something("orientations", 2022, elsewhere) is kept
    assert (found.former("orientations", elsewhere) is not None) is kept
    cell = found.cell(Reference("orientations", "total", "nombre", 2022, elsewhere))
    assert cell.state == ("ok" if kept else "nc")


def test_a_year_in_which_situations_were_not_noted_is_no_year_of_nobody(
    root: Path, records: Records
) -> None:
    noted = records["situations"]
    begun = replace(records, frames={**records.frames, "situations": noted[noted["annee"] == 2023]})
    found = lookup(root, begun)
    assert found.table("situations", 2022, "service")[
        "valeur"
    ].any()  # they are not known, and are counted so
    assert found.former("situations", "service") is None
    assert found.cell(Reference("situations", "college", "total", 2022, "service")).state == "nc"
    assert found.former("accompagnes", "service") is not None


RECORDS = make_records(
    jeunes=[jeune("J1", "2008-05-01", "F", "62637", "2022-01-01")], suivis=[suivi("S1", "J1")]
)


class Protected(Counts):
    """A source that leaves tables out, as the protected figures do."""

    def figures(self, indicator: str, scope: Scope) -> object:  # type: ignore[override]
        if indicator in {"alertes", "mes_sexes"}:
            raise UsageError("Ce tableau n'existe pas dans l'édition à diffuser.")
        return super().figures(indicator, scope)


@pytest.fixture(scope="module")
def shared(root: Path) -> Lookup:
    added = own(lambda: declare("mes_sexes", "S", population=suivis, lines=sexe))
    settings = load_settings(root / "params", 2023).model_copy(update={"edition": "diffusion"})
    return Lookup(Protected(RECORDS, SERVICE, (), dict(package_tables()), added), settings)


@pytest.mark.parametrize(
    ("id", "line", "column"),
    [
        ("alertes", "total", "nombre"),
        ("accompagnes", "age_inconnu", "total"),
        ("accompagnes", "total", "NR"),
        ("durees", "total", "age_inconnu"),
        ("mes_sexes", "F", "nombre"),
    ],
)
def test_what_is_left_out_is_masked_rather_than_zero(
    shared: Lookup, id: str, line: str, column: str
) -> None:
    assert shared.cell(Reference(id, line, column, 2023, "service")).state == "masque"


def titled(title: str, *columns: str) -> TableData:
    cells = {("a", column): 1 for column in columns}
    return table(
        [Row("a", "A")], [Col(code, code) for code in columns], figures(cells), title=title
    )


def test_a_table_without_its_ages_is_not_named_after_them() -> None:
    for title in ("Durée d'accompagnement, par âge", "Demandes, selon la suite donnée et l'âge"):
        assert uncrossed(titled(title, "total")).spec.title == title.removesuffix(
            ", par âge"
        ).removesuffix(" et l'âge")
        assert uncrossed(titled(title, "11_14", "total")).spec.title == title


def test_figures_told_alone_are_those_of_their_table(
    root: Path, store: Path, tmp_path: Path
) -> None:
    settings = load_settings(root / "params", 2023).model_copy(update={"edition": "diffusion"})
    protect_figures(Store(store), settings, tmp_path / "proteges", frozenset())
    service = settings.service
    for opened in (Store(store), Store(tmp_path / "proteges")):
        for place in ("service", "hors", *service.commune_codes):
            scope = Scope(2023, place, service)
            for id, of in opened.declared.tables.items():
                rows = opened.rows_by_cell(id, scope)
                if rows is None:
                    assert not of.concerns(scope) or opened.opened(id, scope) is None
                    continue
                known = figures_by_cell(opened.table(id, scope).current.iloc[::-1])
                assert str(dict(Observations(rows))) == str(dict(known)), (id, place)


def test_a_code_that_is_shown_only_where_it_counts_is_zero_elsewhere(
    root: Path, records: Records
) -> None:
    quoted, where = lookup(root, records), (2023, "62215")
    shown = quoted.table("accompagnes", *where)
    assert "NR" not in {*shown["colonne"]}
    assert quoted.cell(Reference("accompagnes", "total", "NR", *where)).is_nothing
    before = quoted.cell(Reference("accompagnes", "total", "NR", 2015, "62215"))
    assert not before.is_number
