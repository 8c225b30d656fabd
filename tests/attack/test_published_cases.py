"""Cases published by others, whose answer is known."""

from __future__ import annotations

from pathlib import Path

from rlpipeline.attack import Key, attack
from tests.attack.typed import KNOWN, attacked, found, interval, published, typed

SEXES = ("F", "G", "total", "nouveaux")


def test_total_minus_males_is_one_female(tmp_path: Path) -> None:
    """OpenSAFELY's guide: the masked number is the total minus the other."""
    lines = {"11_14": (None, 45, 46, 20), "15_18": (None, 20, 50, 5), "total": (None, 65, 96, 25)}
    result = attacked(tmp_path / "p", typed("accompagnes", SEXES, lines))
    assert interval(result, Key("accompagnes", 2023, "service", "11_14", "F")) == (1, 1)
    failure = result.failures[0]
    assert failure.chain == "accompagnes, 11_14 : filles = total 46 − garçons 45 → 1"
    assert len(failure.used) == 2
    assert not result.passed


def test_two_tables_safe_apart_give_a_figure_together(tmp_path: Path) -> None:
    """sdcTable's linked tables: each hides two figures a line and a column; their common margin undoes both."""
    columns = ("moins_11", "11_14", "15_18", "total")
    durations = typed(
        "durees",
        columns,
        {
            "moins_6_mois": (None, None, 9, 20),
            "24_mois_plus": (8, 10, 12, 30),
            "total": (None, None, 21, 50),
        },
    )
    situations = typed("situations", columns, {"college": (6, 9, 10, 25), "chomage_rsa": (5, 9, 11, 25)})
    margins = typed("situations", columns, {"total": (None, None, 21, 50)})
    assert attacked(tmp_path / "durees", durations).passed
    shared = typed("situations", columns, {"college": (6, 9, 10, 25), "chomage_rsa": (None, None, 11, 25)})
    assert attacked(tmp_path / "situations", shared, margins).passed
    together = attacked(tmp_path / "both", durations, situations, margins)
    assert interval(together, Key("durees", 2023, "service", "moins_6_mois", "moins_11")) == (3, 3)


def test_a_consistent_choice_in_linked_tables_leaks_spain_2015(tmp_path: Path) -> None:
    """GaussSuppression's vignette: countries by year beside the European Union by year; numbers of its data set."""
    years = ("2014", "2015", "2016", "total")
    unions = {"EU": (16, 7, 9, 32), "nonEU": (8, None, None, 12)}
    countries = {"Spain": (None, None, 7, 26), "Portugal": (None, 3, None, 6), "Iceland": (8, None, None, 12)}
    total = {"total": (24, None, None, 44)}
    spain = Key("situations", 2023, "service", "Spain", "2015")
    assert attacked(tmp_path / "unions", typed("situations", years, {**unions, **total})).passed
    alone = attacked(tmp_path / "countries", typed("situations", years, {**countries, **total}))
    assert found(alone, spain).safe
    lines = {
        "EU": unions["EU"],
        "Spain": countries["Spain"],
        "Portugal": countries["Portugal"],
        "nonEU": unions["nonEU"],
        "Iceland": countries["Iceland"],
        **total,
    }
    both = published(tmp_path / "both", typed("problematiques", years, lines), families=("EU", "nonEU"))
    result = attack([both], KNOWN)
    spain = spain._replace(indicateur="problematiques")
    assert interval(result, spain) == (4, 4)
    assert not found(result, spain).safe
