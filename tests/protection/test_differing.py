"""Who differs between two states of the records: counted by private digests; normal life does not count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.demo import write_demo
from rlpipeline.errors import SettingsError
from rlpipeline.pipeline.differing import (
    Differing,
    again_of,
    differing,
    digested,
    digests_path,
    forget,
    persons_of,
    read_digests,
)
from rlpipeline.protection.again import Again
from rlpipeline.records.frames import Records
from rlpipeline.records.store import open_records
from rlpipeline.settings.models import Service, load_service
from tests.protection.life import KEY, Life, Row
from tests.protection.made import release_of

YEAR = 2022
LAST = f"{YEAR}-12-31"
RULES = {"seuil": 5, "classes": {}}


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A made-up service of two communes and two years."""
    folder = tmp_path_factory.mktemp("differents")
    write_demo(folder, communes=2, years=(YEAR, YEAR + 1), seed=7)
    return Life(folder)


@pytest.fixture
def life(made_up: Life, tmp_path: Path) -> Life:
    """A copy that a test may change."""
    return made_up.again(tmp_path / "vie")


def _found(before: Life, after: Life, tables: tuple[str, ...] = ()) -> Differing:
    was, now = (
        digested(persons_of(_records(life), YEAR, _service(life)), YEAR, KEY, tables)
        for life in (before, after)
    )
    return differing(was, now)


def _service(life: Life) -> Service:
    return load_service(life.params)


def _records(life: Life) -> Records:
    return open_records(str(life.folder / "source"), _service(life))


def _as_it_was(life: Life) -> None:
    """Take the records back to the end of the year: later rows are gone, follow-ups go on, residences are of then."""
    names = [path.stem for path in (life.folder / "source").glob("*.csv")]
    tables = {name: [row for row in life.rows(name) if _is_of_then(row)] for name in names}
    for key, owner in (("id_jeune", "jeunes"), ("id_suivi", "suivis"), ("id_action", "actions")):
        known = {row[key] for row in tables[owner]}
        for rows in tables.values():
            rows[:] = [row for row in rows if key not in row or row[key] in known]
    lived = {
        row["id_jeune"]: row["commune"] for row in tables["situations"] if row["annee"] == str(YEAR)
    }
    for row in tables["suivis"]:
        if row["date_fin"] > LAST:
            row.update(date_fin="", motif_cloture="")
    for row in tables["jeunes"]:
        row["commune"] = lived.get(row["id_jeune"]) or row["commune"]
    for name, rows in tables.items():
        life.change(name, lambda _, rows=rows: rows)


def _is_of_then(row: Row) -> bool:
    days = (row.get(day, "") for day in ("date", "date_debut", "premier_contact"))
    return row.get("annee", "0") <= str(YEAR) and all(day <= LAST for day in days)


@pytest.mark.parametrize("service", ["made up", "demonstration"])
def test_a_year_of_normal_life_changes_nobody(
    service: str, made_up: Life, root: Path, tmp_path: Path
) -> None:
    now = made_up
    if service == "demonstration":
        now = Life.copied(root / "data" / "exemple", root / "params", tmp_path / "exemple")
    before = now.again(tmp_path / "avant")
    _as_it_was(before)
    assert before.rows("suivis") != now.rows("suivis")
    found = _found(before, now)
    assert found.number == 0 and not found.places


def _first(life: Life) -> str:
    return next(
        row["id_jeune"]
        for row in life.rows("suivis")
        if row["date_debut"] < "2022-06" and not row["date_fin"]
    )


def _set(table: str, key: str = "id_jeune", **values: str) -> Callable[[Life], None]:
    def change(life: Life) -> None:
        who = _first(life)

        def changed(row: Row) -> Row:
            return {**row, **values} if row[key] == who and not row.get("date_fin") else row

        life.change(table, lambda rows: map(changed, rows))

    return change


@pytest.mark.parametrize(
    ("change", "number"),
    [
        (_set("jeunes", sexe="NR"), 1),
        (_set("jeunes", date_naissance="1999"), 1),
        (_set("jeunes", quartier="Ailleurs", qpv="oui"), 0),
        (_set("suivis", educateur="EDU-77"), 0),
        (_set("suivis", date_fin="2022-11-30", motif_cloture="orientation"), 1),
        (_set("suivis", date_fin="2023-11-30", motif_cloture="orientation"), 0),
        (lambda life: life.change("demandes", lambda rows: rows[1:]), 1),
        (lambda life: life.change("participations", _three_more), 3),
        (lambda life: life.change("temps", lambda rows: rows[10:]), 0),
    ],
)
def test_what_counts_is_what_figures_about_persons_are_made_of(
    change: Callable[[Life], None], number: int, made_up: Life, life: Life
) -> None:
    change(life)
    assert _found(made_up, life).number == number


def _three_more(rows: list[Row]) -> list[Row]:
    return [{**rows[0], "nombre": str(int(rows[0]["nombre"]) + 3)}, *rows[1:]]


def test_a_table_entered_since_does_not_count(made_up: Life, life: Life) -> None:
    life.change("presences", lambda rows: [])
    was = digested(persons_of(_records(life), YEAR, _service(life)), YEAR, KEY)
    now = digested(persons_of(_records(made_up), YEAR, _service(life)), YEAR, KEY, was.tables)
    assert differing(was, now).number == 0
    assert _found(life, made_up).number > 5


def _moved(life: Life, number: int) -> list[str]:
    """Somebody of the first commune is of the other sex, as many times."""
    place = _service(life).commune_codes[0]
    active = {
        row["id_jeune"]
        for row in life.rows("suivis")
        if row["date_debut"] < LAST and not row["date_fin"]
    }
    rows = life.rows("jeunes")
    chosen = [
        row["id_jeune"] for row in rows if row["id_jeune"] in active and row["commune"] == place
    ][:number]
    life.change(
        "jeunes",
        lambda rows: [{**row, "sexe": "NR"} if row["id_jeune"] in chosen else row for row in rows],
    )
    return chosen


def _kept(life: Life) -> None:
    persons = persons_of(_records(life), YEAR, _service(life))
    life.ledger.mkdir(parents=True, exist_ok=True)
    content = digested(persons, YEAR, KEY).written()
    digests_path(life.ledger, YEAR).write_text(content, encoding="utf-8")


def _again(life: Life, key: bytes | None = KEY) -> Again:
    release = release_of(f"{YEAR}-01", "2023-02-01", pd.DataFrame(), RULES)
    service = _service(life)
    persons = persons_of(_records(life), YEAR, service)
    again = again_of([release], life.ledger, YEAR, persons, service, key)
    assert again
    return again


def test_from_five_on_the_service_and_the_commune_withdraw(life: Life) -> None:
    _kept(life)
    commune = _service(life).commune_codes[0]
    _moved(life, 4)
    assert (_again(life).differing, _again(life).withdrawn) == (4, frozenset())
    _moved(life, 5)
    assert (_again(life).differing, _again(life).withdrawn) == (5, {"service", commune})


def test_nobody_can_count_without_digests_or_their_key(life: Life) -> None:
    assert _again(life).differing is None
    _kept(life)
    assert _again(life).differing == 0
    assert _again(life, None).differing is None and _again(life, b"another").differing is None


def test_who_is_forgotten_leaves_one_more_that_differs(life: Life) -> None:
    _kept(life)
    path = digests_path(life.ledger, YEAR)
    who, before = _first(life), read_digests(path)
    assert forget(life.ledger, who, KEY) == (path,)
    assert forget(life.ledger, who, KEY) == ()
    after = read_digests(path)
    assert before and after and len(before.persons) == len(after.persons) + 1
    for table in ("jeunes", "suivis", "situations", "presences", "co_accompagnements"):
        life.change(table, lambda rows: [row for row in rows if row["id_jeune"] != who])
    follow_ups = {row["id_suivi"] for row in life.rows("suivis")}
    for table in ("problematiques", "orientations"):
        life.change(table, lambda rows: [row for row in rows if row["id_suivi"] in follow_ups])
    assert _again(life).differing == 1


def test_a_damaged_file_is_refused(life: Life) -> None:
    _kept(life)
    path = digests_path(life.ledger, YEAR)
    assert read_digests(path).written() == path.read_text(encoding="utf-8")
    assert who_is_told(path, life) == []
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(SettingsError, match="empreintes"):
        read_digests(path)


def who_is_told(path: Path, life: Life) -> list[str]:
    """Find what of the records is in the file as it is."""
    content = path.read_text(encoding="utf-8")
    named = {row["id_jeune"] for row in life.rows("jeunes")} | {*_service(life).commune_codes}
    return [text for text in named if f'"{text}' in content]
