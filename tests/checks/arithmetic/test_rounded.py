"""Rounded figures in sums and comparisons: within their rounding, and no further.

Slow: another seed, for a case that the first does not draw.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from rlpipeline.checks.findings import Finding
from rlpipeline.checks.model import Amount, Figure, Terms
from rlpipeline.figures import PROTECTED_UNITS
from tests.checks.arithmetic.made import SETTINGS, Made, random_publication
from tests.declared import INDICATORS

EXACT = {"total", "au_moins_un", "familles"} | {family.code for family in SETTINGS.problematiques}


def shared(seed: int) -> Made:
    """A random service whose territories have inner figures of persons rounded to the nearest 5, and exact totals."""
    publication = random_publication(seed)
    figures = {key: _rounded(figure) for key, figure in publication.figures.items()}
    return replace(publication, figures=figures, declared=replace(publication.declared, shared=True))


def _rounded(figure: Figure) -> Figure:
    of = figure.key
    counted = INDICATORS[of.indicateur].protected and figure.unite in PROTECTED_UNITS and figure.etat == "ok"
    if not counted or of.territoire == "service" or EXACT & {of.ligne, of.colonne} or figure.valeur is None:
        return figure
    return figure._replace(valeur=5.0 * round(figure.valeur / 5), etat="arrondi", marge=4.0)


def blocking(publication: Made) -> list[Finding]:
    return [finding for finding in publication.findings() if finding.blocking]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_rounding_breaks_no_relation(seed: int) -> None:
    publication = shared(seed)
    assert sum(figure.etat == "arrondi" for figure in publication.figures.values()) > 100
    assert blocking(publication) == []


def test_a_rounded_figure_beyond_any_rounding_is_found() -> None:
    publication = shared(0)
    where = next(
        key for key, one in publication.figures.items() if one.etat == "arrondi" and key.indicateur == "durees"
    )
    wrong = publication.with_value(where, 500.0, "arrondi")
    assert {finding.check for finding in blocking(wrong)} >= {"total_ligne", "total_colonne"}


def test_a_cell_that_is_not_published_is_no_zero() -> None:
    publication = shared(0)
    gone = {key for key in publication.figures if key.indicateur == "durees" and not EXACT & {key.ligne, key.colonne}}
    less = {key: figure for key, figure in publication.figures.items() if key not in gone}
    assert gone and blocking(replace(publication, figures=less)) == []
    exact = random_publication(0)
    fewer = {key: figure for key, figure in exact.figures.items() if key.territoire == "service" or key not in gone}
    assert blocking(replace(exact, figures=fewer))


@pytest.mark.parametrize(
    ("total", "parts", "holds"),
    [
        (Amount(17, "ok"), (Amount(10, "arrondi", 4), Amount(10, "arrondi", 4)), True),
        (Amount(17, "ok"), (Amount(10, "arrondi", 4), Amount(20, "arrondi", 4)), False),
        (Amount(20, "arrondi", 4), (Amount(10, "arrondi", 4), Amount(10, "arrondi", 4)), True),
        (Amount(25, "arrondi", 4), (Amount(10, "arrondi", 4), Amount(10, "arrondi", 4)), True),
        (Amount(35, "arrondi", 4), (Amount(10, "arrondi", 4), Amount(10, "arrondi", 4)), False),
        (Amount(30, "arrondi", 4), (Amount(17, "ok"), Amount(10, "arrondi", 4)), True),
        (Amount(40, "arrondi", 4), (Amount(17, "ok"), Amount(10, "arrondi", 4)), False),
    ],
)
def test_sums_within_their_rounding(total: Amount, parts: tuple[Amount, ...], holds: bool) -> None:
    assert Terms(parts).agree(total) is holds


def test_a_rounded_amount_says_so() -> None:
    assert str(Amount(25.0, "arrondi", 4)) == "25 (arrondi)"
