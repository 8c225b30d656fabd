"""One build of the demonstration for every test of the audit."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from rlpipeline.audit.published import Publication, read_publication
from rlpipeline.build import BuildRequest, build
from tests.conftest import ROOT

YEAR = 2023


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the demonstration's publication: not to be written in."""
    out = tmp_path_factory.mktemp("demonstration")
    request = BuildRequest(
        source=str(ROOT / "data" / "exemple"),
        params=ROOT / "params",
        out=out,
        notebooks=ROOT / "notebooks",
        jobs=2,
        stream=io.StringIO(),
    )
    return build(request, YEAR).directory


@pytest.fixture(scope="session")
def publication(demonstration: Path) -> Publication:
    return read_publication(demonstration)


@pytest.fixture(scope="session")
def texts() -> Mapping[str, str]:
    """Markdown of the demonstration's texts by name."""
    paths = (ROOT / "params" / str(YEAR) / "textes").glob("*.md")
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}
