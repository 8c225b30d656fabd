"""What cells show is in the executed notebook as Jupyter would have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from rlpipeline import operating_system
from rlpipeline.execution.plan import Workspace, plan_counting
from rlpipeline.execution.runner import run_tasks
from tests.execution.made_up import task, write_chapter

PLAIN = "text/plain"
FORKED_TWICE = """
import os
if os.fork() == 0:
    held = [open(os.devnull) for _ in range(64)]
    if os.fork() == 0:
        try:
            _ = [os.fstat(file.fileno()) for file in held]
            print("intact", flush=True)
        finally:
            os._exit(0)
    os.wait()
    os._exit(0)
_ = os.wait()
"""
"""What a child opens, among it the number of what it has no part in, is still open in a child of its own."""
SHOWN: dict[str, tuple[str, list[Any]]] = {
    "a value": ("import asyncio\nawait asyncio.sleep(0, 'vu')", ["'vu'"]),
    "what is printed": (
        "import sys\nprint('a')\nprint('e', file=sys.stderr)\nprint('b')",
        ["a\nb\n", "e\n"],
    ),
    "descriptors": (
        "import os\nprint('a')\nos.system('echo b; echo e >&2')\nprint('c');",
        ["a\nb\nc\n", "e\n"],
    ),
    "a process": (
        "print('a')\nif os.fork() == 0:\n    print('b', flush=True)\n    os._exit(0)\n_ = os.wait()",
        ["a\nb\n"],
    ),
    "a process of a process": (FORKED_TWICE, ["intact\n"]),
    "a rewritten line": ("print('10 %\\r20 %')", ["20 %\n"]),
    "an update": (
        "from IPython.display import clear_output, display\nshown = display('a', display_id=True)\nshown.update('b')",
        ["'b'"],
    ),
    "an update from elsewhere": ("display('c', display_id='autre');", ["'d'"]),
    "which it was": ("display('d', display_id='autre');", ["'d'"]),
    "what is cleared": ("print('a')\nclear_output()\nprint('b')", ["b\n"]),
    "what is cleared later": ("print('a')\nclear_output(wait=True)", ["a\n"]),
    "what is cleared before the next": ("print('a')\nclear_output(wait=True)\nprint('b')", ["b\n"]),
    "a chart": (
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.figure(); plt.plot([1, 2]);",
        ["image/png"],
    ),
    "a frame": ("import pandas\npandas.DataFrame({'n': [1]}).style.hide()", ["text/html"]),
    "bytes": ("display({'image/png': b'x'}, raw=True)", ["image/png"]),
    "a warning": (
        "import warnings\nwarnings.warn('lent', stacklevel=1)",
        ["<cellule>:2: UserWarning: lent\n"],
    ),
    "the end of what is typed": (
        "try:\n    input()\nexcept EOFError:\n    print('rien')",
        ["rien\n"],
    ),
}


def read(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text).partition("  warnings")[0]
    data = dict(output.data)
    plain = data.pop(PLAIN, None)
    return next(iter(data), plain)


@pytest.fixture(
    scope="module",
    params=[True, pytest.param(False, marks=pytest.mark.slow)],
    ids=["forked", "spawned"],
)
def shown(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """What each cell shows, where the chapter is forked and where it cannot be."""
    place = tmp_path_factory.mktemp("montre")
    chapter = task(write_chapter(place / "01_a.ipynb", [source for source, _ in SHOWN.values()]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operating_system, "FORKS", request.param and operating_system.FORKS)
        (outcome,) = run_tasks([chapter], Workspace(place))
    assert not outcome.reason, outcome.notebook.read_text(encoding="utf-8")
    cells = {cell.id: cell for cell in nbformat.read(outcome.notebook, as_version=4).cells}
    return {
        name: [read(output) for output in cells[f"c{rank}"].outputs]
        for rank, name in enumerate(SHOWN)
    }


@pytest.mark.parametrize("name", SHOWN)
def test_outputs_are_those_of_a_notebook(shown: dict[str, list[str]], name: str) -> None:
    assert shown[name] == SHOWN[name][1]


def test_the_cells_that_ran_are_kept_when_one_fails(tmp_path: Path) -> None:
    chapter = write_chapter(
        tmp_path / "01_a.ipynb", ["print('avant')", "print('pendant')\nexit()", "print('jamais')"]
    )
    (outcome,) = run_tasks([task(chapter)], Workspace(tmp_path))
    assert (outcome.cell_id, "sys.exit" in outcome.reason) == ("c1", True)
    cells = {cell.id: cell for cell in nbformat.read(outcome.notebook, as_version=4).cells}
    assert [len(cells[f"c{rank}"].outputs) for rank in range(3)] == [1, 3, 0]


def test_values_that_a_build_keeps_nowhere_are_not_written(tmp_path: Path) -> None:
    sources = ["class Dear:\n    def _repr_html_(self):\n        print('written')", "Dear()"]
    sources += ["print(type(_).__name__)", "display('seen')"]
    write_chapter(tmp_path / "calcul.ipynb", sources, 'years = source = params = target = ""')
    (outcome,) = run_tasks([plan_counting(tmp_path, [2023])], Workspace(tmp_path))
    executed = nbformat.read(outcome.notebook, as_version=4)  # type: ignore[no-untyped-call]
    outputs = [output for cell in executed.cells for output in cell.get("outputs", ())]
    assert [output.get("text") or output.data[PLAIN] for output in outputs] == ["Dear\n", "'seen'"]
