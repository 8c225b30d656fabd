"""The records' rules, as a table: ``rules.yml`` lays rows on a small source, and says each finding."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

import rlpipeline
from rlpipeline.records import database
from rlpipeline.records.findings import CODES

TABLE = yaml.safe_load((Path(__file__).parent / "rules.yml").read_text("utf-8"))
LONG = "x" * 40_000


def lay(rule: dict[str, Any], folder: Path) -> Path:
    """Write the source of a rule: a folder of CSV, a workbook or a database."""
    added, left_out = rule.get("rows", {}), rule.get("without", ())
    tables = {
        name: [*lines, *added.get(name, ())]
        for name, lines in TABLE["tables"].items()
        if name not in left_out
    }
    laid = {
        name: lines for name, lines in tables.items() if len(lines) > 1 or name in sheets_of(rule)
    }
    if sheets_of(rule):
        return lay_workbook(rule, laid, folder / "source.xlsx")
    if "view" in rule:
        return lay_database(rule["view"], laid, folder / "source.sqlite")
    files = {
        f"{name}.csv": "\n".join([*lines, ""]).replace("…", LONG) for name, lines in laid.items()
    }
    for name, text in {**files, **rule.get("files", {})}.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            text, rule.get("encoding", "utf-8") if name in rule.get("files", {}) else "utf-8"
        )
    return folder / "source"


def sheets_of(rule: dict[str, Any]) -> set[str]:
    """Name the sheets that a rule changes."""
    return {
        place.partition("!")[0]
        for key in ("cells", "merged", "hidden")
        for place in listed(rule.get(key, ()))
    }


def listed(places: Any) -> list[str]:
    return [places] if isinstance(places, str) else [*places]


def lay_workbook(rule: dict[str, Any], tables: dict[str, list[str]], path: Path) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in tables.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line.split(","))
    for place, value in rule.get("cells", {}).items():
        name, _, cell = place.partition("!")
        book[name][cell] = value
    for place in listed(rule.get("merged", ())):
        book[place.partition("!")[0]].merge_cells(place.partition("!")[2])
    for name in listed(rule.get("hidden", ())):
        book[name].sheet_state = "hidden"
    book.save(path)
    return path


def lay_database(view: str, tables: dict[str, list[str]], path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        for name, (header, *lines) in tables.items():
            connection.execute(
                f"CREATE TABLE {name} ({', '.join(f'{column} TEXT' for column in header.split(','))})"
            )
            for line in lines:
                cells = line.split(",")
                connection.execute(
                    f"INSERT INTO {name} VALUES ({', '.join('?' * len(cells))})", cells
                )
        connection.execute(f"CREATE VIEW {view}")
    return path


@pytest.mark.parametrize("name", TABLE["rules"])
def test_a_rule(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, rule = name[:4], TABLE["rules"][name]
    monkeypatch.setattr(database, "MAX_CELLS", 800)
    monkeypatch.setattr(database, "ROWS_AT_ONCE", 100)
    params = {
        "service.yml": TABLE["service"],
        "2023/rapport.yml": TABLE["report"],
        **rule.get("params", {}),
    }
    for file, text in params.items():
        (tmp_path / "params" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "params" / file).write_text(text, "utf-8")
    findings = rlpipeline.check(str(lay(rule, tmp_path)), str(tmp_path / "params"))
    places = [
        " ".join(str(part or "-") for part in (f.code, f.table, f.ligne, f.colonne))
        for f in findings
    ]
    absent = [place for place in places if place.startswith("I001")]
    assert [place for place in places if place not in absent] == [
        f for f in rule["found"] if f not in absent
    ]
    assert set(rule["found"]) <= set(places)
    assert any(place.startswith(code) for place in rule["found"])


def test_every_code_is_in_the_table() -> None:
    laid = {name[:4] for name in TABLE["rules"]}
    assert sorted([*laid, *TABLE["measured"]]) == sorted(CODES)
