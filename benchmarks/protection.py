"""The edition to share beside what others would do: ``python benchmarks/protection.py``.

The figures about persons of one year of the demonstration, protected by us, by optimal suppression (pytauargus, in the
extra ``bench``), by rounding each to the nearest 5, by the cell key method, and by our rounding solved to the end: what
each loses, what no longer adds up, what it takes. Then what three years shared in turn must give. With ``--communes 4
12 40`` instead, how the time of the protection and of the attack grows with made-up services, one year each, in the
same run: figures are counted while no clock runs.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
YEAR, YEARS = 2023, (2021, 2022, 2023)
BASE = 5
OPT_SECONDS = 60
KEY_VARIANCE, KEY_MOST, KEY_LEAST = 2.0, 5, 3
"""Cell keys: variance of the noise, its most, least number that is ever shown but 0."""
TAU = """
import sys
from pytauargus._tauargus import HiTaSCtrl
sys.exit(HiTaSCtrl().full_jj(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


@dataclass(frozen=True)
class Year:
    """The figures about persons of one year as they could be shared, their classes joined, before any protection."""

    exact: Mapping[tuple[str, str], pd.DataFrame]
    service: object

    @cached_property
    def declared(self):  # type: ignore[no-untyped-def]
        """What is said of the tables."""
        from tests.declared import declared

        return declared(self.service)

    @cached_property
    def edition(self) -> pd.DataFrame:
        """Exact figures of the cells that are shared."""
        from rlpipeline.protection.classes import classes_of, regroup, shared_cells

        whole = pd.concat(
            [frame for frame in self.exact.values() if not frame.empty], ignore_index=True
        )
        rules = self.service.diffusion
        shared = shared_cells(whole, rules, self.service, self.declared)
        return regroup(shared, classes_of(rules, self.service), self.declared.links)

    @cached_property
    def _year(self):  # type: ignore[no-untyped-def]
        from rlpipeline.protection.protection import Year

        return Year.of(self.exact, self.service.diffusion, self.service, (), self.declared)

    @property
    def cells(self) -> Mapping[tuple[str, int, str, str, str], int]:
        """What each cell counts: its number among the unknowns."""
        return self._year.cells

    @cached_property
    def values(self) -> np.ndarray:
        """Exact number of each unknown; 0 where it is what is left of two."""
        values = np.zeros(self._year.system.size)
        places = [*self.cells.values()]
        values[places] = self._year.values[places]
        return values

    @cached_property
    def sums(self):  # type: ignore[no-untyped-def]
        """The sums that they obey, one row each."""
        kept = [
            line
            for line, row in enumerate(self._year.system.constraints)
            if row.kind in ("somme", "égalité")
        ]
        return self._year.system.matrix[kept]

    @cached_property
    def threshold(self) -> np.ndarray:
        """Least number that may be shown, of each unknown."""
        return self._year.rules.reading.threshold


@dataclass(frozen=True)
class Outcome:
    """What a method gives: a number for each unknown (NaN where masked), and what it took."""

    name: str
    published: np.ndarray
    cpu_s: float
    remark: str = ""


def counted(source: Path, params: Path, year: int) -> Year:
    """Count the figures of a year of a service."""
    from rlpipeline.records.store import open_records
    from rlpipeline.settings.models import load_settings
    from tests.declared import INDICATORS
    from tests.protection.made import exact_of

    service = load_settings(params, year).service
    persons = frozenset(name for name, one in INDICATORS.items() if one.spec.persons)
    return Year(exact_of(open_records(str(source), service), service, year, persons), service)


def cpu() -> float:
    """CPU seconds of this process and of those that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


def ours(year: Year):  # type: ignore[no-untyped-def]
    """Protect a year as the build does."""
    from rlpipeline.protection.protection import protect

    return protect(year.exact, year.service.diffusion, year.service, (), year.declared)


def by_unknown(year: Year, figures: pd.DataFrame) -> np.ndarray:
    """Give what figures publish of each unknown."""
    published = np.full(len(year.values), np.nan)
    names = ["indicateur", "annee", "territoire", "ligne", "colonne"]
    for *key, value in figures[[*names, "valeur"]].itertuples(index=False):
        place = year.cells.get(tuple(key))
        if place is not None:
            published[place] = value
    return published


@contextmanager
def solved_to_the_end() -> Iterator[None]:
    """Let the solver of the rounding search until it has proved its answer."""
    from rlpipeline.protection import rounding

    nodes, gap = rounding.NODES, rounding.GAP
    rounding.NODES, rounding.GAP = 1_000_000, 0.0
    try:
        yield
    finally:
        rounding.NODES, rounding.GAP = nodes, gap


def nearest(year: Year) -> np.ndarray:
    """Round each figure to the nearest multiple, alone."""
    return BASE * np.round(year.values / BASE)


def cell_keys(year: Year) -> np.ndarray:
    """Add to each figure a noise drawn from a key of its own; 0 stays, and no small number is shown."""
    drawn = [
        int(hashlib.sha256(repr(one).encode()).hexdigest()[:12], 16) / 16**12
        for one in range(len(year.values))
    ]
    normal = statistics.NormalDist(0, KEY_VARIANCE**0.5)
    noise = np.array(
        [
            np.clip(round(normal.inv_cdf(min(max(one, 1e-9), 1 - 1e-9))), -KEY_MOST, KEY_MOST)
            for one in drawn
        ]
    )
    values = year.values
    noisy = np.maximum(0, values + noise)
    return np.where(
        values == 0,
        0,
        np.where(noisy < KEY_LEAST, np.where(noisy > KEY_LEAST / 2, KEY_LEAST, 0), noisy),
    )


def suppressed(year: Year) -> Outcome:
    """Mask as few figures as optimal suppression on the linked tables does, in a process that it may crash."""
    values, sums = year.values, year.sums.tocsr()
    small = (values > 0) & (values < year.threshold)
    name = f"optimal suppression on the linked tables (pytauargus OPT, {OPT_SECONDS} s at most)"
    if sums.shape[0] < 2:  # its solver crashes on a lone restriction
        return Outcome(name, np.full(len(values), np.nan), float("nan"), "too few sums")
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder) / "jj.in", Path(folder) / "jj.out"
        asked.write_text(
            "\n".join(_jj(values, small, year.threshold, sums)) + "\n", encoding="ascii"
        )
        before = cpu()
        command = [sys.executable, "-c", TAU, str(asked), str(found), str(OPT_SECONDS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        taken = cpu() - before
        if done.returncode > 1 or not found.is_file():
            why = (
                "not installed"
                if "No module named" in done.stderr
                else f"failed, code {done.returncode}"
            )
            return Outcome(name, np.full(len(values), np.nan), float("nan"), why)
        masked = [
            int(line.split()[0])
            for line in found.read_text(encoding="ascii").splitlines()
            if line.split()
        ]
    published = np.where(small, np.nan, values)
    published[masked] = np.nan
    return Outcome(name, published, taken, "" if done.returncode == 0 else "not proved optimal")


def _jj(values: np.ndarray, small: np.ndarray, threshold: np.ndarray, sums) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """Write the figures, what must stay possible of each, and the sums, as the engine reads them."""
    yield from ("0", str(len(values)))
    for place, value in enumerate(values):
        status = "u" if small[place] else "z" if value == 0 else "s"
        down, up = (value, threshold[place] - value) if small[place] else (0, 0)
        yield f"{place} {value:g} 1 {status} 0 {values.max() * 2:g} {down:g} {up:g} 0"
    yield str(sums.shape[0])
    for start, end in zip(sums.indptr, sums.indptr[1:], strict=False):
        terms = zip(sums.indices[start:end], sums.data[start:end], strict=True)
        yield f"0 {end - start} : {' '.join(f'{place} ({int(factor)})' for place, factor in terms)}"


def timed(name: str, act: Callable[[], np.ndarray], remark: Callable[[], str] = str) -> Outcome:
    """Run a method, and say the CPU that it took."""
    before = cpu()
    published = act()
    return Outcome(name, published, cpu() - before, remark())


def methods(year: Year) -> Iterator[Outcome]:
    """Protect a year in every way."""
    _ = year.values, year.sums, year.threshold
    yield timed(
        "ours: exact totals, rounded detail, closed by the attack",
        lambda: by_unknown(year, ours(year).figures),
    )
    with solved_to_the_end():
        yield timed(
            "the same, each rounding proved optimal", lambda: by_unknown(year, ours(year).figures)
        )
    yield suppressed(year)
    yield timed(
        "each to the nearest 5",
        lambda: nearest(year),
        lambda: "broken by tests of naive protections",
    )
    words = f"variance {KEY_VARIANCE:g}, at most ±{KEY_MOST}"
    yield timed("cell key method", lambda: cell_keys(year), lambda: words)


def compared(year: Year) -> str:
    """Write what each method loses on the unknowns that are not zero, as one Markdown table."""
    values, sums = year.values, year.sums
    lines = [
        f"{int((values > 0).sum())} different non-zero numbers of persons, {sums.shape[0]} sums.",
        "",
        "| method | exact | within 2 | mean error | masked | sums that do not add up | CPU s | |",
        "|---" * 8 + "|",
    ]
    for one in methods(year):
        error = np.abs(one.published - values)[values > 0]
        shown = error[~np.isnan(error)]
        off = (
            int((np.abs(sums @ np.nan_to_num(one.published)) > 0.5).sum())
            if not np.isnan(error).any()
            else "–"
        )
        if not len(shown):
            cells = ["–"] * 5
        else:
            exact, near = (shown == 0).sum() / len(error), (shown <= 2).sum() / len(error)
            cells = [
                f"{exact:.0%}",
                f"{near:.0%}",
                f"{shown.mean():.2f}",
                str(int(np.isnan(error).sum())),
                str(off),
            ]
        lines.append(
            f"| {one.name} | {' | '.join(cells)} | {one.cpu_s:.2f} | {one.remark} |".replace(
                "nan", "–"
            )
        )
    return "\n".join(lines)


def accepted(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Share three years of the demonstration in turn: what it must give, what it gives."""
    from tests.protection.life import Life

    life = Life.copied(ROOT / "data/exemple", ROOT / "params", folder / "demonstration")
    before = cpu()
    shared = {year: life.share(year) for year in YEARS}
    taken = cpu() - before
    last, frames = (
        shared[YEAR],
        {year: _beside_exact(life, year, one.protected.figures) for year, one in shared.items()},
    )
    masked = sum(int(frame["etat"].eq("masque").sum()) for frame in frames.values())
    yield "figures masked, three years", "0", str(masked)
    yield "figures found by the attack on the three years", "0", str(len(last.attacked.failures))
    yield from _of_service(frames)
    yield from _of_portraits(frames[YEAR])
    yield (
        "loops of the attack, at most",
        "3",
        str(max(one.protected.loops for one in shared.values())),
    )
    yield "three years shared in turn, figures counted, CPU s", "180", f"{taken:.0f}"


def _of_service(frames: Mapping[int, pd.DataFrame]) -> Iterator[tuple[str, str, str]]:
    own = {year: frame[frame["territoire"].eq("service")] for year, frame in frames.items()}
    margins = own[YEAR][own[YEAR]["margin"]]
    yield "service margins exact", "90 %", f"{margins['error'].eq(0).mean():.1%} of {len(margins)}"
    yield "service margins, greatest error", "2", f"{margins['error'].max():.0f}"
    yield (
        "service figures within 2",
        "95 %",
        f"{own[YEAR]['error'].le(2).mean():.1%} of {len(own[YEAR])}",
    )
    yield "service figures, mean error", "0.4", f"{own[YEAR]['error'].mean():.2f}"
    names = ["indicateur", "ligne", "colonne"]
    every = pd.concat(
        [frame[frame["margin"]].set_index(names)["error"] for frame in own.values()], axis=1
    ).dropna()
    yield (
        "service margins exact in all three years",
        "75 of 92",
        f"{int(every.eq(0).all(axis=1).sum())} of {len(every)}",
    )


def _of_portraits(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    parts = frame[frame["territoire"].ne("service")]
    yield "portraits within 2", "85 %", f"{parts['error'].le(2).mean():.1%} of {len(parts)}"
    yield "portraits, mean error", "1.5", f"{parts['error'].mean():.2f}"
    sensitive = parts["base"].gt(BASE)
    worst = parts.groupby(sensitive)["error"].max()
    yield (
        "portraits, greatest error (sensitive)",
        "4 (9)",
        f"{worst.get(False, 0):.0f} ({worst.get(True, 0):.0f})",
    )


def _beside_exact(life, year: int, figures: pd.DataFrame) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    """Put the exact value of each non-zero figure about persons beside the published one."""
    from rlpipeline.figures import CSV_COLUMNS

    counting = counted(life.folder / "source", life.params, year)
    key = list(CSV_COLUMNS[:5])
    cells = pd.DataFrame([*counting.cells], columns=key)
    exact = cells.assign(
        exact=counting.values[[*counting.cells.values()]],
        margin=[_of_the_service(counting._year.rules.reading.known, one) for one in counting.cells],
    )
    both = figures.merge(exact, on=key).query("exact > 0 and annee == @year")
    return both.assign(error=(both["valeur"] - both["exact"]).abs())


def _of_the_service(known, key) -> bool:  # type: ignore[no-untyped-def]
    """Whether a figure is a margin of the whole service: a commune's line and an action are one territory's."""
    from rlpipeline.attack.publications import MARGIN

    of_one = key.indicateur in known.links.actions or (
        key.indicateur == "communes" and key.ligne != "total"
    )
    return not of_one and known.rule(key) == MARGIN


@dataclass(frozen=True)
class Cost:
    """What protecting and attacking one year took, and how much there was to protect."""

    cpu_s: float
    attack_s: float
    cells: int
    rounded: int
    loops: int
    most_mb: float


def measure(communes: int) -> Cost:
    """Protect one year of a made-up service, then attack it once more."""
    from rlpipeline.demo import write_demo
    from tests.protection.made import attacked

    with tempfile.TemporaryDirectory() as folder:
        write_demo(Path(folder), communes=communes, years=(YEAR,))
        year = counted(Path(folder) / "source", Path(folder) / "params", YEAR)
        _ = ours(year)  # libraries are loaded, caches are warm
        before = time.process_time()
        protected = ours(year)
        taken = time.process_time() - before
        most_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.process_time()
        judged = attacked(protected, year.service, ())
        attack_s = time.process_time() - start
        if not judged.passed:
            raise SystemExit(f"{communes} communes: {judged.contradiction or len(judged.failures)}")
    rounded = int(protected.figures["etat"].eq("arrondi").sum())
    return Cost(taken, attack_s, len(year.cells), rounded, protected.loops, most_mb)


def grown(costs: Mapping[int, Sequence[Cost]]) -> str:
    """Write the medians as a Markdown table."""
    lines = [
        "| communes | figures about persons | rounded | loops | protection, CPU s | ms a commune | attack, CPU s "
        "| ms a commune | most MB |",
        "|---" * 9 + "|",
    ]
    for communes, rounds in costs.items():
        protection, attack = (
            statistics.median(getattr(one, name) for one in rounds)
            for name in ("cpu_s", "attack_s")
        )
        first = rounds[0]
        lines.append(
            f"| {communes} | {first.cells} | {first.rounded} | {first.loops} | {protection:.2f} "
            f"| {1000 * protection / communes:.0f} | {attack:.2f} | {1000 * attack / communes:.0f} "
            f"| {first.most_mb:.0f} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--communes",
        type=int,
        nargs="+",
        help="time of made-up services of so many communes instead",
    )
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args(arguments)
    if options.communes:
        sizes = sorted(set(options.communes))
        rounds = [{size: measure(size) for size in sizes} for _ in range(options.rounds)]
        print(grown({size: [one[size] for one in rounds] for size in sizes}))
        return
    print(compared(counted(ROOT / "data/exemple", ROOT / "params", YEAR)))
    print("\n| three years of the demonstration | asked | given |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for what, asked, given in accepted(Path(folder)):
            print(f"| {what} | {asked} | {given} |", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
