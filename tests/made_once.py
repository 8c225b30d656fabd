"""What is long to build and read by many tests: built by the first process that asks, read by every one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from rlpipeline.demo import write_demo
from rlpipeline.pipeline.build import BuildRequest, build_years
from rlpipeline.pipeline.share import share
from rlpipeline.records.store import open_records, write_store
from rlpipeline.settings.models import load_service
from tests.conftest import ROOT, YEAR
from tests.figures.stored import stored
from tests.proofread import read_everything
from tests.waiting import eventually

SECONDS = 900
PROSE = {
    "accompagnes": """{{ accord(chiffre("accompagnes", "total", "total"), "jeune", "jeunes") }}, dont
{{ chiffre("communes", "COMMUNE", "total") }} ici et
{{ chiffre("accompagnes", "moins_11", "total") }} de moins de onze ans.
""",
    "accompagnes-COMMUNE": """{{ accord(chiffre("accompagnes", "total", "total"), "jeune", "jeunes") }}, dont
{{ accord(chiffre("accompagnes", "total", "F"), "fille", "filles") }} et
{{ accord(chiffre("accompagnes", "moins_11", "G"), "garçon", "garçons") }} de moins de onze ans.
""",
}


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Folder of this name, that the processes of a session share: not to be written in once it is made."""
    base = factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / name
    made, failed = folder.with_suffix(".made"), folder.with_suffix(".failed")
    try:
        folder.mkdir()
    except FileExistsError:
        assert eventually(lambda: made.exists() or failed.exists(), SECONDS)
        assert made.exists(), f"{name} could not be made: another test says why"
        return folder
    try:
        make(folder)
    except BaseException:
        failed.touch()
        raise
    made.touch()
    return folder


@dataclass(frozen=True)
class Editions:
    """What is published and shared of a service of two communes."""

    place: Path

    @property
    def out(self) -> Path:
        return self.place / "outputs"

    @property
    def params(self) -> Path:
        return self.place / "params"

    @property
    def internal(self) -> Path:
        return self.out / str(YEAR)

    @property
    def shared(self) -> Path:
        return self.internal / "diffusion"

    @property
    def package(self) -> Path:
        return self.out / "partage"

    def pages(self) -> list[Path]:
        """One of each page that somebody opens: of the portraits, which are alike, the first."""
        seen = (
            path for path in self.out.rglob("*.html") if "/." not in path.as_posix()
        )  # but what the next build takes
        found = sorted(path for path in seen if self.package not in path.parents)
        portraits = [min(one.glob("communes/*.html")) for one in (self.internal, self.shared)]
        return [
            *(path for path in found if path.parent.name != "communes"),
            *portraits,
            self.package / "index.html",
        ]


def count_demonstration(folder: Path) -> None:
    """Count the demonstration as a build does: the store of its figures, that of its records beside it."""
    service = load_service(ROOT / "params")
    records = open_records(str(ROOT / "data/exemple"), service)
    write_store(records, folder / "records")
    stored(records, service, folder, YEAR)


def make_editions(place: Path) -> None:
    """Build a made-up service in both editions, print and share it; its texts quote figures."""
    write_demo(place, communes=2, years=(YEAR,))
    params = place / "params"
    commune = load_service(params).commune_codes[0]
    texts = params / str(YEAR) / "textes"
    texts.mkdir(exist_ok=True)
    for name, text in PROSE.items():
        (texts / f"{name.replace('COMMUNE', commune)}.md").write_text(
            text.replace("COMMUNE", commune), "utf-8"
        )
    request = BuildRequest(
        source=str(place / "source"),
        params=params,
        out=place / "outputs",
        notebooks=ROOT / "notebooks",
        editions=("interne", "diffusion"),
        stream=StringIO(),
        pdf=True,
    )
    assert len(list(build_years(request, (YEAR,)))) == 2
    read_everything(request.out, params, YEAR)
    share(request.out, params)


def write_short_report(folder: Path, *chapters: str) -> None:
    """Write a service of one commune whose report has some chapters, and no portrait."""
    write_demo(folder, 1, (YEAR,), YEAR)
    settings = folder / "params" / str(YEAR) / "rapport.yml"
    with settings.open("a", encoding="utf-8") as file:
        file.write(f"chapitres: [{', '.join(chapters)}]\nportrait: []\n")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")


def make_demonstration(out: Path) -> None:
    """Build the edition ``interne`` of the demonstration."""
    places = {"params": ROOT / "params", "notebooks": ROOT / "notebooks", "out": out}
    request = BuildRequest(source=str(ROOT / "data/exemple"), **places, jobs=2, stream=StringIO())
    assert len(list(build_years(request, (YEAR,)))) == 1
