"""Whatever our chapters open is noted: the hook of the interpreter sees every file, and says what the log forgot."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from rlpipeline import reads
from rlpipeline.demo import write_demo
from rlpipeline.execution.plan import find_chapters
from rlpipeline.figures.notebook import open_store
from rlpipeline.report import open_report
from tests.conftest import ROOT
from tests.display.test_locator import collection

IMAGES = 'images:\n  - {file: rue.png, legende: "La rue", alternative: "Une rue", section: annexes}\n'
FORMER = (
    "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat\naccompagnes,2021,service,total,total,3,jeunes,ok\n"
)
KEYS_NOTED = frozenset({"service.yml", "2023/rapport.yml"})
"""Files whose keys are noted one by one as they are used."""
LISTENING: list[list[str]] = []


def hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and LISTENING and isinstance(arguments[0], str | bytes | os.PathLike):
        LISTENING[-1].append(os.fsdecode(arguments[0]))


sys.addaudithook(hear)  # there is no way to take it off: it does nothing while nobody listens


@contextmanager
def opened() -> Iterator[list[str]]:
    LISTENING.append([])
    try:
        yield LISTENING[-1]
    finally:
        LISTENING.pop()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service with everything that a chapter may open, and its figures."""
    place = tmp_path_factory.mktemp("lu")
    write_demo(place, 1, (2022, 2023), 7)
    params = place / "params"
    codes = re.findall(r'code: "?(\d{5})"?', (params / "service.yml").read_text(encoding="utf-8"))
    (params / "carte.json").write_text(json.dumps(collection(codes=tuple(codes))), encoding="utf-8")
    with (params / "service.yml").open("a", encoding="utf-8") as stream:
        stream.write('carte: "carte.json"\n')
    (params / "2023" / "images").mkdir(parents=True)
    (params / "2023" / "images" / "images.yml").write_text(IMAGES, encoding="utf-8")
    Image.new("RGB", (30, 20)).save(params / "2023" / "images" / "rue.png")
    (params / "2023" / "ecarts.yml").write_text("ecarts: []\n", encoding="utf-8")
    (params / "plausibilite.yml").write_text("acceptes: []\n", encoding="utf-8")
    (params / "2021").mkdir(exist_ok=True)
    (params / "2021" / "publie.csv").write_text(FORMER, encoding="utf-8")
    counts = open_store(str(place / "source"), params, "2023", ROOT / "notebooks").counts
    assert counts is not None
    counts.write(str(place / "chiffres"))
    return place


@pytest.mark.parametrize("alone", [False, True], ids=["the report", "a portrait"])
@pytest.mark.parametrize("name", find_chapters(ROOT / "notebooks"))
def test_what_a_chapter_opens_is_noted(place: Path, name: str, alone: bool) -> None:
    commune = open_report(str(place / "chiffres"), str(place / "params"), 2023).settings.service.commune_codes[0]
    reads.begin()
    report = open_report(str(place / "chiffres"), str(place / "params"), 2023, commune if alone else None)
    with opened() as paths:
        for cell in nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells:
            if cell.cell_type == "code" and cell.source.startswith("report."):
                exec(cell.source, {"report": report})
    files = {Path(path).relative_to(place).as_posix() for path in paths if path.startswith(str(place))}
    assert files <= _noted()


def _noted() -> set[str]:
    """The files that stand for what was noted."""
    kinds: dict[str, set[tuple[str, ...]]] = {}
    for kind, *parts in reads.noted():
        kinds.setdefault(kind, set()).add(tuple(parts))
    settings = {f"params/{name}" for name, *_ in kinds.get(reads.SETTINGS_FILE, set()) | kinds.get(reads.TEXT, set())}
    tables = kinds.get(reads.FIGURES, set()) | kinds.get(reads.ROWS, set())
    lists = {f"chiffres/{name[8:]}/alertes.json" for (name,) in kinds.get(reads.LIST, ()) if name.startswith("alertes")}
    figures = {f"chiffres/{year}/{territory}.json" for _, year, territory in tables}
    return settings | figures | lists | {f"params/{name}" for name in KEYS_NOTED} | {"chiffres/chiffres.json"}
