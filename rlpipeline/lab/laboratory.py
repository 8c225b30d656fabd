"""``python3 start.py lab``: the copies made ready, then JupyterLab in French on the welcome notebook."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from jupyterlab.labapp import LabApp

from rlpipeline import french_argparse
from rlpipeline.errors import RlpipelineError, UsageError
from rlpipeline.execution.service_folder import refuse_another
from rlpipeline.lab.copies import FOLDER, WELCOME, Copied, copy_chapters
from rlpipeline.settings.models import load_service

SETTINGS = Path(__file__).parent / "settings"
NOTEBOOKS = Path("notebooks")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the copies ready and run JupyterLab until it is stopped; what is not ours is passed on to it."""
    try:
        options, passed_on = _parser().parse_known_args(arguments)
        copied = prepared(options.source, options.params, options.out or outputs_of(options.params))
    except RlpipelineError as error:
        sys.stderr.write(f"Erreur. {error}\n")
        return error.exit_code
    sys.stderr.write(_welcome(copied))
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
        "--ServerApp.answer_yes=True",  # Ctrl-C stops it without a question in English
        "--LabApp.log_level=ERROR",
        "--ServerApp.log_level=ERROR",
    ]


def _parser() -> french_argparse.Parser:
    parser = french_argparse.Parser(
        prog=f"{'py' if sys.platform == 'win32' else 'python3'} start.py lab",
        description="Ouvre JupyterLab sur la page d'accueil ; les autres options sont celles de JupyterLab.",
    )
    parser.add_argument("--source", default="data/exemple", metavar="SOURCE", help="les données (%(default)s)")
    parser.add_argument("--params", default="params", metavar="DOSSIER", help="les paramètres (%(default)s)")
    parser.add_argument("--out", metavar="DOSSIER", help="où refaire le rapport (outputs, à côté des paramètres)")
    return parser


def outputs_of(params: str) -> str:
    """Give the outputs of the service whose settings these are, where « rlpipeline new » says to publish them."""
    return str(Path(params).parent / "outputs")


def prepared(source: str, params: str, out: str) -> Copied:
    """Make the copies ready.

    Raises
    ------
    UsageError
        This is not the folder of the project, or the outputs are another service's.
    SettingsError
        The settings break their contract.
    """
    if not (NOTEBOOKS / WELCOME).is_file():
        raise UsageError(
            "La page d'accueil est introuvable.",
            where=str(NOTEBOOKS / WELCOME),
            todo="lancer la commande depuis le dossier du projet",
        )
    refuse_another(Path(out), load_service(Path(params)))
    return copy_chapters(NOTEBOOKS, Path(FOLDER), source, params, out)


def _welcome(copied: Copied) -> str:
    lines = [f"JupyterLab s'ouvre sur {copied.folder / WELCOME} ; Ctrl-C l'arrête."]
    lines += [f"  gardé tel que vous l'avez modifié : {copied.folder / name}" for name in copied.kept]
    lines += ["  (l'effacer, puis relancer, en donne une copie neuve)"] if copied.kept else []
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
