"""How the protection's time grows with the service: ``python benchmarks/protection.py``.

Made-up services of more and more communes, one year each, in turn in the same run: CPU of the process that protects,
and ratios to the service of 4 communes, round by round. The figures are counted before the clock starts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

YEAR = 2023
REFERENCE = 4


@dataclass(frozen=True)
class Cost:
    """What protecting one year took, and how much there was to protect."""

    cpu_s: float
    wall_s: float
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
    """Protect one year of a made-up service."""
    from rlpipeline.disclosure.protection import protect
    from rlpipeline.disclosure.releases import Releases

    with tempfile.TemporaryDirectory() as folder:
        exact, service = counted(communes, Path(folder))
    wall, cpu = time.perf_counter(), time.process_time()
    protected = protect(exact, service.diffusion, service, Releases.none())
    cells = len(protected.masked | protected.rounded)
    return Cost(
        time.process_time() - cpu, time.perf_counter() - wall, cells, len(protected.primary), len(protected.masked)
    )


def table(costs: dict[int, list[Cost]]) -> str:
    """Write the medians as a Markdown table."""
    lines = [
        "| communes | cells masked or rounded | primary | masked | CPU s | wall s | CPU / that of 4 |",
        "|---" * 7 + "|",
    ]
    for communes, rounds in costs.items():
        pairs = zip(rounds, costs[REFERENCE], strict=True)
        ratio = statistics.median(one.cpu_s / reference.cpu_s for one, reference in pairs)
        cpu, wall = (statistics.median(getattr(one, name) for one in rounds) for name in ("cpu_s", "wall_s"))
        first = rounds[0]
        lines.append(
            f"| {communes} | {first.cells} | {first.primary} | {first.masked} | {cpu:.1f} | {wall:.1f} | {ratio:.2f} |"
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
    main()
