from __future__ import annotations

import pytest
from nbformat import v4

from rlpipeline import reads
from rlpipeline.execution.code import PACKAGE, SHAPING, code_now
from rlpipeline.execution.freshness import WORDS, keeps_to_reports, trace_of
from tests.execution.conftest import Ended

TOLD = {"lectures": [["annees"]], "modules": ["rlpipeline"], "paquets": ["pandas"], "python": "3.11.7"}
WHOLE = {(reads.ALL_RECORDS,), (reads.ALL_SETTINGS,)}


@pytest.mark.parametrize(
    "source",
    [
        "from rlpipeline.report import open_report\nreport = open_report(source, params, year, commune, edition)",
        "report.table('accompagnes').figures.sum()",
        "import pandas as pd\nfrom matplotlib import pyplot as plt\npd.DataFrame({'a': [1]}).plot()\nplt.title('x')",
    ],
)
def test_a_chapter_that_keeps_to_the_report_depends_on_what_it_read(source: str) -> None:
    assert set(trace_of(v4.new_notebook(cells=[v4.new_code_cell(source)]), "n", TOLD).reads) == {("annees",)}


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from pathlib import Path",
        "from rlpipeline.records import open_records",
        "from . import voisin",
        "open('params/service.yml')",
        "__import__('os').listdir()",
        "eval('1')",
        "pd.read_parquet('records')",
        "pd.io.common.os.path.exists('x')",
        "report.source.records.frames",
        "report._lookup",
        "!ls",
        "%run autre.py",
        "get_ipython().system('ls')",
    ],
)
def test_a_chapter_that_may_look_further_depends_on_everything(source: str) -> None:
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# Titre"), v4.new_code_cell(source)])
    assert not keeps_to_reports(notebook)
    assert set(trace_of(notebook, "n", TOLD).reads) >= WHOLE


def test_a_kernel_without_our_code_depends_on_everything() -> None:
    assert set(trace_of(v4.new_notebook(), "n", TOLD | {"modules": []}).reads) >= WHOLE


def test_every_kind_of_read_has_its_words() -> None:
    kinds = {value for name, value in vars(reads).items() if name.isupper() and isinstance(value, str)}
    assert set(WORDS) == kinds - {reads.SETTINGS_FOLDER}


def test_the_kernels_tell_what_they_opened(ended: Ended) -> None:
    written = ended.outcomes["01_bien"].trace
    assert written is not None
    assert written.modules == ("rlpipeline", "rlpipeline.reads") or "rlpipeline.report" in written.modules
    assert set(written.reads) == WHOLE  # it opens a file, to write in it
    assert all(outcome.trace is None for outcome in ended.outcomes.values() if outcome.state != "ok")
    assert "lectures" not in ended.outcomes["01_bien"].notebook.read_text(encoding="utf-8")


def test_what_shapes_a_notebook_exists_and_every_file_has_its_package() -> None:
    code = code_now()
    assert all((PACKAGE / name).is_file() for name in SHAPING)
    assert code.still()
    found = code.of_modules(["rlpipeline.display", "rlpipeline.settings.models"])
    assert {"display/__init__.py", "display/methode.md", "settings/models.py"} <= set(found)
    assert "problematiques.yml" not in found
    assert "problematiques.yml" in code.of_modules(["rlpipeline"])
    assert code.of_packages(["pandas", "sys"]) == {"pandas": code.versions["pandas"]}
