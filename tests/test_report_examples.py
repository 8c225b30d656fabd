"""What the docstrings of the report show an analyst is what she gets, on the demonstration."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path

import pytest

from rlpipeline import report as module
from rlpipeline.report import Report, open_report

PUBLIC = [name for name in vars(Report) if not name.startswith("_")]
METHODS = [name for name in PUBLIC if inspect.isfunction(getattr(Report, name))]
DOCUMENTED = ["open_report", "Report", *(f"Report.{name}" for name in METHODS)]


@pytest.fixture(scope="module")
def report(root: Path) -> Report:
    """The report as it is opened by hand: its tables are counted when they are asked for."""
    return open_report(str(root / "data/exemple"), str(root / "params"), 2023)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_example_of_a_docstring_gives_what_it_says(
    name: str, root: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)  # where rlpipeline.yml says where everything is
    found = doctest.DocTestFinder(recurse=True).find(module, "report", globs={})
    [example] = [test for test in found if test.name == f"report.{name}"]
    assert example.examples, "an analyst reads it: it shows what it gives"
    example.globs.update(report=report, open_report=open_report)
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0
