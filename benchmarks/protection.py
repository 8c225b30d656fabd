"""How the time of the protection and of the attack grows with the service: ``python benchmarks/protection.py``.

Made-up services of more and more communes (``--communes 4 12 40 100``), one year each, in turn in the same run: CPU of
the processes that protect (one with ``--jobs 1``, else one a processor for a large service), wall time, and the most
memory the first one held; then CPU of the one that attacks the report, the portraits and the figures written (not with
``--no-attack``), and ratios to the smallest service, round by round. The figures are counted, and the files written,
while no clock runs.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

YEAR = 2023
SIZES = (4, 8, 12)


@dataclass(frozen=True)
class Cost:
    """What protecting and attacking one year took, and how much there was to protect."""

    cpu_s: float
    wall_s: float
    attack_s: float
    cells: int
    primary: int
    masked: int
    most_mb: float


def counted(communes: int, folder: Path):  # type: ignore[no-untyped-def]
    """Count the figures of a made-up service."""
    from rlpipeline.demo import write_demo
    from rlpipeline.indicators import REGISTRY, SERVICE, Scope, figures, territories
    from rlpipeline.params import load_settings
    from rlpipeline.records import open_records

    write_demo(folder, communes=communes, years=(YEAR,))
    service = load_settings(folder / "params", YEAR).service
    records = open_records(str(folder / "source"), service)
    exact = {
        (one.id, place): figures(one.id, records, Scope(YEAR, place, service))
        for one in REGISTRY.values()
        for place in (SERVICE, *territories(service))
        if one.concerns(Scope(YEAR, place, service))
    }
    return exact, service


def cpu() -> float:
    """CPU seconds of this process and of those that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


def measure(communes: int, attacked: bool, jobs: int | None) -> Cost:
    """Protect one year of a made-up service, then attack it unless it is spared."""
    from rlpipeline.disclosure.protection import protect
    from rlpipeline.disclosure.releases import Releases

    with tempfile.TemporaryDirectory() as folder:
        exact, service = counted(communes, Path(folder))
        start, before = time.perf_counter(), cpu()
        protected = protect(exact, service.diffusion, service, Releases.none(), jobs)
        taken, wall = cpu() - before, time.perf_counter() - start
        most_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        attack_s = attack_of(protected, service, Path(folder)) if attacked else float("nan")
    cells = len(protected.masked | protected.rounded)
    return Cost(taken, wall, attack_s, cells, len(protected.primary), len(protected.masked), most_mb)


def attack_of(protected, service, folder: Path) -> float:  # type: ignore[no-untyped-def]
    """Attack the files of what is protected, and give the CPU seconds it took."""
    from rlpipeline.disclosure.attack import Key, attack
    from rlpipeline.indicators import REGISTRY
    from rlpipeline.sharing import knowledge
    from tests.disclosure import naive

    persons = {name for name, indicator in REGISTRY.items() if indicator.protected}
    figures = protected.figures[protected.figures["indicateur"].isin(persons)]
    finished = naive.publish(figures, folder / "finished", service)
    start = time.process_time()
    primary = {Key(*cell): threshold for cell, threshold in protected.primary.items()}
    found = attack([finished], knowledge(service), primary)
    if not found.passed:
        raise SystemExit(f"{len(service.communes)} communes: {found.contradiction or len(found.failures)}")
    return time.process_time() - start


def table(costs: dict[int, list[Cost]]) -> str:
    """Write the medians as a Markdown table."""
    lines = [
        "| communes | cells masked or rounded | primary | masked | protection, CPU s | a commune | wall s | most MB "
        f"| attack, CPU s | protection / that of {min(costs)} | attack / that of {min(costs)} |",
        "|---" * 11 + "|",
    ]
    for communes, rounds in costs.items():
        told = []
        for name in ("cpu_s", "attack_s"):
            pairs = [*zip(rounds, costs[min(costs)], strict=True)]
            told.append(statistics.median(getattr(one, name) for one in rounds))
            told.append(statistics.median(getattr(one, name) / getattr(other, name) for one, other in pairs))
        first, protection = rounds[0], told[0]
        wall = statistics.median(one.wall_s for one in rounds)
        lines.append(
            f"| {communes} | {first.cells} | {first.primary} | {first.masked} | {protection:.1f} "
            f"| {protection / communes:.2f} | {wall:.1f} | {first.most_mb:.0f} "
            f"| {told[2]:.1f} | {told[1]:.2f} | {told[3]:.2f} |"
        )
    return "\n".join(lines).replace("nan", "–")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--jobs", type=int, help="processes at most")
    parser.add_argument("--no-attack", action="store_true", help="protect, and do not attack")
    options = parser.parse_args(arguments)
    sizes = sorted(set(options.communes))
    costs: dict[int, list[Cost]] = {size: [] for size in sizes}
    for _ in range(options.rounds):
        for size in sizes:
            costs[size].append(measure(size, not options.no_attack, options.jobs))
    print(table(costs))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main()
