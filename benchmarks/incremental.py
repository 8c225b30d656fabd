"""What a build costs when little or nothing changed: ``python benchmarks/incremental.py``.

The demonstration is built afresh, then again after each kind of change, in turn and in the same run, by the command
that a service types. Wall time and CPU are those of the whole process tree, chapters included; what is printed are
medians, and medians of the ratios round by round. Bytecode is compiled first. ``--communes N`` takes a made-up
service of so many communes in its place.
"""

from __future__ import annotations

import argparse
import compileall
import csv
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
YEAR = "2023"
COLD, NOTHING, PANDAS = "everything, from nothing", "nothing changed", 'python -c "import pandas"'


CORRECTED = (("jeunes", "sexe"), ("jeunes", "commune"), ("suivis", "motif_cloture"))
"""What is corrected of a young person, drawn in each round."""


@dataclass(frozen=True)
class Cost:
    """What one command took, and how many chapters it ran."""

    wall_s: float
    cpu_s: float
    chapters: int


@dataclass(frozen=True)
class Place:
    """A copy of the demonstration, to be edited."""

    root: Path
    edition: str

    def build(self) -> Cost:
        command = [
            sys.executable,
            "-m",
            "rlpipeline",
            "build",
            "--sans-pdf",
            "--edition",
            self.edition,
        ]
        command += [
            "--year",
            YEAR,
            "--notebooks",
            str(self.root / "notebooks"),
            "--source",
            str(self.root / "source"),
        ]
        return run(
            [*command, "--params", str(self.root / "params"), "--out", str(self.root / "out")]
        )

    def forget(self) -> None:
        shutil.rmtree(self.root / "out", ignore_errors=True)

    def correct(self, table: str, column: str, chance: random.Random) -> None:
        """Write another value, of those of the column, in the row of a young person followed in the year."""
        followed = {
            row["id_jeune"] for row in self.rows("suivis") if row["date_debut"].startswith(YEAR)
        }
        rows = self.rows(table)
        row = chance.choice([row for row in rows if row["id_jeune"] in followed and row[column]])
        others = sorted({other[column] for other in rows} - {row[column], ""})
        row[column] = chance.choice(others)
        with (self.root / "source" / f"{table}.csv").open(
            "w", encoding="utf-8", newline=""
        ) as stream:
            writer = csv.DictWriter(stream, list(row))
            writer.writeheader()
            writer.writerows(rows)

    def rows(self, table: str) -> list[dict[str, str]]:
        """Read a table of the source, as it is written."""
        with (self.root / "source" / f"{table}.csv").open(
            encoding="utf-8-sig", newline=""
        ) as stream:
            return list(csv.DictReader(stream))

    def edit_a_text(self) -> None:
        path = self.root / "params" / YEAR / "textes" / "perspectives.md"
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write("\nUne phrase de plus.\n")

    def add_blank_lines(self) -> None:
        """Change the source's bytes and nothing that it says."""
        path = self.root / "source" / "jeunes.csv"
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def run(command: Sequence[str]) -> Cost:
    """Run a command to its end; the processes that it started are its own."""
    with tempfile.TemporaryFile() as told:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        words = told.read().decode()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}\n{words}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, words.count(" : terminé ("))


def once(place: Place, chance: random.Random) -> dict[str, Cost]:
    """Make one round."""
    edits: dict[str, Callable[[], None]] = {
        COLD: place.forget,
        NOTHING: lambda: None,
        "the same records, written otherwise": place.add_blank_lines,
        "one text edited": place.edit_a_text,
    }
    for table, column in CORRECTED:
        name = f"one young person corrected, `{column}`"
        edits[name] = partial(place.correct, table, column, chance)
    costs = {}
    for name, edit in edits.items():
        edit()
        costs[name] = place.build()
    costs[PANDAS] = run([sys.executable, "-c", "import pandas"])
    return costs


def report(rounds: Sequence[dict[str, Cost]]) -> str:
    """Write medians, and medians of the ratios round by round, as one Markdown table."""
    cold = rounds[0][COLD].chapters
    lines = [
        f"{cold} chapters, {len(rounds)} rounds, {platform.processor() or platform.machine()}, {os.cpu_count()} "
        f"processors, Linux {platform.release()}, Python {platform.python_version()}.",
        "",
        "| what changed | chapters run | wall s | CPU s | wall / all | CPU / all | wall / import pandas |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in rounds[0]:
        costs = [one[name] for one in rounds]
        cells = [name, f"{statistics.median(one.chapters for one in costs):g}"]
        cells += [f"{statistics.median(one.wall_s for one in costs):.2f}"]
        cells += [f"{statistics.median(one.cpu_s for one in costs):.2f}"]
        cells += [f"{statistics.median(one[name].wall_s / one[COLD].wall_s for one in rounds):.1%}"]
        cells += [f"{statistics.median(one[name].cpu_s / one[COLD].cpu_s for one in rounds):.1%}"]
        cells += [
            f"{statistics.median(one[name].wall_s / one[PANDAS].wall_s for one in rounds):.2f}"
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1, help="of the young persons corrected")
    parser.add_argument("--edition", choices=["interne", "diffusion"], default="interne")
    parser.add_argument(
        "--communes", type=int, help="a made-up service of so many, in place of the demonstration"
    )
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for place in (Path(sys.prefix) / "lib", ROOT / "rlpipeline"):
        compileall.compile_dir(place, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder), options.edition)
        copied = [("notebooks", "notebooks")]
        if options.communes:
            words = [
                "--communes",
                str(options.communes),
                "--years",
                "2022",
                YEAR,
                "--out",
                str(place.root),
            ]
            run([sys.executable, "-m", "rlpipeline", "demo", *words])
        else:
            copied += [("source", "data/exemple"), ("params", "params")]
        for name, source in copied:
            shutil.copytree(ROOT / source, place.root / name)
        chance = random.Random(options.seed)
        print(report([once(place, chance) for _ in range(options.rounds)]))


if __name__ == "__main__":
    main()
