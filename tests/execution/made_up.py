"""Small notebooks to run: each ends in its own way."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import v4

from rlpipeline.execution.plan import Task

PARAMETERS = (
    'year = 2000\ncommune = None\nedition = "interne"\nsource = "../data"\nparams = "../params"'
)

OPEN = "from rlpipeline.report import open_report\n\nreport = open_report(source, params, year, commune, edition)"
"""The cell by which a chapter opens the report."""

THREAD = """
import threading

def fail():
    raise ValueError("secret de Dupont")

thread = threading.Thread(target=fail)
thread.start()
thread.join()
"""
LATE_THREAD = """
import threading, time

def fail():
    time.sleep(0.5)
    raise ValueError("secret de Dupont")

threading.Thread(target=fail).start()
"""
TASK = """
import asyncio

async def fail():
    raise ValueError("secret de Dupont")

lost = asyncio.create_task(fail())
"""
LATE_TASK = """
import asyncio

async def fail():
    await asyncio.sleep(0.3)
    raise ValueError("secret de Dupont")

asyncio.ensure_future(fail())
"""
HANDLED_TASK = """
import asyncio

async def fail():
    raise ValueError("x")

try:
    await asyncio.create_task(fail())
except ValueError:
    print("rattrapée")
"""
CALLBACK = """
import asyncio

def fail():
    raise ValueError("secret de Dupont")

asyncio.get_running_loop().call_soon(fail)
"""
KILLED = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"

CHAPTERS: dict[str, list[str]] = {
    "01_bien": [
        "open('lu.txt', 'w').write('x')\n(year, commune, edition, source, params)",
        "object()",
        "1/4",
    ],
    "02_erreur": ["1", "noms = {}\nnoms['secret de Dupont']", "3"],
    "03_exit": ["import sys\nsys.exit()", "2"],
    "04_exit_zero": ["1", "import sys\nsys.exit(0)"],
    "05_os_exit": ["1", "import os\nos._exit(0)", "3"],
    "06_fil": [THREAD, "2"],
    "07_fil_tardif": [LATE_THREAD],
    "08_tue": ["1", KILLED],
    "09_lent": ["import time\ntime.sleep(60)"],
    "10_permis": ["1/0", "2"],
    "11_saute": ["1", "2"],
    "12_muet": ["import os\nos.closerange(3, 1000)"],
    "13_notre_erreur": [
        "from rlpipeline.errors import SettingsError\nraise SettingsError('Le texte edito cite un chiffre inconnu.')"
    ],
    "14_bien_aussi": ["print('fini')"],
    "15_tache": ["1", TASK, "2"],
    "16_tache_tardive": [LATE_TASK, "2"],
    "17_tache_rattrapee": [HANDLED_TASK],
    "18_rappel": [CALLBACK],
    "19_fige": ["1", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"],
}
TAGS = {"10_permis": "raises-exception", "11_saute": "skip-execution"}


def write_chapter(
    path: Path,
    sources: list[str],
    parameters: str = PARAMETERS,
    tag: str | None = None,
    above: str = "",
) -> Path:
    """A notebook with a title, its parameters, maybe a text above, and the cells ``c0``, ``c1``…"""
    text = [v4.new_markdown_cell(above, id="au-dessus")] if above else []
    cells = [
        v4.new_markdown_cell("# Titre", id="titre"),
        v4.new_code_cell(parameters, id="parametres", metadata={"tags": ["parameters"]}),
        *text,
        *(v4.new_code_cell(source, id=f"c{index}") for index, source in enumerate(sources)),
    ]
    if tag:
        cells[2].metadata["tags"] = [tag]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def task(path: Path, territory: str = "service") -> Task:
    return Task(path.stem, path, territory, 2023, "interne")
