"""Random valid services, year after year, of which none may stop: ``python -m benchmarks.random_services``.

Each has 20 to 400 young people, one to six communes, two years, some tables missing, kept in part or begun the second
year. Both years are counted, checked, protected, attacked and noted in the ledger, without a chapter. With ``--builds``
the commands that a service types are run instead: ``build`` of both editions and ``share``, of one year, then of the
next. ``--seeds 0:200`` are those tried.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from rlpipeline import cli
from rlpipeline.demo import write_demo
from rlpipeline.errors import RlpipelineError
from rlpipeline.records.store import open_records
from rlpipeline.settings.models import load_service
from tests.checks.arithmetic.made import made
from tests.figures.stored import count_year
from tests.protection.life import PROTECTED, Life

YEARS = (2022, 2023)
LEAST, MOST, COMMUNES = 20, 400, 6
MISSING, BEGUN = 0.1, 0.1
"""Of ten tables, one is missing and another is kept in the last year alone."""
NEEDED = frozenset({"jeunes", "suivis"})
THINNED = (
    "temps",
    "demandes",
    "presences",
    "actions",
    "problematiques",
    "diagnostics",
    "partenaires",
    "territoires",
)
KEYS = (("id_jeune", "jeunes"), ("id_suivi", "suivis"), ("id_action", "actions"))
Tables = dict[str, pd.DataFrame]


def write_service(folder: Path, seed: int) -> str:
    """Write ``source/`` and ``params/`` of a random valid service; say what it is."""
    draw = np.random.default_rng(seed)
    communes, young = int(draw.integers(1, COMMUNES + 1)), int(draw.integers(LEAST, MOST + 1))
    write_demo(folder, communes, YEARS, seed)
    paths = sorted((folder / "source").glob("*.csv"))
    tables = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths}
    tables["jeunes"] = _some(draw, tables["jeunes"], young)
    for name in THINNED:
        tables[name] = _some(draw, tables[name], int(len(tables[name]) * draw.uniform(0.05, 1)))
    gone = [name for name in tables if name not in NEEDED and draw.random() < MISSING]
    begun = [name for name in tables if name not in NEEDED and draw.random() < BEGUN]
    tables = _consistent({name: frame for name, frame in tables.items() if name not in gone}, begun)
    for path in paths:
        path.unlink()
        if path.stem in tables:
            tables[path.stem].to_csv(path, index=False)
    return f"{len(tables['jeunes'])} jeunes, {communes} communes, sans {gone}, depuis peu {begun}"


def _some(draw: np.random.Generator, frame: pd.DataFrame, most: int) -> pd.DataFrame:
    kept = draw.permutation(len(frame))[: max(1, most)]
    return frame.iloc[np.sort(kept)]


def _consistent(tables: Tables, begun: list[str]) -> Tables:
    """Leave the first year out of some tables, then every row whose person, follow-up or action is not there."""
    for name in begun:
        if name in tables and {"annee", "date"} & {*tables[name]}:
            day = tables[name]["annee" if "annee" in tables[name] else "date"]
            tables[name] = tables[name][day.str[:4] == str(YEARS[-1])]
    for key, owner in KEYS:
        known = tables[owner][key] if owner in tables else ()
        for name, frame in tables.items():
            if key in frame and name != owner:
                tables[name] = frame[frame[key].isin(known)]
    return tables


def count(folder: Path) -> Iterator[str]:
    """Count both years, check them, protect and attack each with what was released; give what is wrong."""
    service = load_service(folder / "params")
    records, life = open_records(str(folder / "source"), service), Life(folder)
    for year in YEARS:
        counted = count_year(records, year, service)
        wrong = [
            finding
            for finding in made(records, service, year, counted=counted).findings()
            if finding.blocking
        ]
        yield from (
            f"{year} : {one.message} {one.first} {one.first_value} {one.second_value}"
            for one in wrong[:3]
        )
        exact = {of: table.figures for of, table in counted.items() if of[0] in PROTECTED}
        attacked = life.share(year, exact).attacked
        if not attacked.passed:
            yield f"{year} : {attacked.contradiction} {' '.join(map(str, attacked.failures[:3]))}"


def publish(folder: Path) -> Iterator[str]:
    """Type the commands of both years; give what one that stops says."""
    places = ["--source", "source", "--params", "params", "--sans-pdf"]
    read = ["relire", "--params", "params", "--tout-lu", "--par", "Lecteur fictif"]
    for year in map(str, YEARS):
        for command in (["build", *places], read, ["share", "--params", "params", "--oui"]):
            said = io.StringIO()
            with (
                contextlib.chdir(folder),
                contextlib.redirect_stdout(said),
                contextlib.redirect_stderr(said),
            ):
                code = cli.main([*command, "--out", "outputs", "--year", year])
            if code:
                yield f"{year} : {command[0]} {code}\n{said.getvalue()[-1500:]}"
                return


def attempt(seed: int, builds: bool = False) -> tuple[str, str]:
    """Make a service and take it all the way; say what it is and why it stopped, nothing where it did not."""
    with tempfile.TemporaryDirectory() as folder:
        service = write_service(Path(folder), seed)
        try:
            return service, "\n".join((publish if builds else count)(Path(folder)))
        except (RlpipelineError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            return service, f"{type(error).__name__} : {error}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:200")
    parser.add_argument("--builds", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    seeds, stopped = range(*map(int, options.seeds.split(":"))), 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for seed, (service, why) in zip(
            seeds, pool.map(partial(attempt, builds=options.builds), seeds), strict=True
        ):
            stopped += bool(why)
            print(f"{seed:5} {service} : {why or 'fait'}", flush=True)
    print(f"{len(seeds)} services, {stopped} arrêtés")


if __name__ == "__main__":
    main()
