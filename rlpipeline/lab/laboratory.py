"""``rlpipeline lab``: the copies made ready, then JupyterLab in French on the welcome notebook."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp

from rlpipeline.execution.service_folder import refuse_another
from rlpipeline.lab.copies import FOLDER, WELCOME, Copied, copy_chapters
from rlpipeline.our_notebooks import every_notebook
from rlpipeline.settings.models import load_service

SETTINGS = Path(__file__).parent / "settings"


def open_lab(source: str, params: Path, out: Path, notebooks: Path, passed_on: Sequence[str]) -> int:
    """Make the copies ready here and run JupyterLab until it is stopped. Raises as ``prepared``."""
    sys.stderr.write(_welcome(prepared(source, params, out, notebooks)))
    # Ctrl-C stops it at once: neither a question in English, nor a thread that stops what another one runs.
    ServerApp._handle_sigint = ServerApp._signal_stop  # type: ignore[method-assign]
    LabApp.launch_instance([*settings(Path.cwd()), *passed_on])
    return 0


def settings(root: Path) -> list[str]:
    """What JupyterLab is told: where to open, in French, without asking the network for news."""
    return [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{FOLDER}/{WELCOME}",
        f"--LabApp.app_settings_dir={SETTINGS}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--ContentsManager.pre_save_hook=rlpipeline.lab.saving.without_outputs",
        "--LabApp.log_level=ERROR",
        "--ServerApp.log_level=ERROR",
    ]


def prepared(source: str, params: Path, out: Path, notebooks: Path) -> Copied:
    """Make the copies ready.

    Raises UsageError: the outputs are another service's; SettingsError: the settings break their contract.
    """
    refuse_another(out, load_service(params))
    return copy_chapters(every_notebook(notebooks, ours=True), Path(FOLDER), source, str(params), str(out))


def _welcome(copied: Copied) -> str:
    lines = [f"JupyterLab s'ouvre sur {copied.folder / WELCOME} ; Ctrl-C l'arrête."]
    lines += [f"  gardé tel que vous l'avez modifié : {copied.folder / name}" for name in copied.edited]
    lines += ["  (l'effacer, puis relancer, en donne une copie neuve)"] if copied.edited else []
    return "\n".join([*lines, ""])
