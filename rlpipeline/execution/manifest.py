"""``manifest.json``: what a publication was made from, and what became of every task."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rlpipeline.execution.cache import digest_of
from rlpipeline.execution.code import sha256
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.unchanged import CHECKPOINTS
from rlpipeline.execution.workspace import Workspace

NAME = "manifest.json"
PACKAGES = (
    "rlpipeline", "ipython", "jinja2", "markdown-it-py", "matplotlib", "nbconvert", "nbformat", "nh3",
    "numpy", "openpyxl", "pandas", "papermill", "pyarrow", "seaborn", "weasyprint",
)  # fmt: skip
FIGURES = "chiffres"
"""What the figures counted of the year are called beside the tables of the records."""
DURATIONS = "durees"


@dataclass(frozen=True)
class Run:
    """One year's run, once over.

    Parameters
    ----------
    parameters
        What was asked for, without any path of the machine nor the source's address.
    """

    workspace: Workspace
    outcomes: Sequence[Outcome]
    parameters: Mapping[str, Any]


def describe(run: Run, published: Path) -> dict[str, Any]:
    """The manifest of what lies in ``published``.

    Returns
    -------
    dict
        Values for JSON. Only ``durees`` may differ between two runs of the same inputs and versions. In the edition to
        share, no digest of the settings: it would confirm a guess of what a text not shared says.
    """
    notebooks = {outcome.task.notebook.name: outcome.task.notebook for outcome in run.outcomes}
    return {
        "parametres": dict(run.parameters),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "entrees": {
            "donnees": _origins_of(run),
            "parametres": {} if run.workspace.edition == "diffusion" else hashes(run.workspace.params),
            "notebooks": {name: sha256(path) for name, path in sorted(notebooks.items())},
        },
        "taches": [_task(outcome) for outcome in run.outcomes],
        "fichiers": hashes(published),
        DURATIONS: {_name(outcome): round(outcome.seconds, 3) for outcome in run.outcomes},
    }


def origins(records: Path, counted: Path) -> dict[str, str]:
    """SHA-256 of each table of the records, and of the figures counted from them: what counts may be changed too.

    Parameters
    ----------
    counted
        Folder of the year in the store of exact figures.
    """
    tables = {name.removesuffix(".parquet"): digest for name, digest in hashes(records).items()}
    figures = hashes(counted)
    return {**tables, FIGURES: digest_of(figures)} if figures else tables


def _origins_of(run: Run) -> dict[str, str]:
    """What the edition comes from: records and counts, or protected figures alone."""
    workspace = run.workspace
    if workspace.edition == "diffusion":
        return hashes(workspace.figures)
    return origins(workspace.records, workspace.figures / str(run.parameters["annee"]))


def write_manifest(manifest: Mapping[str, Any], directory: Path) -> None:
    """Write the manifest beside what it describes."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (directory / NAME).write_text(text, encoding="utf-8", newline="\n")


def hashes(directory: Path) -> dict[str, str]:
    """SHA-256 of every file below a directory but the manifest, by its path in it."""
    files = (path for path in directory.rglob("*") if path.is_file() and path.name != NAME)
    files = (path for path in files if CHECKPOINTS not in path.parts)
    return {name: sha256(directory / name) for name in sorted(path.relative_to(directory).as_posix() for path in files)}


def without_texts(settings: Mapping[str, str]) -> dict[str, str]:
    """Of the files of a settings folder, those that are not the texts of a year."""
    return {name: digest for name, digest in settings.items() if "/textes/" not in name}


def _task(outcome: Outcome) -> dict[str, Any]:
    task = outcome.task
    return {"chapitre": task.chapter, "territoire": task.territory, "annee": task.year, "etat": outcome.state}


def _name(outcome: Outcome) -> str:
    return f"{outcome.task.territory}/{outcome.task.chapter}"
