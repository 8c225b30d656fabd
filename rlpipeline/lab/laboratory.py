"""``rlpipeline lab``: copies to try anything in, out of version control, or to become the service's own."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from rlpipeline.errors import UsageError, without_password
from rlpipeline.execution.memory import sha256
from rlpipeline.execution.notebook_files import has_tag, read_notebook, write_private
from rlpipeline.execution.output_folder import refuse_other_service
from rlpipeline.execution.plan import CHAPTER_NAME, find_chapters
from rlpipeline.our_notebooks import every_notebook
from rlpipeline.records.database import PASSWORD_VARIABLES, database_url
from rlpipeline.settings.models import Settings, load_service

FOLDER, WELCOME, MODEL = "explorer", "accueil.ipynb", "modele.ipynb"
COPIES = ".copies.json"
"""Digest of each copy as it was made: one that still has it was not touched, and may be made again."""

DEFAULT = re.compile(
    r"""(?P<start>(?P<name>\w+)(?:: \w+)? = )(?:None|"[^"]*"|'[^']*')(?P<rest>.*)"""
)
"""A parameter that is a text: its name and type, and what stands after its default."""
CHAPTERS = "notebooks"
CELL_METADATA = frozenset({"tags", "alt", "slideshow"})
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "lang": "fr",
    "language_info": {"name": "python"},
}


def open_lab(
    source: str, params: Path, out: Path, notebooks: Path, passed_on: Sequence[str]
) -> int:
    """Make the copies ready here and run JupyterLab until it is stopped.

    Raises UsageError: the outputs are another service's; SettingsError: the settings break their contract.
    """
    from jupyter_server.serverapp import ServerApp  # noqa: PLC0415 - the server's, which notebooks must not load
    from jupyterlab.labapp import LabApp  # noqa: PLC0415

    refuse_other_service(out, load_service(params))
    keep_password(source)
    ours = every_notebook(notebooks, ours=True)
    edited = copy_chapters(ours, Path(FOLDER), source, str(params), str(out))
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


def keep_password(source: str) -> None:
    """Have the notebooks that this process will run find the password of a database: no file has it."""
    password = database_url(source).password if "://" in source else None
    if password:
        os.environ[PASSWORD_VARIABLES[0]] = str(password)


def without_outputs(model: dict[str, Any], path: str, **_: Any) -> None:
    """Strip, in place as the hook wants it, a chapter about to be saved; the screen keeps its outputs.

    Outputs are figures about young people, and would be in version control; what else is stripped changes at each save
    or from a machine to another.
    """
    is_chapter = path.strip("/").partition("/")[0] == CHAPTERS
    content = model.get("content")
    if not content or not is_chapter or model.get("type") != "notebook":
        return
    content["metadata"] = METADATA
    for cell in content["cells"]:
        kept = {name: value for name, value in cell["metadata"].items() if name in CELL_METADATA}
        cell["metadata"] = kept
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None


def copy_chapters(
    notebooks: Mapping[str, Path], folder: Path, source: str, params: str, out: str
) -> list[str]:
    """Copy every notebook, with the service's source, settings and outputs as defaults; what the analyst changed stays.

    Parameters
    ----------
    notebooks
        Those to copy, by the name of the copy.
    source, params, out
        As the command line names them, from the folder that holds the copies.

    Returns
    -------
    The copies that the analyst changed, and that are older than their chapter or have another source.
    """
    folder.mkdir(exist_ok=True)
    record, digests = folder / COPIES, dict[str, str]()
    if record.is_file():
        digests = json.loads(record.read_text(encoding="utf-8"))
    places = {"source": source, "params": params, "out": out}
    defaults = {name: path_from(folder, place) for name, place in places.items()}
    edited = []
    for name, path in sorted(notebooks.items()):
        copy, origin = folder / name, sha256(path) + json.dumps(defaults, sort_keys=True)
        former, _, former_origin = digests.get(name, "").partition(" ")
        if copy.is_file() and sha256(copy) != former:
            edited += [name] if former_origin != origin else []
        else:
            _write_with_defaults(path, copy, defaults)
            digests[name] = f"{sha256(copy)} {origin}"
    record.write_text(without_password(json.dumps(digests, indent=1)), encoding="utf-8")
    return edited


def path_from(folder: Path, place: str) -> str:
    """Give a path as a notebook of the folder says it; the address of a database as it is, but for its password."""
    if "://" in place or Path(place).is_absolute():
        return without_password(place)
    return Path(os.path.relpath(place, folder)).as_posix()


def _write_with_defaults(path: Path, target: Path, defaults: Mapping[str, str]) -> None:
    """Copy a notebook, whose cells of parameters take some defaults."""

    def said(line: str) -> str:
        default = DEFAULT.match(line)
        if default is None or default["name"] not in defaults:
            return line
        place = without_password(defaults[default["name"]])
        return f"{default['start']}{json.dumps(place, ensure_ascii=False)}{default['rest']}"

    notebook = read_notebook(path)
    for cell in notebook.cells:
        if has_tag(cell, "parameters"):
            cell.source = "\n".join(map(said, cell.source.splitlines()))
    write_private(target, notebook)


def create_chapter(
    notebooks: Path, name: str, settings: Settings, defaults: Mapping[str, str]
) -> str:
    """Copy the model under a name, with the service's source and settings as defaults; say what to do next, in
    Markdown.

    Raises UsageError: the name cannot be a chapter's, or is taken.
    """
    path = notebooks / f"{name}.ipynb"
    if not CHAPTER_NAME.match(name) or path.name == MODEL:
        raise UsageError(
            "Ce nom ne convient pas à un chapitre.",
            expected="des lettres sans accent, des chiffres, - ou _",
            got=name or "rien",
            todo="choisir par exemple chantiers_educatifs",
        )
    if path.exists():
        raise UsageError(
            "Ce chapitre existe déjà.", where=str(path), todo="l'ouvrir, ou choisir un autre nom"
        )
    copy_ours(notebooks, name, defaults, MODEL)
    named = settings.report.chapitres or find_chapters(notebooks, ours=True)
    chapters = [chapter for chapter in named if chapter != name]
    listed = ", ".join(_before_annexes(chapters, name))
    return (
        f"Le chapitre est là : [{path.as_posix()}]({path.as_posix()}).\n\n"
        f"Pour qu'il entre dans le rapport, écrire dans `{settings.report_path.as_posix()}`, à la place voulue :\n\n"
        f"```yaml\nchapitres: [{listed}]\n```\n\n"
        "Pour qu'il entre aussi dans les portraits des communes, l'ajouter de même à `portrait:`."
    )


def _before_annexes(chapters: Sequence[str], name: str) -> list[str]:
    """Put a chapter before the annexes, else last."""
    first = [*takewhile(lambda chapter: "annexes" not in chapter, chapters)]
    return [*first, name, *chapters[len(first) :]]


def copy_ours(notebooks: Path, name: str, defaults: Mapping[str, str], ours: str = "") -> Path:
    """Copy one of our notebooks among the service's, which the report takes from then on; one that is there stays.

    ``ours``: file name of the one to copy; the one of that name when empty.
    """
    path = notebooks / f"{name}.ipynb"
    if not path.exists():
        notebooks.mkdir(exist_ok=True)
        copied = every_notebook(notebooks, ours=True)[ours or path.name]
        _write_with_defaults(copied, path, defaults)
    return path
