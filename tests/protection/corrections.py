"""Corrections of one young person, of every kind, on made-up services; what each leaves of both years shared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlpipeline.demo import write_demo
from rlpipeline.figures import PROTECTED_UNITS
from rlpipeline.protection.releases import last_released, read_releases, written
from tests.protection.life import Life, Released, Row

YEARS = (2022, 2023)
Tables = Mapping[str, list[Row]]
Correction = Callable[[Tables, str, np.random.Generator], None]
FROM = "id_jeune"


def _of(tables: Tables, table: str, who: str) -> list[Row]:
    return [row for row in tables[table] if row[FROM] == who]


def removed(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """Somebody had never been there, nor what is theirs."""
    gone = {row["id_suivi"] for row in _of(tables, "suivis", who)}
    for rows in tables.values():
        rows[:] = [
            row for row in rows if row.get(FROM) != who and row.get("id_suivi", "") not in gone
        ]


def added(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """Somebody is there who was forgotten, like another."""
    for name in ("jeunes", "suivis", "situations"):
        twins = [{**row, FROM: "J-999001"} for row in _of(tables, name, who)]
        for rank, row in enumerate(twins):
            row.update({"id_suivi": f"S-99900{rank}"} if "id_suivi" in row else {})
        tables[name].extend(twins)


def of_other_sex(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """The sex was another."""
    for row in _of(tables, "jeunes", who):
        row["sexe"] = "F" if row["sexe"] == "G" else "G"


def older(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """The age band was another."""
    for row in _of(tables, "jeunes", who):
        row["date_naissance"] = str(int(row["date_naissance"][:4]) - int(draw.integers(3, 6)))


def elsewhere(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """The commune was another."""
    communes = [row["commune"] for row in tables["jeunes"]]
    for row in [*_of(tables, "jeunes", who), *_of(tables, "situations", who)]:
        others = sorted({*communes, "hors"} - {row["commune"]})
        row["commune"] = others[int(draw.integers(len(others)))]


def in_other_situation(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """The situation at school was another."""
    for row in _of(tables, "situations", who):
        row["situation"] = "lycee_general" if row["situation"] == "college" else "college"


def met_earlier(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """The first contact was years before."""
    for row in _of(tables, "jeunes", who):
        row["premier_contact"] = f"{YEARS[0] - 3}{row['premier_contact'][4:]}"


def followed_once_more(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """A follow-up had been forgotten."""
    follow_up = {**_of(tables, "suivis", who)[0], "id_suivi": "S-999009"}
    days = {"date_debut": f"{YEARS[0]}-02-03", "date_fin": "", "motif_cloture": ""}
    tables["suivis"].append({**follow_up, **days})


def _any_reason(tables: Tables) -> str:
    return next(row["motif_cloture"] for row in tables["suivis"] if row["motif_cloture"])


def of_other_status(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """The status was another."""
    every = sorted({row["statut"] for row in tables["suivis"]})
    reason = _any_reason(tables)
    for row in _of(tables, "suivis", who):
        row["statut"] = next(status for status in every if status != row["statut"])
        if row["date_fin"] and row["statut"] == "PAEI":
            row["motif_cloture"] = row["motif_cloture"] or reason


def ended(tables: Tables, who: str, draw: np.random.Generator) -> None:
    """The follow-up had ended at the end of the first year."""
    reason = _any_reason(tables)
    for row in _of(tables, "suivis", who):
        row.update(date_fin=f"{YEARS[0]}-12-20", motif_cloture=reason)


EVERY: Mapping[str, Correction] = {
    made.__name__: made
    for made in (
        added,
        removed,
        of_other_sex,
        older,
        elsewhere,
        in_other_situation,
        met_earlier,
        followed_once_more,
        of_other_status,
        ended,
    )
}


@dataclass(frozen=True)
class Corrected:
    """A correction, who differs by it, and what both years then publish."""

    name: str
    first: Released
    after: Released


def small_service(folder: Path, communes: int, young: int, seed: int) -> Life:
    """Write a made-up service of so many young people, which has shared its first year."""
    write_demo(folder, communes, YEARS, seed)
    life, draw = Life(folder), np.random.default_rng(seed)
    followed = sorted({row[FROM] for row in life.rows("suivis") if row["date_debut"] <= "2022-12"})
    kept = {*draw.permutation(followed)[:young].tolist()}
    suivis = {row["id_suivi"] for row in life.rows("suivis") if row[FROM] in kept}

    def some(rows: list[Row]) -> list[Row]:
        return [
            row
            for row in rows
            if row.get(FROM, next(iter(kept))) in kept and row.get("id_suivi", "") in {*suivis, ""}
        ]

    for table in sorted((folder / "source").glob("*.csv")):
        life.change(table.stem, some)
    released = life.share(YEARS[0])
    assert released.attacked.passed
    return life


def corrected(life: Life, number: int, seed: int, folder: Path) -> Iterator[Corrected]:
    """Correct one young person of the first year, as many times, each time from the same records."""
    draw = np.random.default_rng(seed)
    young = sorted(
        {
            row[FROM]
            for row in life.rows("suivis")
            if row["date_debut"] <= "2022-12" and row["date_fin"][:4] in ("", "2022", "2023")
        }
    )
    for rank in range(number):
        name, correction = [*EVERY.items()][rank % len(EVERY)]
        again = life.again(folder / f"{seed}-{rank}")
        tables = {
            path.stem: again.rows(path.stem) for path in (again.folder / "source").glob("*.csv")
        }
        correction(tables, young[int(draw.integers(len(young)))], draw)
        for table, rows in tables.items():
            again.change(table, lambda _, rows=rows: rows)
        yield Corrected(name, again.share(YEARS[0]), again.share(YEARS[1]))


def told(life: Life, made: Corrected) -> list[str]:
    """Say what a correction changed of the first year, or shows between both; nothing where it does not."""
    released = last_released(read_releases(life.ledger))
    persons = released[released["unite"].isin(PROTECTED_UNITS)]
    now = made.first.protected.figures
    wrong = []
    if written(now[now["unite"].isin(PROTECTED_UNITS)]) != written(persons):
        wrong.append("figures of the first year changed")
    for year, of in zip(YEARS, (made.first, made.after), strict=True):
        if not of.attacked.passed:
            wrong.append(f"{year} refused: {of.attacked.contradiction or of.attacked.failures[:1]}")
    wrong += [f"contradiction seen: {row}" for row in made.after.attacked.withdrawn]
    if made.after.protected.figures["etat"].eq("masque").any():
        wrong.append("something masked in the second year")
    return wrong
