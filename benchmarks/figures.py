"""What a seaborn figure costs, and why: ``python benchmarks/figures.py``.

The same counts drawn in several ways, in one process, each way in turn and several times; what is printed are medians
of the CPU taken to build a figure and to draw and encode it, and their ratio to matplotlib's bars in the same round.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable, Mapping

import matplotlib as mpl

mpl.use("agg")

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

SEED = 20231231
PERSONS = 2000
CATEGORIES = 8
REFERENCE = "matplotlib bars"
ORDINARY: Mapping[str, object] = {"dpi": 100}
Draw = Callable[[pd.DataFrame, pd.Series, Axes], object]


def people() -> pd.DataFrame:
    """Made-up persons: a row each, columns ``group`` (a category) and ``value``."""
    random = np.random.default_rng(SEED)
    groups = [f"group {number}" for number in range(CATEGORIES)]
    return pd.DataFrame({"group": random.choice(groups, PERSONS), "value": random.random(PERSONS)})


def matrix(counts: pd.Series) -> pd.DataFrame:
    """A square table of numbers, as many rows and columns as there are categories."""
    return pd.DataFrame(np.outer(counts, counts) % 97, index=counts.index, columns=counts.index)


WAYS: Mapping[str, tuple[Draw, Mapping[str, object]]] = {
    REFERENCE: (lambda rows, counts, axes: axes.bar(counts.index, counts), ORDINARY),
    "seaborn countplot of the rows": (lambda rows, counts, axes: sns.countplot(rows, x="group", ax=axes), ORDINARY),
    "seaborn barplot of the counts": (
        lambda rows, counts, axes: sns.barplot(x=counts.index, y=counts.to_numpy(), errorbar=None, ax=axes),
        ORDINARY,
    ),
    "seaborn barplot of the rows, no error bar": (
        lambda rows, counts, axes: sns.barplot(rows, x="group", y="value", errorbar=None, ax=axes),
        ORDINARY,
    ),
    "seaborn barplot of the rows, default error bars": (
        lambda rows, counts, axes: sns.barplot(rows, x="group", y="value", ax=axes),
        ORDINARY,
    ),
    "seaborn heatmap": (lambda rows, counts, axes: sns.heatmap(matrix(counts), ax=axes), ORDINARY),
    "seaborn heatmap, annot": (lambda rows, counts, axes: sns.heatmap(matrix(counts), annot=True, ax=axes), ORDINARY),
    "matplotlib bars, 200 dpi": (lambda rows, counts, axes: axes.bar(counts.index, counts), {"dpi": 200}),
    "matplotlib bars, tight bounding box": (
        lambda rows, counts, axes: axes.bar(counts.index, counts),
        {"dpi": 100, "bbox_inches": "tight"},
    ),
    "matplotlib bars, no ticks": (lambda rows, counts, axes: _without_ticks(axes, counts), ORDINARY),
}


def _without_ticks(axes: Axes, counts: pd.Series) -> None:
    axes.bar(range(len(counts)), counts)
    axes.set_xticks([])
    axes.set_yticks([])


def cost(draw: Draw, saving: Mapping[str, object], rows: pd.DataFrame, counts: pd.Series) -> tuple[float, float]:
    """CPU seconds to build one figure, and to draw and encode it."""
    start = time.process_time()
    figure, axes = plt.subplots(figsize=(7, 4))
    draw(rows, counts, axes)
    built = time.process_time()
    figure.savefig(io.BytesIO(), format="png", **saving)
    saved = time.process_time()
    plt.close(figure)
    return built - start, saved - built


def measure(rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Costs of every way, round after round; a first round, that fills the caches, is not kept."""
    rows = people()
    counts = rows["group"].value_counts().sort_index()
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for turn in range(rounds + 1):
        for name, (draw, saving) in WAYS.items():
            taken = cost(draw, saving, rows, counts)
            if turn:
                costs[name].append(taken)
    return costs


def table(costs: Mapping[str, list[tuple[float, float]]]) -> str:
    """Markdown table of medians, in milliseconds, and of ratios round by round."""
    lines = ["| figure | build ms | draw and encode ms | CPU / matplotlib bars |", "|---|---|---|---|"]
    for name, each in costs.items():
        build, save = (1000 * statistics.median(part) for part in zip(*each, strict=True))
        ratio = statistics.median(sum(a) / sum(b) for a, b in zip(each, costs[REFERENCE], strict=True))
        lines.append(f"| {name} | {build:.0f} | {save:.0f} | {ratio:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure every way and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    print(table(measure(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
