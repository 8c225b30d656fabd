from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from rlpipeline.errors import UsageError
from rlpipeline.execution.plan import check_tasks
from tests.execution.made_up import PARAMETERS, task, write_chapter


def test_every_notebook_takes_what_it_will_be_given(tmp_path: Path) -> None:
    good = write_chapter(tmp_path / "01_a.ipynb", ["1"])
    bad = write_chapter(tmp_path / "02_b.ipynb", ["1"], parameters=PARAMETERS.replace("commune = None\n", ""))
    annotated = PARAMETERS.replace("commune = None", 'commune: str = ""  # vide, tout le service')
    check_tasks([task(good, "62215"), task(write_chapter(tmp_path / "03_c.ipynb", ["1"], parameters=annotated))])
    with pytest.raises(UsageError, match="« commune »") as caught:
        check_tasks([task(path) for path in (good, bad)])
    assert "02_b.ipynb" in str(caught.value.where)
    with pytest.raises(UsageError, match="Python correct"):
        check_tasks([task(write_chapter(tmp_path / "04_d.ipynb", ["1"], parameters="year = "))])


@pytest.mark.parametrize("count", [0, 2])
def test_one_parameters_cell_and_only_one(tmp_path: Path, count: int) -> None:
    cells = [v4.new_code_cell("year = 1", metadata={"tags": ["parameters"]}) for _ in range(count)]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "01_a.ipynb")
    with pytest.raises(UsageError, match="et une seule"):
        check_tasks([task(tmp_path / "01_a.ipynb")])
