"""The flow of a year: what each branch is, what its picture shows, to scale, on any service."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.transforms import Bbox

from rlpipeline.display import drawing, river, text
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Prose
from rlpipeline.display.year_flow import (
    CLOSED,
    IMPROVED,
    YearFlow,
    flow_of,
    text_of,
    title_of,
    where_of,
)
from rlpipeline.observations import Observation
from rlpipeline.publication.printing import _put_drawings_in_files
from rlpipeline.publication.sanitize import clean
from rlpipeline.publication.tree import parsed
from tests.conftest import Opened

YEAR = 2023
Counts = dict[tuple[str, str], Observation]


@dataclass
class Figures:
    """Figures of two years, as a lookup gives them."""

    now: Counts
    before: Counts = field(default_factory=dict)
    source: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            declared=SimpleNamespace(tables={"motifs_refus": 1})
        )
    )

    def known(self, path: tuple[str, str, str], year: int, territory: str) -> Observation | None:
        return (self.now if year == YEAR else self.before).get(path[:2])

    def compared(self, indicator: str, year: int, territory: str) -> bool:
        return bool(self.before)

    def table(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        return pd.DataFrame({"ligne": [line for table, line in self.now if table == indicator]})

    def cell(self, of: object) -> Observation:
        of_year = self.now if of.year == YEAR else self.before  # type: ignore[attr-defined]
        lines = str(of.ligne).split("+")  # type: ignore[attr-defined]
        table = of.indicator  # type: ignore[attr-defined]
        return Observation(
            sum(of_year[table, line].value for line in lines), "accompagnements", "ok"
        )


def counted(number: float, base: float = 0) -> Observation:
    return Observation(number, "accompagnements", "arrondi" if base else "ok", base)


def counts(opened: int, begun: int, ends: dict[str, int], asked: tuple[int, ...] = ()) -> Counts:
    """Figures that add up: what is not in ``ends`` stays open."""
    still = opened + begun - sum(ends.values())
    closed = sum(ends.values()) - ends.get("changement_statut", 0)
    lines = {
        "ouverts_1er_janvier": opened,
        "commences": begun,
        "dont_premiers": begun // 2,
        "demenagements": 0,
    }
    lines |= {"amelioration_situation": 0, **ends, "ouverts_31_decembre": still}
    figures = {("flux_paei", line): counted(number) for line, number in lines.items()}
    figures |= {("clotures", line): counted(number) for line, number in ends.items()}
    figures["clotures", "total"] = counted(closed)
    for line, number in zip(
        ("acceptee", "refusee", "reorientee", "en_attente"), asked, strict=False
    ):
        figures["demandes", line] = counted(number)
    if asked:
        figures["demandes", "total"] = counted(sum(asked))
        figures["motifs_refus", "Refus de la famille"] = counted(asked[1])
    return figures


def flow(figures: Figures) -> YearFlow | None:
    return flow_of(cast("Lookup", figures), prose(figures))


def prose(figures: Figures) -> Prose:
    return Prose(figures.cell, YEAR, "service")


def test_branches_are_the_figures_of_the_tables(opened: Opened) -> None:
    report = opened()
    read = flow_of(report._laid.lookup, report._laid.prose())
    table = report.indicator("flux_paei").set_index("ligne")["valeur"]
    assert read is not None and not read.is_rounded
    assert [branch.now.value for branch in read.sources] == [
        table["ouverts_1er_janvier"],
        table["commences"],
    ]
    by_tone = {branch.tone: branch for branch in read.ends}
    assert (
        by_tone["open"].now.value == table[CLOSED]
        and by_tone["accent"].now.value == table[IMPROVED]
    )
    assert sum(branch.now.value for branch in read.ends) == read.bed == table.iloc[:2].sum()
    before = opened(YEAR - 1).indicator("flux_paei").set_index("ligne")["valeur"]
    assert by_tone["open"].before and by_tone["open"].before.value == before[CLOSED]
    assert read.requests and read.requests.total.now.value == sum(
        part.now.value for part in read.requests.outcomes
    )


Ends = dict[str, int]


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (
            {"amelioration_situation": 58, "orientation": 19},
            {"amelioration_situation": 26, "orientation": 11},
            "77 accompagnements terminés, dont 58 sur une amélioration, selon l'équipe (37 en 2022, dont 26)",
        ),
        (
            {"amelioration_situation": 12},
            {"orientation": 3},
            "12 accompagnements terminés, tous sur une amélioration, selon l'équipe (3 en 2022, aucun ainsi)",
        ),
        (
            {"amelioration_situation": 1},
            {"amelioration_situation": 4},
            "1 accompagnement terminé, sur une amélioration, selon l'équipe (4 en 2022, tous ainsi)",
        ),
        (
            {"amelioration_situation": 2, "changement_statut": 9},
            {},
            "2 accompagnements terminés, tous sur une amélioration, selon l'équipe",
        ),
        ({"orientation": 20}, {}, "80 accompagnements étaient en cours à la fin de l'année"),
        ({"orientation": 99}, {}, "1 accompagnement était en cours à la fin de l'année"),
        ({"orientation": 100}, {}, "100 accompagnements dans l'année"),
    ],
)
def test_the_title_is_told_of_those_that_ended(now: Ends, then: Ends, words: str) -> None:
    figures = Figures(counts(60, 40, now), counts(40, 30, then))
    read = flow(figures)
    assert read is not None
    html = text.to_html(title_of(read), Path("title"), prose(figures))
    assert text.without_tags(html).replace("\u00a0", " ").strip() == words


def test_of_rounded_figures_no_part_and_no_difference_is_told() -> None:
    now = counts(30, 35, {"amelioration_situation": 29, "orientation": 5}, (36, 11, 9, 6))
    now |= {
        ("flux_paei", line): counted(number, 5)
        for line, number in (("ouverts_1er_janvier", 30), ("commences", 35))
    }
    now["clotures", "total"] = counted(35, 5)
    now["flux_paei", "changement_statut"] = counted(0, 5)
    read = flow(Figures(now))
    assert read and read.is_rounded and read.total.startswith("≈")
    assert read.requests is None  # « ≈ 35 commencés » above « 36 acceptées » would be one number
    other = next(branch for branch in read.ends if branch.label.startswith("terminés autrement"))
    assert other.number == "" and "moins de 5 changent de statut" in text_of(read)


@pytest.mark.parametrize(("then", "former"), [(6, ""), (30, "≈ 30")])
def test_a_rounded_branch_has_its_former_number_where_it_surely_moved(
    then: int, former: str
) -> None:
    now = counts(30, 35, {"amelioration_situation": 29, "changement_statut": 5})
    now["flux_paei", "changement_statut"] = counted(5, 5)
    before = {**now, ("flux_paei", "changement_statut"): counted(then, 5)}
    read = flow(Figures(now, before))
    assert read is not None
    changed = next(branch for branch in read.ends if "statut" in branch.label)
    assert changed.former.replace("\u00a0", " ") == former


@pytest.mark.parametrize(
    "unknown", ["ouverts_1er_janvier", "commences", "ouverts_31_decembre", "amelioration_situation"]
)
def test_nothing_is_drawn_where_a_branch_is_not_known(unknown: str) -> None:
    now = counts(30, 35, {"amelioration_situation": 29})
    now["flux_paei", unknown] = Observation(math.nan, "accompagnements", "masque")
    assert flow(Figures(now)) is None


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"motifs_refus": 1}, "11 refus (refus de la famille : 11)"),
        ({}, "11 refus du service ou de la famille ;"),
    ],
)
def test_refusals_are_not_all_said_to_be_the_service_s(tables: dict[str, int], words: str) -> None:
    now = counts(30, 35, {"amelioration_situation": 29}, (36, 11, 9, 6))
    source = SimpleNamespace(declared=SimpleNamespace(tables=tables))
    now["motifs_refus", "sans_motif"] = counted(4)  # nobody wrote why: a code is no reason
    read = flow(Figures(now, source=source))
    assert read and read.requests and words in read.requests.became.replace("\u00a0", " ")


def test_nothing_is_drawn_of_a_few() -> None:
    assert flow(Figures(counts(4, 5, {"amelioration_situation": 2}))) is None
    assert flow(Figures(counts(5, 5, {"amelioration_situation": 2}))) is not None


def test_moves_between_communes_are_branches() -> None:
    for moved, label in ((2, "venus d'une autre commune"), (-2, "partis dans une autre commune")):
        now = counts(20, 10, {"amelioration_situation": 6})
        now["flux_paei", "demenagements"] = counted(moved)
        now["flux_paei", "ouverts_31_decembre"] = counted(24 + moved)
        read = flow(Figures(now))
        assert read
        sides = [sum(branch.now.value for branch in side) for side in (read.sources, read.ends)]
        assert sides[0] == sides[1] == read.bed
        assert label in [branch.label for branch in (*read.sources, *read.ends)]


def drawn(draw: Callable[[YearFlow], Figure], read: YearFlow) -> Figure:
    """Draw in the style of the report."""
    with drawing.our_style():
        canvas = draw(read)
        canvas.set_dpi(drawing.DPI)
        return canvas


@pytest.mark.parametrize(("draw", "across"), [(river.lying, 1), (river.standing, 0)])
def test_each_branch_is_as_wide_as_its_number(
    draw: Callable[[YearFlow], Figure], across: int
) -> None:
    figures = Figures(
        counts(60, 56, {"amelioration_situation": 58, "orientation": 19, "changement_statut": 5}),
        counts(53, 45, {"amelioration_situation": 26}),
    )
    read = flow(figures)
    assert read
    axes = drawn(draw, read).axes[0]
    widths = dict[str, list[float]]()
    for patch in axes.patches:
        if isinstance(
            patch, PathPatch
        ):  # its first and last corners are the two sides of its outer end
            side = patch.get_path().vertices[[0, 7], across]
            widths.setdefault(mpl.colors.to_hex(patch.get_facecolor()), []).append(
                float(np.ptp(side))
            )
    scale = (river.BED if across else river.STANDING_BED) / 116
    assert widths[river.BLUE] == pytest.approx([58 * scale])
    assert widths[river.ORANGE] == pytest.approx([34 * scale])
    assert widths[river.LINE] == pytest.approx([19 * scale, 5 * scale])
    assert widths[river.OF_SERVICE] == pytest.approx([60 * scale, 56 * scale, 116 * scale])
    assert sorted(widths[river.MUTED]) == pytest.approx(
        sorted(number * scale for number in (53, 45, 72, 26))
    )


some = st.integers(0, 400)


@settings(max_examples=12, deadline=None)
@given(
    some,
    some,
    st.lists(st.integers(0, 100), min_size=5, max_size=5),
    st.lists(st.integers(1, 300), min_size=4, max_size=4),
)
def test_no_words_lie_on_others_or_outside(
    opened: int, begun: int, parts: list[int], asked: list[int]
) -> None:
    codes = (
        "amelioration_situation",
        "orientation",
        "difficulte_mobilisation",
        "changement_territoire",
        "changement_statut",
    )
    weight = (opened + begun) / max(sum(parts) + 1, 1)
    ends = {code: int(part * weight) for code, part in zip(codes, parts, strict=True)}
    now = counts(opened, begun, ends, tuple(asked))
    read = flow(Figures(now, counts(begun, opened, ends, tuple(asked))))
    if read is None:
        return
    for draw in (river.lying, river.standing):
        canvas = drawn(draw, read)
        writer = drawing._Writer(*(round(side * drawing.DPI) for side in canvas.get_size_inches()))
        boxes = [text.get_window_extent(writer) for text in canvas.axes[0].texts]
        whole = canvas.bbox
        for box in boxes:
            assert (
                box.x0 > whole.x0 - 2
                and box.x1 < whole.x1 + 2
                and box.y0 > whole.y0 - 2
                and box.y1 < whole.y1 + 2
            )
        for first, second in itertools.combinations(boxes, 2):
            shared = Bbox.intersection(first, second)
            assert shared is None or min(shared.width, shared.height) < 3


def test_what_is_to_be_looked_at_again_says_its_status(opened: Opened) -> None:
    report = opened()
    said = where_of(report._laid.lookup, report._laid.prose(), {"62637": "Oignies"})
    assert said.partition(" un an, ")[2].startswith("dont ")
    assert " PAEI à réexaminer" in said and "'alertes', 'PAEI'" in said


def test_word_has_the_lying_picture_alone(opened: Opened, tmp_path: Path) -> None:
    shown = opened().year_flow()
    assert shown is not None
    page = parsed(clean(shown.html))
    _put_drawings_in_files(page, tmp_path)
    (picture,) = page.iter("img")
    assert int(picture.get("width")) > int(picture.get("height"))
    assert picture.get("alt") == shown.more["application/vnd.rlpipeline.figure+json"]["alt"]
    assert len([*tmp_path.iterdir()]) == 1


def test_a_rounded_year_is_told_by_the_base() -> None:
    now = counts(60, 56, {"amelioration_situation": 58, "orientation": 24})
    now["flux_paei", "ouverts_31_decembre"] = counted(35, 5)
    read = flow(Figures(now))
    assert read and (read.bed, read.total) == (117, "≈\u00a0115")


@dataclass
class Places(Figures):
    """Closures of a service and of its communes, in two years."""

    closed: dict[str, tuple[int, int]] = field(default_factory=dict)
    base: float = 0

    def known(self, path: tuple[str, str, str], year: int, territory: str) -> Observation | None:
        if path[:2] != ("clotures", "total"):
            return None
        every = [*self.closed.values()]
        sums = sum(then for then, _ in every), sum(now for _, now in every)
        pair = self.closed.get(territory, sums)
        return counted(pair[year == YEAR], self.base)

    def compared(self, indicator: str, year: int, territory: str) -> bool:
        return True

    def table(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        return pd.DataFrame({"ligne": ["total"]})


def where(closed: dict[str, tuple[int, int]], base: float = 0) -> str:
    figures = Places({}, closed=closed, base=base)
    return where_of(cast("Lookup", figures), prose(figures), {code: code for code in closed})


@pytest.mark.parametrize(
    ("closed", "named"),
    [
        ({"A": (8, 27), "B": (14, 22), "C": (15, 28)}, "A"),
        ({"A": (50, 8), "B": (32, 28), "C": (18, 16)}, "A"),
        ({"A": (20, 40), "B": (20, 40), "C": (10, 20)}, ""),  # each as its part of the year before
        ({"A": (5, 60), "B": (40, 10), "C": (20, 40)}, ""),  # more than the whole change
        ({"A": (10, 12), "B": (14, 15)}, ""),  # no finding
    ],
)
def test_the_commune_that_has_most_of_a_change_is_named(
    closed: dict[str, tuple[int, int]], named: str
) -> None:
    said = where(closed)
    assert bool(said) == bool(named)
    assert said.startswith("Accompagnements clos") or not named
    if named:
        assert f"territoire='{named}'" in said
        others = [code for code in closed if code != named]
        assert not any(f"territoire='{code}'" in said for code in others)


def test_what_has_the_whole_change_is_not_said_to_have_a_part_of_it() -> None:
    said = where({"A": (10, 60), "B": (20, 20)})
    assert "en totalité à A" in said and "dont" not in said


def test_no_difference_of_rounded_figures_is_told() -> None:
    closed = {"A": (10, 90), "B": (15, 20)}
    assert where(closed)
    assert where(closed, base=5) == ""


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=8))
def test_what_is_named_has_a_third_of_the_change_and_more_than_its_part(
    pairs: list[tuple[int, int]],
) -> None:
    closed = {str(rank): pair for rank, pair in enumerate(pairs)}
    said = where(closed)
    then, now = (sum(side) for side in zip(*pairs, strict=True))
    for code, (before, after) in closed.items():
        if f"territoire='{code}'" in said:
            part = (after - before) / (now - then)
            assert 1 / 3 <= part <= 1
            assert before == 0 or part > before / then
