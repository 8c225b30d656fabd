"""An output folder belongs to one service."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rlpipeline.demo import write_demo
from rlpipeline.errors import UsageError
from rlpipeline.execution.output_folder import MARKER, claim, refuse_other_service
from rlpipeline.lab.laboratory import open_lab
from rlpipeline.pipeline.build import BuildRequest, build_years, why_years
from rlpipeline.pipeline.share import hand_over, share
from rlpipeline.settings.models import Commune
from rlpipeline.watch.rebuilding import watch_report
from tests.figures.factory import LENS, SERVICE

OTHER = SERVICE.model_copy(update={"nom": "Service de Lens"})


def test_the_folder_is_of_the_first_service_that_publishes_in_it(tmp_path: Path) -> None:
    refuse_other_service(tmp_path, SERVICE)
    claim(tmp_path, SERVICE)
    claim(tmp_path, SERVICE)
    assert stat.S_IMODE((tmp_path / MARKER).stat().st_mode) == 0o600
    with pytest.raises(UsageError) as refused:
        claim(tmp_path, OTHER)
    assert refused.value.exit_code == 2
    told = str(refused.value)
    assert all(
        words in told
        for words in ("Service d'essai", "Service de Lens", "--out", str(tmp_path / MARKER))
    )
    assert [path.name for path in tmp_path.iterdir()] == [MARKER]


def test_a_service_that_gains_and_loses_communes_stays_the_same(tmp_path: Path) -> None:
    lens = Commune(code=LENS, nom="Lens")
    claim(tmp_path, SERVICE)
    claim(
        tmp_path,
        type(SERVICE)(
            nom=" service D'ESSAI", departement="62", communes=(SERVICE.communes[0], lens)
        ),
    )
    moved = type(SERVICE)(nom="Service d'essai", departement="62", communes=(lens,))
    refuse_other_service(tmp_path, moved)
    with pytest.raises(UsageError):
        refuse_other_service(tmp_path, SERVICE.model_copy(update={"departement": "59"}))


def test_build_why_watch_lab_and_share_refuse_it_before_anything_is_done(tmp_path: Path) -> None:
    write_demo(tmp_path, 1, (2023,), 2023)
    out = tmp_path / "outputs"
    out.mkdir()
    claim(out, SERVICE)
    request = BuildRequest(
        str(tmp_path / "source"), tmp_path / "params", out, tmp_path / "notebooks"
    )
    for command in (
        lambda: next(build_years(request)),
        lambda: next(why_years(request)),
        lambda: watch_report(request, ()),
        lambda: open_lab(request.source, request.params, out, request.notebooks, ()),
        lambda: share(out, tmp_path / "params"),
        lambda: hand_over(out, tmp_path / "params", "Une lectrice", str),
    ):
        with pytest.raises(UsageError, match="d'un autre service"):
            command()
    assert [path.name for path in out.iterdir()] == [MARKER]
