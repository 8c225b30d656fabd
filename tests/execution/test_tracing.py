"""What a notebook asks for while it runs is in its trace, absences too."""

from __future__ import annotations

import py_compile
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.execution import runner
from rlpipeline.execution.memory import ABSENT, FOLDER, state_of
from rlpipeline.execution.plan import open_workspace
from rlpipeline.execution.progress import Progress
from rlpipeline.execution.tracing import Trace, trace_path
from tests.execution.made_up import task, write_chapter

STORE = """
from rlpipeline.report import read_scales
parts = read_scales("x")
parts.get("accompagnes"), parts.get("objectifs")
"""
ASKING = {
    "ouvre": ("open('../ici.csv').read()", "ici.csv"),
    "absent": ("try:\n    open('../absent.csv')\nexcept OSError:\n    pass", "absent.csv"),
    "regarde": (
        "from pathlib import Path\nPath('params/2023/textes/bilan.md').is_file()",
        "params/2023/textes/bilan.md",
    ),
    "regarde_os": ("import os\nos.path.exists('params/2023')", "params/2023"),
    "liste": ("import os\nos.listdir('../dossier')", "dossier/"),
    "parcourt": ("import glob\nglob.glob('../dossier/*.csv')", "dossier/"),
    "pandas": ("import pandas as pd\npd.read_csv('../ici.csv')", "ici.csv"),
    "parquet": ("import pandas as pd\npd.read_parquet('../ici.parquet')", "ici.parquet"),
    "base": ("import sqlite3\nsqlite3.connect('../ici.csv').close()", "ici.csv"),
    "outils": ("sys.path.insert(0, DOSSIER)\nimport outils_maison", "dossier/outils_maison.py"),
    "cherche": ("sys.path.insert(0, DOSSIER)\nimport outils_maison", "dossier/"),
    "reouvre": (f"{STORE}open('echelles.json').read()", "echelles.json"),
    "fil": (
        "import threading\nfil = threading.Thread(target=lambda: open('../ici.csv').read())\n"
        "fil.start()\nfil.join()",
        "ici.csv",
    ),
}
"""Cells that ask for a file or a folder."""
UNSEEN = {
    "programme": ("!true", "lance un autre processus"),
    "commande": ("import subprocess\nsubprocess.run(['true'])", "lance un programme"),
    "fourche": ("import os\nif os.fork() == 0:\n    os._exit(0)", "lance un autre processus"),
    "reseau": (
        "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9), 0.1)\nexcept OSError:\n    pass",
        "interroge le réseau",
    ),
    "arrow": ("import pyarrow.parquet as pq\npq.read_table('../ici.parquet')", "pyarrow"),
    "aide": ("sys.path.insert(0, DOSSIER)\nimport qui_importe_arrow", "pyarrow"),
    "nous": ("from rlpipeline.records.store import check", "rlpipeline.records.store"),
}
SEEN = {
    "texte": "'Bonjour'",
    "ecrit": "open('brouillon.txt', 'w').write('x')\nopen('brouillon.txt').read()",
    "dessine": "import seaborn as sns\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "sert": STORE,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of publications with files beside, for cells to ask for."""
    out = tmp_path_factory.mktemp("trace") / "out"
    (out / "dossier").mkdir(parents=True)
    (out / "ici.csv").write_text("a\n1\n", encoding="utf-8")
    pd.DataFrame({"a": [1]}).to_parquet(out / "ici.parquet")
    module = out / "dossier" / "outils_maison.py"
    module.write_text("mot = 'un'", encoding="utf-8")
    py_compile.compile(str(module))  # Python opens what it compiled of it alone
    (out / "dossier" / "qui_importe_arrow.py").write_text("import pyarrow", encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def traces(place: Path, params_dir: Path) -> dict[str, Trace]:
    cells = {name: cell for name, (cell, _) in (ASKING | UNSEEN).items()} | SEEN
    tasks = []
    for name, cell in cells.items():
        source = cell.replace("DOSSIER", repr(str(place / "dossier")))
        path = write_chapter(place.with_name("nb") / f"{name}.ipynb", ["import sys", source])
        tasks.append(task(path))
    with open_workspace(place, params_dir, 2023) as workspace:
        (workspace.root / "echelles.json").write_text('{"accompagnes": 5}', encoding="utf-8")
        outcomes = runner.run_tasks(tasks, workspace, 2, Progress(StringIO(), {}))
        assert not [outcome.reason for outcome in outcomes if outcome.reason]
        logs = {of.chapter: workspace.log(of) for of in tasks}
        return {name: Trace.read(trace_path(log).read_bytes()) for name, log in logs.items()}


@pytest.mark.parametrize("name", ASKING)
def test_what_a_cell_asks_for_is_noted_as_it_is(
    traces: dict[str, Trace], place: Path, name: str
) -> None:
    _, asked = ASKING[name]
    states = traces[name].states
    if asked.startswith("params/"):  # the workspace is gone
        assert states[asked] == {"params/2023": FOLDER}.get(asked, ABSENT)
    elif asked == "echelles.json":
        assert len(states[asked]) == 64
    else:
        ending = "/" if asked.endswith("/") else ""
        assert states[f"{place / asked}{ending}"] == state_of(asked, place)
    assert not traces[name].unseen


@pytest.mark.parametrize("name", UNSEEN)
def test_what_reads_where_nobody_sees_is_named(traces: dict[str, Trace], name: str) -> None:
    assert UNSEEN[name][1] in traces[name].unseen


@pytest.mark.parametrize("name", SEEN)
def test_what_asks_for_nothing_depends_on_nothing(traces: dict[str, Trace], name: str) -> None:
    assert not traces[name].unseen
    assert not traces[name].states


def test_parts_that_are_served_are_noted_and_not_their_file(traces: dict[str, Trace]) -> None:
    served = {"echelles.json": [["accompagnes"], ["objectifs"]]}
    assert traces["sert"].parts == served == traces["reouvre"].parts
