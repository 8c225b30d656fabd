"""The chapters of these tests run once: every way of ending, in one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from rlpipeline import processes
from rlpipeline.execution import runner
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import Workspace, open_workspace
from rlpipeline.execution.progress import Progress
from tests.conftest import ROOT
from tests.execution.made_up import CHAPTERS, TAGS, task, write_chapter


@dataclass(frozen=True)
class Ended:
    outcomes: dict[str, Outcome]
    order: tuple[str, ...]
    workspace: Workspace
    told: str


@pytest.fixture(scope="session")
def params_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("reglages") / "params"
    for year in ("2022", "2023"):
        (directory / year / "textes").mkdir(parents=True)
        (directory / year / "textes" / "edito.md").write_text("Bonjour", encoding="utf-8")
    commune = '{code: "62215", nom: "Carvin"}, {code: "62637", nom: "Oignies"}'
    (directory / "service.yml").write_text(
        f'nom: "Service"\ndepartement: "62"\ncommunes: [{commune}]\n', encoding="utf-8"
    )
    (directory / ".cache").write_text("x", encoding="utf-8")
    return directory


@pytest.fixture
def light_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of the test's own, to die, with fewer libraries; the former one stands afterwards."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(processes, "SERVER", "tests.survival.light_parent")
    monkeypatch.setattr(processes.Server, "_running", {})


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory, params_dir: Path) -> Iterator[Ended]:
    place = tmp_path_factory.mktemp("execution")
    paths = [
        write_chapter(place / f"{name}.ipynb", cells, tag=TAGS.get(name))
        for name, cells in CHAPTERS.items()
    ]
    stream = StringIO()
    with open_workspace(place / "out", params_dir, 2023, cell_minutes=8 / 60) as workspace:
        progress = Progress(stream, {"service": "Service"})
        outcomes = runner.run_tasks([task(path) for path in paths], workspace, 2, progress)
        by_name = {outcome.task.chapter: outcome for outcome in outcomes}
        yield Ended(by_name, tuple(by_name), workspace, stream.getvalue())
