from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat import v4

from rlpipeline.errors import UsageError
from rlpipeline.execution.parameters import check_tasks, check_values, read_parameters
from rlpipeline.execution.plan import Task
from tests.execution.made_up import PARAMETERS, write_chapter

RICH = """
year: int = 2023
commune: str | None = None
edition: "str" = "interne"
seuil = 0.5
detail = True
libre: list[str] = []
"""


def declared(tmp_path: Path, source: str = RICH) -> Any:
    return read_parameters(write_chapter(tmp_path / "05_activite.ipynb", ["1"], parameters=source))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("year", "2023", "un nombre entier"),
        ("year", True, "un nombre entier"),
        ("year", None, "un nombre entier"),
        ("year", np.int64(2023), "un nombre entier"),
        ("commune", 62215, "rien (None) ou un texte"),
        ("detail", 1, "True ou False"),
        ("libre", date(2023, 1, 1), "un texte, un nombre, True, False ou None"),
    ],
)
def test_wrong_types_name_what_was_expected(tmp_path: Path, name: str, value: Any, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_values({name: value}, declared(tmp_path), tmp_path)
    assert caught.value.expected == expected
    assert f"« {name} »" in caught.value.what


def test_every_task_is_checked(tmp_path: Path) -> None:
    good = write_chapter(tmp_path / "01_a.ipynb", ["1"])
    bad = write_chapter(tmp_path / "02_b.ipynb", ["1"], parameters=PARAMETERS.replace("commune = None\n", ""))
    check_tasks([Task("01_a", good, "62215", 2023, "interne")])
    with pytest.raises(UsageError, match="commune") as caught:
        check_tasks([Task(path.stem, path, "service", 2023, "interne") for path in (good, bad)])
    assert caught.value.where is not None
    assert "02_b.ipynb" in caught.value.where


@pytest.mark.parametrize("count", [0, 2])
def test_one_parameters_cell_and_only_one(tmp_path: Path, count: int) -> None:
    cells = [v4.new_code_cell("year = 1", metadata={"tags": ["parameters"]}) for _ in range(count)]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "01_a.ipynb")
    with pytest.raises(UsageError, match="et une seule"):
        read_parameters(tmp_path / "01_a.ipynb")
