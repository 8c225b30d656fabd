"""``manifest.json``: what a publication was made from, and what became of every task."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rlpipeline.execution.memory import digest_of, hashes, sha256
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.places import MANIFEST, TEXTS
from rlpipeline.execution.workspace import Workspace

PACKAGES = (
    "rlpipeline", "ipython", "jinja2", "markdown-it-py", "matplotlib", "nbconvert", "nbformat", "nh3",
    "numpy", "openpyxl", "pandas", "papermill", "pyarrow", "seaborn", "weasyprint",
)  # fmt: skip
FIGURES = "chiffres"
"""What the figures counted of the year are called beside the tables of the records."""


def write_manifest(
    directory: Path, workspace: Workspace, outcomes: Sequence[Outcome], parameters: Mapping[str, Any]
) -> None:
    """Write the manifest of what lies in a folder beside it.

    Only ``durees`` may differ between two runs of the same inputs and versions. In the edition to share, no digest of
    the settings: it would confirm a guess of what a text not shared says. ``parameters``: what was asked for, without
    any path of the machine nor the source's address.
    """
    notebooks = {outcome.task.notebook.name: outcome.task.notebook for outcome in outcomes}
    shared = workspace.edition == "diffusion"
    counted = workspace.figures / str(parameters["annee"])
    manifest = {
        "parametres": dict(parameters),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "entrees": {
            "donnees": hashes(workspace.figures) if shared else origins(workspace.records, counted),
            "parametres": {} if shared else hashes(workspace.params),
            "notebooks": {name: sha256(path) for name, path in sorted(notebooks.items())},
        },
        "taches": [
            {
                "chapitre": outcome.task.chapter,
                "territoire": outcome.task.territory,
                "annee": outcome.task.year,
                "etat": outcome.state,
            }
            for outcome in outcomes
        ],
        "fichiers": published(directory),
        "durees": {
            f"{outcome.task.territory}/{outcome.task.chapter}": round(outcome.seconds, 3) for outcome in outcomes
        },
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def published(directory: Path) -> dict[str, str]:
    """SHA-256 of every file of a publication but the manifest, by its path in it."""
    return {name: digest for name, digest in hashes(directory).items() if Path(name).name != MANIFEST}


def origins(records: Path, counted: Path) -> dict[str, str]:
    """SHA-256 of each table of the records, and of the figures counted from them: what counts may be changed too.

    ``counted``: folder of the year in the store of exact figures.
    """
    tables = {name.removesuffix(".parquet"): digest for name, digest in hashes(records).items()}
    figures = hashes(counted)
    return {**tables, FIGURES: digest_of(figures)} if figures else tables


def without_texts(settings: Mapping[str, str]) -> dict[str, str]:
    """Of the files of a settings folder, those that are not the texts of a year."""
    return {name: digest for name, digest in settings.items() if f"/{TEXTS}/" not in name}
