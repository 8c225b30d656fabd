"""A small service built once in both editions, printed and shared, for every test of what people open."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from rlpipeline.demo import write_demo
from rlpipeline.pipeline.build import BuildRequest, build_years
from rlpipeline.pipeline.share import share
from tests.conftest import ROOT

YEAR = 2023


@dataclass(frozen=True)
class Made:
    """What is published and shared of a service of three communes."""

    out: Path
    params: Path

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
        return [*(path for path in found if path.parent.name != "communes"), *portraits, self.package / "index.html"]


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Folder of the publications: not to be written in."""
    place = tmp_path_factory.mktemp("editions")
    write_demo(place, communes=3, years=(YEAR,))
    request = BuildRequest(
        source=str(place / "source"),
        params=place / "params",
        out=place / "outputs",
        notebooks=ROOT / "notebooks",
        editions=("interne", "diffusion"),
        stream=StringIO(),
        pdf=True,
    )
    assert len(list(build_years(request, (YEAR,)))) == 2
    share(request.out, request.params)
    return Made(request.out, request.params)
