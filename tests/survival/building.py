"""Builds to kill, and what must be true of what they leave."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

from rlpipeline.execution.memory import hashes
from rlpipeline.execution.output_folder import DRAFTS, MEMORY, PRIVATE
from rlpipeline.execution.output_folder import MARKER as WHOSE
from rlpipeline.processes import SINGLE_THREADED
from tests.conftest import ROOT
from tests.execution.made_up import write_chapter
from tests.survival.nursery import MARKER, arguments
from tests.waiting import eventually

SOURCE = {
    "source/jeunes.csv": "id_jeune,sexe,date_naissance,commune,premier_contact\nJ1,F,2008-05-01,01004,2022-01-03\n",
    "source/suivis.csv": "id_suivi,id_jeune,statut,date_debut,date_fin,motif_cloture\nS1,J1,PAEI,2022-01-03,,\n",
    "params/service.yml": (
        'nom: "Service"\ndepartement: "01"\ncommunes: [{code: "01004", nom: "Ambérieu"}, {code: "01033", nom: "Bel"}]\n'
    ),
}
CHAPTER = """
from pathlib import Path
said = Path(params, "2022/textes/tirage.md").read_text()
display({"text/html": f'<div class="rl-text" data-texte="x"><p>{said}</p></div>', "text/plain": said,
         "application/vnd.rlpipeline.text+json": {"name": "x", "etat": "ok"}}, raw=True)
"""
"""A cell that may stand in both editions, and imports nothing."""


def write_place(place: Path, cells: tuple[str, ...] = ()) -> Path:
    """Inputs of a small build: a report of two chapters and two portraits of one."""
    for name, text in SOURCE.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    write_chapter(place / "notebooks" / "01_edito.ipynb", [CHAPTER])
    write_chapter(place / "notebooks" / "05_activite.ipynb", [CHAPTER, *cells])
    renew(place, 0, counted=True)
    return place


def renew(place: Path, number: int, *, counted: bool = False) -> None:
    """Change a text, so that the next publication differs from the former; and a setting, so that all is counted."""
    for name in ("2022/textes/tirage.md", *(["reglage.txt"] if counted else [])):
        (place / "params" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "params" / name).write_text(f"tirage {number}", encoding="utf-8")


class Nursery:
    """Builds forked from a process that has everything loaded."""

    def __init__(self) -> None:
        environment = os.environ | SINGLE_THREADED | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.survival.nursery"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )
        self.marker = ""

    def start(self, place: Path, *editions: str) -> int:
        """Start a build, of the edition ``interne`` unless told (``both`` of them); its pid."""
        self.marker = uuid.uuid4().hex
        self._last = self._ask(
            json.dumps({"place": str(place), "marker": self.marker, "editions": editions})
        )
        return self._last

    def wait(self, pid: int | None = None) -> int:
        """Exit status of a build, the one started last unless told."""
        return self._ask(str(pid or self._last))

    def build(self, place: Path, *editions: str) -> int:
        """Start a build and wait for it."""
        self.start(place, *editions)
        return self.wait()

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, line: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def command_line(place: Path) -> subprocess.Popen[str]:
    """The build as a user starts it."""
    marker = uuid.uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-m", "rlpipeline", *arguments(place)],
        cwd=ROOT,
        env=os.environ | {MARKER: marker},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    process.marker = marker  # type: ignore[attr-defined]
    return process


def marked(marker: str) -> dict[int, int]:
    """Living processes started with the marker in their environment, with their parents."""
    word, found = f"{MARKER}={marker}".encode(), {}
    for directory in Path("/proc").iterdir():
        if not directory.name.isdigit():
            continue
        try:
            if word in (directory / "environ").read_bytes().split(b"\0"):
                state, parent = (directory / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    found[int(directory.name)] = int(parent)
        except (OSError, ValueError):  # it ended meanwhile
            continue
    return found


def forking_parent(marker: str, build: int) -> int | None:
    """The process that the chapters of a build are forked from, once it is there."""
    return next((pid for pid, parent in marked(marker).items() if parent == build), None)


def a_chapter(marker: str, build: int) -> int | None:
    """The process of a chapter of a build, once there is one."""
    processes = marked(marker)
    origins = {pid for pid, parent in processes.items() if parent == build}
    return next((pid for pid, parent in processes.items() if parent in origins), None)


def faults(place: Path, marker: str) -> list[str]:
    """What is wrong with what a build left, whichever way it ended."""
    wrong = []
    if not eventually(lambda: not marked(marker)):
        wrong.append(f"processes left: {marked(marker)}")
    published = place / "outputs" / "2022"
    for edition in (published, published / "diffusion"):
        if edition.exists() and not whole(edition):
            wrong.append(f"the publication is not what its manifest says: {edition.name}")
    private = (*PRIVATE, f".*{MEMORY}/*", f"{WHOSE}*", *(f"2022/{draft}" for draft in DRAFTS))
    for hidden in (found for pattern in private for found in (place / "outputs").glob(pattern)):
        if hidden.stat().st_mode & 0o077 and not whole(
            hidden
        ):  # whole: the edition to share, as its name changes
            wrong.append(f"others can read {hidden.name}")
    return wrong


def whole(edition: Path) -> bool:
    """Whether an edition is what its manifest says, the edition to share inside the other apart."""
    manifest = edition / "manifest.json"
    if not manifest.is_file():
        return False
    found = {
        name: digest
        for name, digest in hashes(edition).items()
        if "diffusion" not in name.partition("/")[0]
    }
    del found[manifest.name]
    return bool(json.loads(manifest.read_text(encoding="utf-8"))["fichiers"] == found)


def settled(place: Path, *beside: str) -> bool:
    """Whether nothing is left but the publication, whose it is, what need not be done again, and what is beside."""
    left = {path.name for path in (place / "outputs").iterdir()}
    return left == {"2022", "index.html", WHOSE, ".2022-memoire", *beside}


def tirage(place: Path, edition: str = "") -> str:
    """Which version of the inputs is published."""
    text = (place / "outputs" / "2022" / edition / "rapport.html").read_text(encoding="utf-8")
    found = re.search(r"tirage (\d+)", re.sub("<[^>]*>", "", text))
    return found[1] if found else ""


def told(place: Path) -> str:
    """What builds wrote for who looks on."""
    return (place / "journal.log").read_text(encoding="utf-8")
