"""How a build grows with the number of communes, and on dask workers: ``python benchmarks/communes.py``.

Made-up services of more and more communes, then one of them on one and two dask workers, each built from nothing by
the command that a service types, in turn in the same run. Wall time and CPU of the whole process tree (on workers,
theirs too), the peak memory of the build's own process and the size of what is published; ratios to the second size,
round by round. ``--once N`` measures one size alone, on any editions.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import os
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZES = (10, 50, 200)
ON_WORKERS = 10
BUILD = """
import resource, sys
from rlpipeline.cli import main
code = main(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""


@dataclass(frozen=True)
class Cost:
    """What one build took; ``peak_mb`` is of the build's own process, ``size_mb`` of what is published."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    size_mb: float
    chapters: int


def demo(folder: Path, communes: int) -> Path:
    """Write the records of a made-up service of so many communes, once."""
    place = folder / f"demo-{communes}"
    if not place.exists():
        words = [
            "demo",
            "--communes",
            str(communes),
            "--years",
            "2022",
            "2023",
            "--out",
            str(place),
        ]
        subprocess.run(
            [sys.executable, "-m", "rlpipeline", *words],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return place


def build(place: Path, editions: Sequence[str], more: Sequence[str] = ()) -> Cost:
    """Build from nothing, and keep nothing."""
    out = place / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = [
        sys.executable,
        "-c",
        BUILD,
        "build",
        "--sans-pdf",
        "--year",
        "2023",
        "--notebooks",
        "notebooks",
    ]
    command += [
        "--source",
        str(place / "source"),
        "--params",
        str(place / "params"),
        "--out",
        str(out),
        *more,
    ]
    command += ["--edition", *editions] if len(editions) == 1 else []
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"exit code {done.returncode}\n{done.stderr[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = sum(path.stat().st_size for path in (out / "2023").rglob("*") if path.is_file())
    peak = int(done.stdout.rsplit("peak", 1)[1]) / 1024
    return Cost(wall, cpu, peak, size / 1e6, done.stderr.count(" : terminé ("))


@contextlib.contextmanager
def cluster(workers: int, folder: Path) -> Iterator[str]:
    """Run a scheduler and workers of two chapters each on this machine; give the scheduler's address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    scheduler = [*dask, "scheduler", "--port", port, "--no-dashboard", "--no-jupyter"]
    worker = [*dask, "worker", address, "--no-nanny", "--nthreads", "2"]
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [
        subprocess.Popen([*command, "--host", "127.0.0.1"], **quiet)
        for command in (scheduler, *[worker] * workers)
    ]
    try:
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(60)


def on_workers(folder: Path, workers: int) -> Cost:
    """Build the smallest service on workers; their CPU, the loading of their libraries included, is counted too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with cluster(workers, folder) as address:
        cost = build(demo(folder, ON_WORKERS), ("interne",), ("--cluster", address))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cost.wall_s, cpu, cost.peak_mb, cost.size_mb, cost.chapters)


def table(rounds: Sequence[dict[str, Cost]], reference: str) -> str:
    """Write medians, and medians of the ratios to one line round by round, as one Markdown table."""
    lines = [
        f"{len(rounds)} round(s), {platform.machine()}, {os.cpu_count()} processors, Linux {platform.release()}, "
        f"Python {platform.python_version()}.",
        "",
        "| service | chapters | wall s | CPU s | peak MB of the build | published MB "
        f"| wall / {reference} | CPU / {reference} |",
        "|---" * 8 + "|",
    ]
    for name in rounds[0]:
        costs = [one[name] for one in rounds]
        cells = [name, str(costs[0].chapters)]
        for what, digits in (("wall_s", 1), ("cpu_s", 1), ("peak_mb", 0), ("size_mb", 0)):
            cells.append(f"{statistics.median(getattr(one, what) for one in costs):.{digits}f}")
        for what in ("wall_s", "cpu_s"):
            ratios = [getattr(one[name], what) / getattr(one[reference], what) for one in rounds]
            cells.append(f"{statistics.median(ratios):.2f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def once(folder: Path, sizes: Sequence[int], workers: Sequence[int]) -> dict[str, Cost]:
    """Make one round."""
    costs = {f"{size} communes": build(demo(folder, size), ("interne",)) for size in sizes}
    return costs | {
        f"{ON_WORKERS} communes, {n} dask worker(s)": on_workers(folder, n) for n in workers
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--communes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument(
        "--once", type=int, metavar="N", help="one service of N communes, both editions unless said"
    )
    parser.add_argument(
        "--edition", choices=["interne", "diffusion"], nargs="+", default=["interne", "diffusion"]
    )
    parser.add_argument("--folder", type=Path, help="keep the made-up records here")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for place in (Path(sys.prefix) / "lib", ROOT / "rlpipeline"):
        compileall.compile_dir(place, quiet=2)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.once:
            name = f"{options.once} communes, {' and '.join(options.edition)}"
            print(table([{name: build(demo(folder, options.once), options.edition)}], name))
            return
        rounds = [once(folder, options.communes, options.workers) for _ in range(options.rounds)]
        names = [*rounds[0]]
        print(table(rounds, names[min(1, len(options.communes) - 1)]))


if __name__ == "__main__":
    main()
