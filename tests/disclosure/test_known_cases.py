"""Published cases in which the answer is known: the naive protection gives a number away, ours must not."""

from __future__ import annotations

import numpy as np

from rlpipeline.disclosure.protection import Protected, protect
from rlpipeline.disclosure.releases import Releases
from rlpipeline.disclosure.unknowns import Cell
from rlpipeline.indicators import SERVICE
from rlpipeline.params import Disclosure, Service
from tests.disclosure.made import YEAR, Exact, Reader, assert_open, frame, sexed, values
from tests.indicators.factory import SERVICE as SETTINGS

ONE = Service(nom="Service", departement="62", communes=SETTINGS.communes[:1])


def _protected(exact: Exact, service: Service = ONE) -> Protected:
    return protect(exact, Disclosure(), service, Releases.none())


def _all_open(exact: Exact, protected: Protected, service: Service = ONE) -> None:
    assert_open(Reader(exact, protected, service), protected, sorted(protected.masked | protected.rounded))


def test_total_minus_males_is_not_one_female() -> None:
    """OpenSAFELY: a total of 46 and 45 males published beside a masked cell give one female."""
    exact = {("travail_de_rue", SERVICE): sexed("travail_de_rue", SERVICE, (1, 0, 0, 0, 0), (45, 30, 25, 20, 15))}
    protected = _protected(exact)
    shown = values(protected, "travail_de_rue")
    assert np.isnan(shown["moins_11", "F"])
    assert np.isnan(shown["moins_11", "G"]) or np.isnan(shown["moins_11", "total"])
    _all_open(exact, protected)


def test_two_tables_safe_apart_do_not_give_a_cell_together() -> None:
    """sdcTable: each of two linked tables is safe alone; their common margin joined to both gives a cell exactly."""
    sexes = sexed("accompagnes", SERVICE, (3, 12, 20, 15, 9), (8, 14, 22, 17, 11))
    ages = [11, 26, 42, 32, 20]
    short, long = [2, 16, 30, 20, 13], [9, 10, 12, 12, 7]
    names = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
    lines = {
        name: {**dict(zip(names, counts, strict=True)), "total": sum(counts)}
        for name, counts in (("moins_6_mois", short), ("24_mois_plus", long), ("total", ages))
    }
    exact = {("accompagnes", SERVICE): sexes, ("durees", SERVICE): frame("durees", SERVICE, lines)}
    protected = _protected(exact)
    primary = {(cell.indicateur, cell.ligne, cell.colonne) for cell in protected.primary}
    assert primary == {("accompagnes", "moins_11", "F"), ("durees", "moins_6_mois", "moins_11")}
    _all_open(exact, protected)
    linked = values(protected, "accompagnes")["moins_11", "total"], values(protected, "durees")["total", "moins_11"]
    np.testing.assert_equal(linked[0], linked[1])


def test_a_cell_of_two_tables_is_masked_in_both() -> None:
    """GaussSuppression, Spain 2015: masked consistently where it is the same cell, a margin of both still gave it."""
    one = frame("durees", SERVICE, {"moins_6_mois": {"11_14": 4, "total": 4}, "total": {"11_14": 4, "total": 4}})
    other = frame("situations", SERVICE, {"college": {"11_14": 4, "total": 4}, "total": {"11_14": 4, "total": 4}})
    exact = {("durees", SERVICE): one, ("situations", SERVICE): other}
    protected = _protected(exact)
    counted = protected.figures[protected.figures["valeur"] != 0]
    assert (counted["etat"] == "masque").all()
    _all_open(exact, protected)


def test_a_zero_is_published_and_a_five_too() -> None:
    exact = {("travail_de_rue", SERVICE): sexed("travail_de_rue", SERVICE, (0, 5, 9, 9, 9), (5, 5, 9, 9, 9))}
    protected = _protected(exact)
    assert not protected.masked
    assert values(protected, "travail_de_rue")["moins_11", "F"] == 0
    assert not protected.base


def test_sensitive_families_have_their_own_threshold() -> None:
    numbers = {"sante": 10, "mal_etre": 10, "mobilite": 10, "freins_mobilite": 10, "scolaires": 30, "absenteisme": 30}
    lines = {line: {"11_14": number, "total": number} for line, number in numbers.items()}
    exact = {("problematiques_jeunes", SERVICE): frame("problematiques_jeunes", SERVICE, lines)}
    primary = _protected(exact).primary
    assert {cell.ligne for cell in primary} == {"sante", "mal_etre"}
    assert primary[Cell("problematiques_jeunes", YEAR, SERVICE, "sante", "11_14")] == Disclosure().seuil_sensible
