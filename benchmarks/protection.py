"""How the time of the protection and of the attack grows with the service: ``python benchmarks/protection.py``.

Made-up services of more and more communes, one year each, in turn in the same run: CPU of the process that protects,
then of the one that attacks the report, the portraits and the figures written, and ratios to the service of 4 communes,
round by round. The figures are counted, and the files written, while no clock runs.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

YEAR = 2023
REFERENCE = 4


@dataclass(frozen=True)
class Cost:
    """What protecting and attacking one year took, and how much there was to protect."""

    cpu_s: float
    attack_s: float
    cells: int
    primary: int
    masked: int


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


def measure(communes: int) -> Cost:
    """Protect one year of a made-up service, then attack it."""
    from rlpipeline.disclosure.attack import Key, attack
    from rlpipeline.disclosure.protection import protect
    from rlpipeline.disclosure.releases import Releases
    from rlpipeline.indicators import REGISTRY
    from rlpipeline.sharing import knowledge
    from tests.disclosure import naive

    with tempfile.TemporaryDirectory() as folder:
        exact, service = counted(communes, Path(folder))
        start = time.process_time()
        protected = protect(exact, service.diffusion, service, Releases.none())
        taken = time.process_time() - start
        persons = {name for name, indicator in REGISTRY.items() if indicator.protected}
        figures = protected.figures[protected.figures["indicateur"].isin(persons)]
        finished = naive.publish(figures, Path(folder) / "finished", service)
        start = time.process_time()
        primary = {Key(*cell): threshold for cell, threshold in protected.primary.items()}
        found = attack([finished], knowledge(service), primary)
        attacked = time.process_time() - start
    if not found.passed:
        raise SystemExit(f"{communes} communes: {found.contradiction or len(found.failures)}")
    cells = len(protected.masked | protected.rounded)
    return Cost(taken, attacked, cells, len(protected.primary), len(protected.masked))


def table(costs: dict[int, list[Cost]]) -> str:
    """Write the medians as a Markdown table."""
    lines = [
        "| communes | cells masked or rounded | primary | masked | protection, CPU s | attack, CPU s "
        "| protection / that of 4 | attack / that of 4 |",
        "|---" * 8 + "|",
    ]
    for communes, rounds in costs.items():
        told = []
        for name in ("cpu_s", "attack_s"):
            pairs = [*zip(rounds, costs[REFERENCE], strict=True)]
            told.append(statistics.median(getattr(one, name) for one in rounds))
            told.append(statistics.median(getattr(one, name) / getattr(other, name) for one, other in pairs))
        first = rounds[0]
        lines.append(
            f"| {communes} | {first.cells} | {first.primary} | {first.masked} | {told[0]:.1f} | {told[2]:.1f} "
            f"| {told[1]:.2f} | {told[3]:.2f} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communes", type=int, nargs="+", default=[REFERENCE, 8, 12])
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args(arguments)
    sizes = sorted({REFERENCE, *options.communes})
    costs: dict[int, list[Cost]] = {size: [] for size in sizes}
    for _ in range(options.rounds):
        for size in sizes:
            costs[size].append(measure(size))
    print(table(costs))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main()
