"""Cases published by others, whose answer is known."""

from __future__ import annotations

from rlpipeline.attack import attack
from rlpipeline.declared import FigureKey
from tests.attack.typed import KNOWN, attacked, interval, publication, typed

SEXES = ("F", "G", "total")
YEAR, SERVICE = 2023, "service"


def test_total_minus_males_is_one_female() -> None:
    """OpenSAFELY's guide: the masked number is the total minus the other."""
    lines = {"11_14": (None, 45, 46), "15_18": (None, 20, 50), "total": (None, 65, 96)}
    result = attacked(typed("travail_de_rue", SEXES, lines))
    assert interval(result, FigureKey("travail_de_rue", YEAR, SERVICE, "11_14", "F")) == (1, 1)
    assert not result.passed


def test_two_tables_safe_apart_give_a_figure_together() -> None:
    """sdcTable's linked tables: each hides two figures a line and a column; their common margin undoes both."""
    columns = ("moins_11", "11_14", "15_18", "19_21", "plus_21", "total")
    durations = typed(
        "durees",
        columns,
        {
            "moins_6_mois": (None, None, 9, 0, 0, 20),
            "6_11_mois": (0, 0, 0, 0, 0, 0),
            "12_23_mois": (0, 0, 0, 0, 0, 0),
            "24_mois_plus": (8, 10, 12, 0, 0, 30),
            "total": (None, None, 21, 0, 0, 50),
        },
    )
    first = FigureKey("durees", YEAR, SERVICE, "moins_6_mois", "moins_11")
    margins = typed("situations", columns, {"total": (11, None, 21, 0, 0, 50)})
    alone = attack([publication(durations)], KNOWN)
    assert all((first,) != failure.about for failure in alone.failures)
    together = attacked(durations, margins)
    assert interval(together, first) == (3, 3)


def test_a_consistent_choice_in_linked_tables_leaks_spain_2015() -> None:
    """GaussSuppression's vignette: countries by year beside the European Union by year; numbers of its data set."""
    spain = FigureKey("situations", YEAR, SERVICE, "college", "11_14")
    years = ("moins_11", "11_14", "15_18", "19_21", "plus_21", "total")
    union = typed("durees", years, {"total": (16, 7, 9, 0, 0, 32)})
    countries = {"college": (None, None, 7, 0, 0, 26), "autres": (None, 3, None, 0, 0, 6)}
    both = [union, typed("situations", years, countries)]
    rest = sorted(set(KNOWN.links.codes["situation"]) - {"college", "autres"})
    zeros = typed("situations", years, dict.fromkeys(rest, (0, 0, 0, 0, 0, 0)))
    margin = typed("situations", years, {"total": (16, 7, 9, 0, 0, 32)})
    alone = attacked(typed("situations", years, countries))
    assert all((spain,) != failure.about for failure in alone.failures)
    assert interval(attacked(*both, zeros, margin), spain) == (4, 4)
