"""``rlpipeline lab``: the copies made ready, JupyterLab in French on the welcome notebook, and what it saves."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp

from rlpipeline.execution.install import refuse_another
from rlpipeline.lab.copies import FOLDER, WELCOME, copy_chapters
from rlpipeline.our_notebooks import every_notebook
from rlpipeline.settings.models import load_service

CHAPTERS = "notebooks"
CELL_METADATA = frozenset({"tags", "alt", "slideshow"})
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "lang": "fr",
    "language_info": {"name": "python"},
}


def open_lab(source: str, params: Path, out: Path, notebooks: Path, passed_on: Sequence[str]) -> int:
    """Make the copies ready here and run JupyterLab until it is stopped.

    Raises UsageError: the outputs are another service's; SettingsError: the settings break their contract.
    """
    refuse_another(out, load_service(params))
    edited = copy_chapters(every_notebook(notebooks, ours=True), Path(FOLDER), source, str(params), str(out))
    lines = [f"JupyterLab s'ouvre sur {Path(FOLDER, WELCOME)} ; Ctrl-C l'arrête."]
    lines += [f"  gardé tel que vous l'avez modifié : {Path(FOLDER, name)}" for name in edited]
    lines += ["  (l'effacer, puis relancer, en donne une copie neuve)"] if edited else []
    sys.stderr.writelines(f"{line}\n" for line in lines)
    # Ctrl-C stops it at once: neither a question in English, nor a thread that stops what another one runs.
    ServerApp._handle_sigint = ServerApp._signal_stop  # type: ignore[method-assign]
    settings = [  # where to open, in French, without asking the network for news
        f"--ServerApp.root_dir={Path.cwd()}",
        f"--LabApp.default_url=/lab/tree/{FOLDER}/{WELCOME}",
        f"--LabApp.app_settings_dir={Path(__file__).parent / 'settings'}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--ContentsManager.pre_save_hook={__name__}.without_outputs",
        "--LabApp.log_level=ERROR",
        "--ServerApp.log_level=ERROR",
    ]
    LabApp.launch_instance([*settings, *passed_on])
    return 0


def without_outputs(model: dict[str, Any], path: str, **_: Any) -> None:
    """Strip, in place as the hook wants it, a chapter about to be saved; the screen keeps its outputs.

    Outputs are figures about young people, and would be in version control; what else is stripped changes at each save
    or from a machine to another.
    """
    if model.get("type") != "notebook" or path.strip("/").partition("/")[0] != CHAPTERS or not model.get("content"):
        return
    content = model["content"]
    content["metadata"] = METADATA
    for cell in content["cells"]:
        cell["metadata"] = {name: cell["metadata"][name] for name in cell["metadata"] if name in CELL_METADATA}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
