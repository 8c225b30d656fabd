"""Reading and counting many young people, beside plain pandas: ``python benchmarks/records.py``.

Made-up records of ten thousand, a hundred thousand and a million young people (``jeunes``, ``suivis``, ``situations``).
Ours reads and checks them as a build does, then counts the year's tables that are about the young people themselves;
a script that an analyst could write reads the same CSV with pandas, with the same types, looks for duplicate keys,
broken references and dates out of order, and counts the same.
Each runs in a process of its own, in turn; CPU and wall time are of the whole process, the peak memory is the kernel's
(``VmHWM``). Both must find the same counts.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
SIZES = (10_000, 100_000, 1_000_000)
YEAR = 2023
SEED = 20231231
TABLES = ("travail_de_rue", "accompagnes", "situations", "communes", "durees", "clotures")

PEAK = """
import json, pathlib
status = pathlib.Path("/proc/self/status").read_text()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
print(json.dumps({"peak_kb": peak, "counts": counts}))
"""

OURS = f"""
import sys
from pathlib import Path
from rlpipeline.figures import Scope
from rlpipeline.our_notebooks import OURS
from rlpipeline.figures.notebook import counts_of
from rlpipeline.settings.models import load_service
from rlpipeline.records.store import open_records
service = load_service(Path({str(ROOT / "params")!r}))
source = counts_of(open_records(sys.argv[1], service), service, ({YEAR},), OURS)
scope = Scope({YEAR}, "service", service)
tables = [source.figures(name, scope) for name in {TABLES}]
counts = {{
    f"{{one.indicateur}}/{{one.ligne}}/{{one.colonne}}": int(one.valeur)
    for table in tables for one in table.itertuples() if one.valeur
}}
"""

PANDAS = f"""
import sys
import pandas as pd
place, year = sys.argv[1], {YEAR}
first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
people = pd.read_csv(
    f"{{place}}/jeunes.csv", dtype={{"id_jeune": str, "sexe": str, "commune": str}},
    parse_dates=["date_naissance", "premier_contact"],
)
plans = pd.read_csv(
    f"{{place}}/suivis.csv", dtype={{"id_suivi": str, "id_jeune": str, "statut": str, "motif_cloture": str}},
    parse_dates=["date_debut", "date_fin"],
)
lived = pd.read_csv(f"{{place}}/situations.csv", dtype={{"id_jeune": str, "situation": str, "commune": str}})
wrong = [
    people["id_jeune"].duplicated(), plans["id_suivi"].duplicated(), lived.duplicated(["id_jeune", "annee"]),
    ~plans["id_jeune"].isin(people["id_jeune"]), ~lived["id_jeune"].isin(people["id_jeune"]),
    plans["date_fin"] < plans["date_debut"], ~people["sexe"].isin(["F", "G", "NR"]),
    plans["date_fin"].notna() & (plans["statut"] == "PAEI") & plans["motif_cloture"].isna(),
]
assert not any(rows.any() for rows in wrong)
born = people["date_naissance"].dt.year
bands = ["moins_11", "11_14", "15_18", "19_21", "plus_21"]
people["age"] = pd.cut(year - born, [-1, 10, 14, 18, 21, 200], labels=bands)
lived = lived[lived["annee"] == year].set_index("id_jeune")
people["lieu"] = people["id_jeune"].map(lived["commune"]).fillna(people["commune"])
people["situation"] = people["id_jeune"].map(lived["situation"]).fillna("non_renseignee")
plans["actif"] = (plans["date_debut"] <= last) & (plans["date_fin"].isna() | (plans["date_fin"] >= first))
paei = plans[plans["statut"] == "PAEI"]
active = paei[paei["actif"]]
end = active["date_fin"].where(active["date_fin"] <= last, last)
start = active["date_debut"]
day = start.dt.day.clip(upper=end.dt.days_in_month)
months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month - (end.dt.day < day)
longest = months.groupby(active["id_jeune"]).max()
begun = paei.groupby("id_jeune")["date_debut"].min()
met = people[people["id_jeune"].isin(plans.loc[plans["actif"], "id_jeune"])]
followed = people[people["id_jeune"].isin(active["id_jeune"])].copy()
followed["duree"] = pd.cut(
    followed["id_jeune"].map(longest), [-1, 5, 11, 23, 9999],
    labels=["moins_6_mois", "6_11_mois", "12_23_mois", "24_mois_plus"],
)
first_years = followed["id_jeune"].map(begun).dt.year
counts = {{}}

def told(table, series):
    for (line, column), number in series.items():
        counts[f"{{table}}/{{line}}/{{column}}"] = int(number)

def by_sex(table, rows, new):
    told(table, rows.groupby(["age", "sexe"], observed=True).size())
    for column, kept in (("total", rows), ("nouveaux", rows[new])):
        told(table, {{(line, column): number for line, number in kept["age"].value_counts().items()}})
        told(table, {{("total", column): len(kept)}})
    told(table, {{("total", column): number for column, number in rows["sexe"].value_counts().items()}})

def by_age(table, line):
    told(table, followed.groupby([line, "age"], observed=True).size())
    told(table, {{(one, "total"): number for one, number in followed[line].value_counts().items()}})
    told(table, {{("total", one): number for one, number in followed["age"].value_counts().items()}})
    told(table, {{("total", "total"): len(followed)}})

by_sex("travail_de_rue", met, met["premier_contact"].dt.year == year)
by_sex("accompagnes", followed, first_years == year)
for table, line in (("situations", "situation"), ("communes", "lieu"), ("durees", "duree")):
    by_age(table, line)
closed = paei[(paei["date_fin"].dt.year == year) & (paei["motif_cloture"] != "changement_statut")]
told("clotures", {{(one, "nombre"): number for one, number in closed["motif_cloture"].value_counts().items()}})
told("clotures", {{("total", "nombre"): len(closed)}})
counts = {{key: number for key, number in counts.items() if number}}
"""


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def write(folder: Path, people: int) -> Path:
    """Write made-up records of so many young people, each followed once or twice."""
    place = folder / str(people)
    place.mkdir()
    draw = np.random.default_rng(SEED)
    ids = np.array([f"J{number:07}" for number in range(people)])
    first = days(draw.integers(0, 2000, people), "2018-01-01")
    jeunes = {
        "id_jeune": ids,
        "sexe": draw.choice(["F", "G"], people),
        "date_naissance": days(draw.integers(0, 5800, people), "1998-01-01"),
        "commune": draw.choice(["62215", "62250", "62637", "62907"], people),
        "premier_contact": first,
    }
    pd.DataFrame(jeunes).to_csv(place / "jeunes.csv", index=False)
    whose = np.concatenate([np.arange(people), draw.integers(0, people, people // 4)])
    plans(draw, ids[whose], pd.to_datetime(first)[whose]).to_csv(place / "suivis.csv", index=False)
    noted = draw.random(people) < 0.9
    words = [
        "college",
        "lycee_general",
        "lycee_professionnel",
        "descolarise",
        "recherche_emploi",
        "formation",
    ]
    situations = {
        "id_jeune": ids[noted],
        "annee": YEAR,
        "situation": draw.choice(words, noted.sum()),
        "commune": "",
    }
    pd.DataFrame(situations).to_csv(place / "situations.csv", index=False)
    return place


def plans(draw: np.random.Generator, ids: np.ndarray, known: pd.DatetimeIndex) -> pd.DataFrame:
    """Make up follow-ups that begin at the first contact; two thirds are over."""
    status = draw.choice(["PAEI", "ASEP", "ACCROCHE"], len(ids), p=[0.6, 0.2, 0.2])
    status[pd.Series(ids).duplicated() & (status == "PAEI")] = (
        "ASEP"  # nobody has two plans at once
    )
    end = pd.Series(
        (known + pd.to_timedelta(draw.integers(30, 1500, len(ids)), unit="D")).strftime("%Y-%m-%d")
    )
    over = draw.random(len(ids)) < 2 / 3
    why = draw.choice(
        ["orientation", "difficulte_mobilisation", "amelioration_situation"], len(ids)
    )
    columns = {
        "id_suivi": [f"S{number:07}" for number in range(len(ids))],
        "id_jeune": ids,
        "statut": status,
        "date_debut": known.strftime("%Y-%m-%d"),
        "date_fin": end.where(over, ""),
        "motif_cloture": pd.Series(why).where(over & (status == "PAEI"), ""),
    }
    return pd.DataFrame(columns)


def days(numbers: np.ndarray, start: str) -> np.ndarray:
    """Write days from one on."""
    return (
        (pd.Timestamp(start) + pd.to_timedelta(numbers, unit="D")).strftime("%Y-%m-%d").to_numpy()
    )


def run(program: str, place: Path) -> tuple[Cost, Mapping[str, int]]:
    """Run a program in a process of its own; what it counted, and what it took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-c", program + PEAK, str(place)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    told = json.loads(done.stdout)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, told["peak_kb"] / 1024), told["counts"]


def once(place: Path) -> tuple[Cost, Cost]:
    """Run both, and stop unless they count the same."""
    ours, theirs = run(OURS, place), run(PANDAS, place)
    if ours[1] != theirs[1]:
        apart = sorted(set(ours[1].items()) ^ set(theirs[1].items()))
        raise SystemExit(f"the counts differ: {apart[:10]}")
    return ours[0], theirs[0]


def line(people: int, size_mb: float, rounds: Sequence[tuple[Cost, Cost]]) -> str:
    """Write medians, and medians of the ratios round by round."""
    cells = [f"{people:,}", f"{size_mb:.0f}"]
    for what, digits in (("wall_s", 2), ("cpu_s", 2), ("peak_mb", 0)):
        pairs = [(getattr(ours, what), getattr(theirs, what)) for ours, theirs in rounds]
        for index in (0, 1):
            cells.append(f"{statistics.median(pair[index] for pair in pairs):.{digits}f}")
        cells.append(f"**{statistics.median(ours / theirs for ours, theirs in pairs):.2f}**")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--people", type=int, nargs="+", default=list(SIZES))
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for place in (Path(sys.prefix) / "lib", ROOT / "rlpipeline"):
        compileall.compile_dir(place, quiet=2)
    print(
        f"{options.rounds} round(s), {platform.machine()}, {os.cpu_count()} processors, Linux {platform.release()}, "
        f"Python {platform.python_version()}, pandas {pd.__version__}.\n"
    )
    heads = [
        f"{what}, {who}"
        for what in ("wall s", "CPU s", "peak MB")
        for who in ("ours", "pandas", "ratio")
    ]
    print(f"| young people | CSV MB | {' | '.join(heads)} |\n{'|---' * 11}|")
    with tempfile.TemporaryDirectory() as folder:
        for people in options.people:
            place = write(Path(folder), people)
            size = sum(path.stat().st_size for path in place.iterdir()) / 1e6
            print(line(people, size, [once(place) for _ in range(options.rounds)]), flush=True)


if __name__ == "__main__":
    main()
