"""The chapters of these tests run once: every way of ending, in one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from rlpipeline.execution.engine import Limits
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.progress import Lines
from rlpipeline.execution.runner import Running, run_tasks
from rlpipeline.execution.workspace import Workspace, open_workspace
from tests.execution.made_up import CHAPTERS, TAGS, task, write_chapter


@dataclass(frozen=True)
class Ended:
    outcomes: dict[str, Outcome]
    order: tuple[str, ...]
    workspace: Workspace
    told: str


class Noting(Lines):
    """Keeps each outcome as it is told."""

    noted: dict[str, Outcome]

    def begins(self, total: int, jobs: int) -> None:
        self.noted = {}
        super().begins(total, jobs)

    def finished(self, outcome: Outcome) -> None:
        self.noted[outcome.task.chapter] = outcome
        super().finished(outcome)


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


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory, params_dir: Path) -> Iterator[Ended]:
    place = tmp_path_factory.mktemp("execution")
    paths = [write_chapter(place / f"{name}.ipynb", cells, tag=TAGS.get(name)) for name, cells in CHAPTERS.items()]
    stream = StringIO()
    limits = Limits(cell_seconds=8, notebook_seconds=60)
    with open_workspace(place / "out", params_dir, 2023) as workspace:
        progress = Noting(stream, {"service": "Service"})
        outcomes = run_tasks([task(path) for path in paths], workspace, 2, progress, Running(limits))
        assert all(outcome.ran and outcome.trace is None for outcome in outcomes)  # told once, then let go
        by_name = {outcome.task.chapter: progress.noted[outcome.task.chapter] for outcome in outcomes}
        yield Ended(by_name, tuple(by_name), workspace, stream.getvalue())
