"""Records full of canaries: a word in every text, which a publication of them may hold only where it prints it."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rlpipeline.demo import write_demo
from rlpipeline.records.tables import TABLES
from tests.conftest import ROOT, YEAR

Column = tuple[str, str]
SECONDS = 900
PERSON = "claudine-ourson"
"""A user's name that no publication has a reason to hold."""
TEXTS = [
    (table.name, column.name)
    for table in TABLES
    for column in table.columns
    if column.kind == "text"
]
IDENTIFIERS = sorted(
    {column.name for table in TABLES for column in table.columns if column.kind == "identifier"}
)
KEYS = [("clef", name) for name in IDENTIFIERS]
"""Identifiers: one canary each, whichever table holds them."""


def word(column: Column) -> str:
    return f"zqx{''.join(column).replace('_', '')}qz"


def plant(records: Path, source: Path) -> None:
    """Copy records; a text becomes its column's canary and a number, told apart as before."""
    source.mkdir()
    numbers: dict[Column, dict[str, str]] = {}
    for table in TABLES:
        with (records / f"{table.name}.csv").open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        for rank, name in enumerate(header):
            kind = table.column(name).kind
            if kind not in ("text", "identifier"):
                continue
            column = (table.name, name) if kind == "text" else ("clef", name)
            known = numbers.setdefault(column, {})
            for row in rows:
                row[rank] = known.setdefault(row[rank], f"{word(column)}{len(known)}")
        with (source / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *rows])


@dataclass(frozen=True)
class Planted:
    """A service whose records are full of canaries, whose settings hold no text, and what surrounds its builds."""

    place: Path
    notebooks: Path = ROOT / "notebooks"
    source: str = "source"
    around: Mapping[str, str] = field(default_factory=dict)
    umask: int = 0o022

    @property
    def published(self) -> Path:
        return self.place / "out" / str(YEAR)

    @property
    def said(self) -> str:
        """What the build that everybody reads said."""
        return (self.place / "said").read_text(encoding="utf-8")

    def build(self, *options: str) -> tuple[int, str]:
        """Build both editions unless told: the exit code, and what is said."""
        places = [
            "--source",
            self.place / self.source,
            "--params",
            self.place / "params",
            "--out",
            self.place / "out",
        ]
        command = [
            sys.executable,
            "-m",
            "rlpipeline",
            "build",
            *places,
            "--notebooks",
            self.notebooks,
            *options,
        ]
        person = {"USER": PERSON, "LOGNAME": PERSON, "HOME": str(self.place / PERSON), "TZ": "UTC"}
        ended = subprocess.run(
            [*map(str, command)],
            env=os.environ | person | self.around,
            umask=self.umask,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr


def make_planted(place: Path) -> None:
    """Plant canaries in a service of one commune and build both editions."""
    write_demo(place / "demo", 1, (YEAR,))
    plant(place / "demo" / "source", place / "source")
    shutil.copytree(place / "demo" / "params", place / "params")
    code, said = Planted(place).build("--jobs", "4")
    assert code == 0, said
    (place / "said").write_text(said, encoding="utf-8")
