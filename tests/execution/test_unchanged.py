"""What is published stands until something that it was made from moves, or a build leaves a rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rlpipeline.execution import unchanged
from rlpipeline.execution.cache import Cache
from rlpipeline.execution.lock import lock_path
from rlpipeline.execution.unchanged import Asked, Inputs, State, leave, marks_of, memory, standing
from rlpipeline.execution.workspace import remove_abandoned_counts

YEAR = 2023


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A report of 2023 that stands, whose folder of chapters leaves the counting to our notebook."""
    for name in ("source/jeunes.csv", "params/service.yml", "notebooks/01_edito.ipynb", "ours/calcul.ipynb"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(unchanged, "OURS", tmp_path / "ours")
    out = tmp_path / "outputs"
    (out / str(YEAR)).mkdir(parents=True)
    for name in ("index.html", f"{YEAR}/rapport.html"):
        (out / name).touch()
    made = Asked(str(tmp_path / "source"), tmp_path / "params", out, tmp_path / "notebooks", (YEAR,), (), ("interne",))
    inputs, files = Inputs(made), marks_of(out, YEAR, "interne")
    dependencies = inputs.of(YEAR, "interne")
    assert dependencies is not None
    state = State(YEAR, "interne", True, (), files, ("rapport.html",), "", "", (), (), {})
    leave(state, dependencies, Cache(memory(out, YEAR, "interne"), inputs.code))
    return made


def counts_left(asked: Asked) -> None:
    (asked.out / ".calcul-tue" / "records").mkdir(parents=True)


def counting_failed(asked: Asked) -> None:
    (asked.out / "echecs" / f"calcul-{YEAR}").mkdir(parents=True)


def our_notebook_moved(asked: Asked) -> None:
    asked.notebooks.with_name("ours").joinpath("calcul.ipynb").write_text("autre", encoding="utf-8")


@pytest.mark.parametrize("moved", [counts_left, counting_failed, our_notebook_moved])
def test_there_is_something_to_do(asked: Asked, moved: Callable[[Asked], None]) -> None:
    assert standing(asked) is not None
    moved(asked)
    assert standing(asked) is None


def test_our_notebook_of_counts_is_no_input_beside_the_service_s_own(asked: Asked) -> None:
    (asked.notebooks / "calcul.ipynb").write_text("le sien", encoding="utf-8")
    before = Inputs(asked).notebooks
    our_notebook_moved(asked)
    assert Inputs(asked).notebooks == before


@pytest.mark.parametrize("locked", [True, False], ids=["with its lock", "without its lock"])
def test_counts_left_are_removed_by_the_next_build(asked: Asked, locked: bool) -> None:
    counts_left(asked)
    if locked:
        lock_path(asked.out / ".calcul-tue").touch()
    remove_abandoned_counts(asked.out)
    assert [*asked.out.glob("*calcul*")] == []
    assert standing(asked) is not None
