"""A whole year from nothing, both editions and PDF: ``python benchmarks/year.py [CHECKOUT] [--rounds N] [--checks]``.

The command that a service types, on the demonstration, by this checkout and by another, in turn in the same run, with
the same interpreter and libraries; bytecode is compiled first. Wall time and CPU are those of the whole process tree.
Where the time goes is read from the build's own journal (wall time of each stage). CPU a chapter: a build without PDF;
CPU a page of PDF: what PDF adds, by the pages printed. With ``--checks``, the CPU of the
checks of the exact edition alone.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[1]
YEAR = "2023"
MAIN = "from rlpipeline.cli import main; raise SystemExit(main())"
CHECKED = "CPU of the checks: "
CHECKING = f"""
import resource, sys
from rlpipeline.pipeline import build

def cpu():
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)

def timed(*given, check=build.reconcile):
    begun = cpu()
    audit = check(*given)
    print(f"{CHECKED}{{cpu() - begun}}", file=sys.stderr)
    return audit

build.reconcile = timed
{MAIN}
"""
"""The same command, which tells what its checks took, processes that they started included."""
DONE = " : terminé ("
OURS, OTHER = "this checkout", "the other"


@dataclass(frozen=True)
class Cost:
    """What one build took in seconds, in all and by stage, and how much it made."""

    wall: float
    cpu: float
    stages: Mapping[str, float]
    chapters: int
    pages: int


def build(checkout: Path, *options: str) -> Cost:
    """Build a year from nothing, by the code of a checkout."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-c",
            MAIN,
            "build",
            "--source",
            "data/exemple",
            "--params",
            "params",
        ]
        command += ["--out", folder, "--year", YEAR, *options]
        command += ["--log-json"] if checkout == ROOT else []  # an old one has none
        path = Path(folder) / "journal"
        begun = time.perf_counter()
        with path.open("wb") as journal:
            process = subprocess.Popen(
                command,
                cwd=checkout,
                stdout=subprocess.DEVNULL,
                stderr=journal,
                env=os.environ | {"PYTHONPATH": str(checkout)},
            )
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        words = path.read_text(encoding="utf-8")
        if process.returncode:
            raise SystemExit(f"{checkout}: exit code {process.returncode}\n{words}")
        events = [json.loads(line) for line in words.splitlines() if line.startswith("{")]
        chapters = words.count(DONE)
        return Cost(
            wall, usage.ru_utime + usage.ru_stime, stages(events), chapters, pages(Path(folder))
        )


def checks(checkout: Path) -> float:
    """CPU of the checks of a build of the exact edition, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-c",
            CHECKING,
            "build",
            "--source",
            "data/exemple",
            "--params",
            "params",
        ]
        command += ["--out", folder, "--year", YEAR, "--edition", "interne", "--sans-pdf"]
        environment = os.environ | {"PYTHONPATH": str(checkout)}
        told = subprocess.run(
            command, cwd=checkout, env=environment, capture_output=True, text=True, check=True
        ).stderr
    return next(
        float(line.removeprefix(CHECKED)) for line in told.splitlines() if line.startswith(CHECKED)
    )


def stages(events: Sequence[Mapping[str, str]]) -> dict[str, float]:
    """Seconds from each stage's first word to that of the next; the last chapter ends the chapters."""
    told = [one for one in events if one["evenement"] in {"debut", "message", "fin"}]
    if not told:  # an old checkout keeps no journal
        return {}
    times = [datetime.fromisoformat(one["heure"]) for one in told]
    named = {}
    for event, begun, ended in zip(told, times, [*times[1:], times[-1]], strict=True):
        if event["evenement"] != "fin":
            words = event["message"]
            again = f"{words}, second edition" if words in named else words
            named[again] = (ended - begun).total_seconds()
    return named


def pages(folder: Path) -> int:
    """Pages of all that was printed."""
    return sum(len(PdfReader(path).pages) for path in folder.rglob("*.pdf"))


def rows(costs: Mapping[str, Sequence[tuple[Cost, Cost]]]) -> list[str]:
    """One line a checkout: medians of what each round took."""
    lines = [
        "| | wall s | CPU s | CPU s a chapter | CPU s a page of PDF | chapters | pages |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, rounds in costs.items():
        whole, without = zip(*rounds, strict=True)
        chapter = statistics.median(one.cpu / one.chapters for one in without)
        page = statistics.median((one.cpu - bare.cpu) / max(one.pages, 1) for one, bare in rounds)
        wall, cpu = (
            statistics.median(values)
            for values in ([one.wall for one in whole], [one.cpu for one in whole])
        )
        lines.append(
            f"| {name} | {wall:.1f} | {cpu:.1f} | {chapter:.2f} | {page:.2f} | {whole[0].chapters} | {whole[0].pages} |"
        )
    if OTHER in costs:
        pairs = [(ours[0], other[0]) for ours, other in zip(costs[OURS], costs[OTHER], strict=True)]
        walls, cpus = (
            [getattr(a, of) / getattr(b, of) for a, b in pairs] for of in ("wall", "cpu")
        )
        lines.append(
            f"| ratio | {statistics.median(walls):.2f} | {statistics.median(cpus):.2f} | | | | |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", nargs="?", type=Path, help="another checkout of the project")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--checks", action="store_true", help="the CPU of the checks alone")
    options = parser.parse_args()
    checkouts = {OURS: ROOT} | ({OTHER: options.other.resolve()} if options.other else {})
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for place in (
        Path(sys.prefix) / "lib",
        *(checkout / "rlpipeline" for checkout in checkouts.values()),
    ):
        compileall.compile_dir(place, quiet=2)
    if options.checks:
        rounds = [
            [checks(checkout) for checkout in checkouts.values()] for _ in range(options.rounds)
        ]
        for name, taken in zip(checkouts, zip(*rounds, strict=True), strict=True):
            print(f"{name}: {statistics.median(taken):.2f} s of CPU in the checks")
        print(
            f"ratio: {statistics.median(ours / other for ours, *others in rounds for other in others):.2f}"
        )
        return
    costs: dict[str, list[tuple[Cost, Cost]]] = {name: [] for name in checkouts}
    for _ in range(options.rounds):
        for name, checkout in checkouts.items():
            costs[name].append((build(checkout), build(checkout, "--sans-pdf")))
    machine = (
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    )
    print(f"{options.rounds} rounds, {machine}.\n")
    print("\n".join([*rows(costs), "", "| stage | wall s |", "|---|--:|"]))
    for stage in costs[OURS][0][0].stages:
        print(
            f"| {stage} | {statistics.median(one.stages.get(stage, 0.0) for one, _ in costs[OURS]):.1f} |"
        )


if __name__ == "__main__":
    main()
