"""Published cases in which the answer is known: the naive protection gives a number away, ours must not."""

from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.attack import Attacked, Document, Key, attack_documents, document_of
from rlpipeline.figures import SERVICE
from rlpipeline.protection.judging import attacked, knowledge
from rlpipeline.protection.protection import Protected, protect
from rlpipeline.protection.releases import Releases
from rlpipeline.settings.models import Disclosure, Service
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection.made import AGES, YEAR, Exact, frame, sexed

ONE = Service(nom="Service", departement="62", communes=SETTINGS.communes[:1])
KNOWN = knowledge(ONE)


def _protected(exact: Exact) -> Protected:
    return protect(exact, Disclosure(), ONE, Releases(), attacked)


def _attacked(protected: Protected) -> Attacked:
    return attack_documents([_document(protected.figures)], KNOWN)


def _document(figures: pd.DataFrame) -> Document:
    rows = ({str(name): value for name, value in row.items()} for row in figures.to_dict("records"))
    return document_of("essai", rows, KNOWN.links)


def _cells(protected: Protected, state: str) -> set[Key]:
    chosen = protected.figures[protected.figures["etat"] == state]
    return {Key(*row[:5]) for row in chosen.itertuples(index=False)}


def _fifty(small: int) -> Exact:
    """Many boys, and a few girls of under eleven."""
    girls, boys = (small, 12, 20, 15, 9), (45, 30, 25, 20, 15)
    return {("travail_de_rue", SERVICE): sexed("travail_de_rue", SERVICE, girls, boys)}


@pytest.mark.parametrize("small", [1, 2, 3, 4])
def test_total_minus_males_is_not_one_female(small: int) -> None:
    """OpenSAFELY: a total of 46 and 45 males published beside a hidden cell give one female."""
    protected = _protected(_fifty(small))
    girls = Key("travail_de_rue", YEAR, SERVICE, "moins_11", "F")
    assert girls in _cells(protected, "arrondi")
    result = _attacked(protected)
    assert result.passed, [*map(str, result.failures)]
    bounds = next(cell for cell in result.cells if cell.key == girls)
    assert bounds.greatest - bounds.least >= 4


def test_a_whole_that_needs_no_protection_is_exact() -> None:
    protected = _protected(_fifty(7))
    assert not _cells(protected, "arrondi")
    assert not _attacked(protected).cells


def test_two_tables_safe_apart_do_not_give_a_cell_together() -> None:
    """sdcTable: each of two linked tables is safe alone; their common margin joined to both gives a cell exactly."""
    ages = [11, 26, 42, 32, 20]
    short, long = [2, 16, 30, 20, 13], [9, 10, 12, 12, 7]
    lines = {
        name: {**dict(zip(AGES, counts, strict=True)), "total": sum(counts)}
        for name, counts in (("moins_6_mois", short), ("24_mois_plus", long), ("total", ages))
    }
    sexes = sexed("accompagnes", SERVICE, (3, 12, 20, 15, 9), (8, 14, 22, 17, 11))
    exact = {("accompagnes", SERVICE): sexes, ("durees", SERVICE): frame("durees", SERVICE, lines)}
    protected = _protected(exact)
    result = _attacked(protected)
    assert result.passed, [*map(str, result.failures)]
    assert {cell.key.indicateur for cell in result.cells} == {"accompagnes", "durees"}


def test_a_cell_of_two_tables_says_the_same_in_both() -> None:
    """GaussSuppression, Spain 2015: protected alike where it is the same cell, a margin of both still gave it."""
    counted = {"11_14": 4, "15_18": 9, "total": 13}
    rest = {"11_14": 20, "15_18": 11, "total": 31}
    every = {"11_14": 24, "15_18": 20, "total": 44}
    one = frame("durees", SERVICE, {"moins_6_mois": counted, "24_mois_plus": rest, "total": every})
    other = frame("situations", SERVICE, {"college": counted, "lycee_general": rest, "total": every})
    protected = _protected({("durees", SERVICE): one, ("situations", SERVICE): other})
    assert _attacked(protected).passed
    totals = protected.figures[protected.figures["ligne"] == "total"]
    assert (totals.groupby("colonne")["valeur"].nunique() == 1).all()


def test_a_sensitive_family_has_its_own_threshold() -> None:
    """Ten is many young people, not many whose health is a concern."""
    lines = {line: {"11_14": 10, "15_18": 30, "total": 40} for line in ("sante", "scolaires")}
    lines["total"] = {"11_14": 20, "15_18": 60, "total": 80}
    exact = {("problematiques", SERVICE): frame("problematiques", SERVICE, lines, "problematiques_relevees")}
    figures = exact["problematiques", SERVICE].assign(base=0)
    result = attack_documents([_document(figures)], KNOWN)
    assert {(one.bounds.key.ligne, one.bounds.key.colonne) for one in result.failures} == {("sante", "11_14")}
