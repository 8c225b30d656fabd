"""What the edition to share does not have: quoted figures are masked, titles say what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.display.cells import Reference
from rlpipeline.display.laid_out import uncrossed
from rlpipeline.display.lookup import Lookup
from rlpipeline.errors import UsageError
from rlpipeline.figures import Col, Row, Scope, TableData
from rlpipeline.figures.cells import package_tables
from rlpipeline.figures.notebook import Counts
from rlpipeline.figures.notebook import table as declare
from rlpipeline.figures.populations import suivis
from rlpipeline.figures.variables import sexe
from rlpipeline.settings.models import load_settings
from tests.declared import own
from tests.display.samples import figures, table
from tests.figures.factory import SERVICE, jeune, make_records, suivi

RECORDS = make_records(jeunes=[jeune("J1", "2008-05-01", "F", "62637", "2022-01-01")], suivis=[suivi("S1", "J1")])


class Protected(Counts):
    """A source that leaves tables out, as the protected figures do."""

    def figures(self, indicator: str, scope: Scope) -> object:  # type: ignore[override]
        if indicator in {"alertes", "mes_sexes"}:
            raise UsageError("Ce tableau n'existe pas dans l'édition à diffuser.")
        return super().figures(indicator, scope)


@pytest.fixture(scope="module")
def lookup(root: Path) -> Lookup:
    added = own(lambda: declare("mes_sexes", "S", population=suivis, lines=sexe))
    shared = load_settings(root / "params", 2023).model_copy(update={"edition": "diffusion"})
    return Lookup(Protected(RECORDS, SERVICE, (), dict(package_tables()), added), shared)


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
def test_what_is_left_out_is_masked_rather_than_zero(lookup: Lookup, id: str, line: str, column: str) -> None:
    assert lookup.cell(Reference(id, line, column, 2023, "service")).etat == "masque"


def titled(title: str, *columns: str) -> TableData:
    cells = {("a", column): 1 for column in columns}
    return table([Row("a", "A")], [Col(code, code) for code in columns], figures(cells), title=title)


def test_a_table_without_its_ages_is_not_named_after_them() -> None:
    for title in ("Durée d'accompagnement, par âge", "Demandes, selon la suite donnée et l'âge"):
        assert uncrossed(titled(title, "total")).title == title.removesuffix(", par âge").removesuffix(" et l'âge")
        assert uncrossed(titled(title, "11_14", "total")).title == title
