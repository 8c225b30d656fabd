"""The same records give the same bytes, whatever surrounds the build.

What is slow builds again what ``hostile/test_canaries.py`` reads, and alone shows what of a person's machine, or of the
day, gets into pages and notebooks.
"""

from __future__ import annotations

import csv
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from rlpipeline.french import day
from rlpipeline.records.tables import TABLES
from tests.hostile.planted_words import Planted
from tests.publications import contents_of, differences, published, traces
from tests.records.writers import Cell, write_xlsx

KINDS = {column.name: column.kind for table in TABLES for column in table.columns}
FAKETIME = [path / "libfaketimeMT.so.1" for path in Path("/usr/lib").glob("*/faketime")]
DAYS = 500
SOMEBODY = "etienne-loutre"
"""A user's name that no publication has a reason to hold."""
MATPLOTLIBRC = """
font.family: serif
font.size: 20
figure.dpi: 300
savefig.dpi: 300
savefig.facecolor: red
axes.titlepad: 40
patch.linewidth: 5
text.antialiased: False
text.hinting: none
axes.formatter.use_locale: True
"""


def tables_of(source: Path) -> dict[str, list[list[str]]]:
    return {
        path.stem: list(csv.reader(path.read_text(encoding="utf-8").splitlines(keepends=True)))
        for path in sorted(source.glob("*.csv"))
    }


def shuffled(tables: Mapping[str, list[list[str]]], seed: int = 7) -> dict[str, list[list[str]]]:
    """The same tables, their rows and columns in another order."""
    chance = random.Random(seed)
    mixed = {}
    for name in chance.sample(sorted(tables), len(tables)):
        header, *rows = tables[name]
        order = chance.sample(range(len(header)), len(header))
        mixed[name] = [
            [row[index] for index in order] for row in (header, *chance.sample(rows, len(rows)))
        ]
    return mixed


def typed(tables: Mapping[str, list[list[str]]]) -> dict[str, list[list[Cell]]]:
    """The same tables, with numbers and days where a workbook or a database has them."""
    return {
        name: [
            list(rows[0]),
            *([_typed(*pair) for pair in zip(rows[0], row, strict=True)] for row in rows[1:]),
        ]
        for name, rows in tables.items()
    }


def _typed(column: str, text: str) -> Cell:
    kind = KINDS.get(column)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    return date.fromisoformat(text) if kind == "date" and text else text


def write_typed_xlsx(tables: Mapping[str, list[list[str]]], path: Path) -> str:
    return write_xlsx(typed(tables), path.with_suffix(".xlsx"))


def locales(folder: Path, *names: str) -> dict[str, str]:
    """Environment where these locales exist, as far as the system can make them."""
    if shutil.which("localedef"):
        for name in names:
            language, charset = name.split(".")
            command = ["localedef", "-i", language, "-f", charset, str(folder / name)]
            subprocess.run(command, check=False, capture_output=True)
    return {"LOCPATH": str(folder)}


def elsewhere(place: Path) -> dict[str, str]:
    """Environment of another person: home, names, taste in charts, width of terminal."""
    (place / "matplotlib").mkdir(parents=True)
    (place / "matplotlib" / "matplotlibrc").write_text(MATPLOTLIBRC, encoding="utf-8")
    return {
        "HOME": str(place),
        "MPLCONFIGDIR": str(place / "matplotlib"),
        "USER": SOMEBODY,
        "LOGNAME": SOMEBODY,
        "COLUMNS": "37",
        "LINES": "9",
    }


def another_day() -> dict[str, str]:
    """Environment of a process that lives later, with all that it starts."""
    # Without the command faketime, whose lock can outlive a killed process.
    return {
        "LD_PRELOAD": str(FAKETIME[0]),
        "FAKETIME": f"+{DAYS}d",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed")
def test_everything_around_changes_but_no_byte(
    planted: Planted, tmp_path: Path, root: Path
) -> None:
    place = tmp_path / "Données de l'été « bis »"
    place.mkdir()
    around = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "fr_FR.ISO-8859-1",
        "LANG": "fr_FR.UTF-8",
        "PYTHONHASHSEED": "4242",
    }
    around |= elsewhere(place / "maison") | locales(tmp_path, "fr_FR.ISO-8859-1") | another_day()
    shutil.copytree(planted.place / "params", place / "params")
    shutil.copytree(planted.notebooks, place / "notebooks", ignore=shutil.ignore_patterns(".*"))
    source = write_typed_xlsx(shuffled(tables_of(planted.place / "source")), place / "source")
    code, told = Planted(place, place / "notebooks", source, around, 0o077).build("--jobs", "1")
    assert code == 0, told
    mine, theirs = (published(build.published) for build in (planted, Planted(place)))
    assert not differences(mine, theirs), differences(mine, theirs)
    words = [str(root), str(tmp_path.parent), sys.prefix, SOMEBODY, "Données de l'été"]
    for today in (date.today(), date.today() + timedelta(DAYS)):
        words += [f"{today:%Y-%m-%d}", f"{today:%d/%m/%Y}", day(today)]
    assert not traces(contents_of(theirs), words)
    now = subprocess.check_output(
        [sys.executable, "-c", "import datetime; print(datetime.date.today())"], env=around
    )
    assert date.fromisoformat(now.decode().strip()) - date.today() >= timedelta(DAYS - 1)


def test_a_difference_is_told_by_its_place() -> None:
    told = differences({"a.csv": b"x\nune ligne", "b": b""}, {"a.csv": b"x\nune figue", "c": b""})
    assert told.splitlines()[:2] == ["b: missing", "c: unexpected"]
    assert "a.csv: byte 6, line 2: expected 'x\\nune ligne', found 'x\\nune figue'" in told


@pytest.mark.parametrize(
    "text", ["at 0x7f00aabbcc", "dans /home/anne/x", "C:\\Users\\anne", "file:///x", "le 3 mai"]
)
def test_a_trace_is_seen(text: str) -> None:
    assert traces([("a.html", text.encode())], ["3 mai"])
