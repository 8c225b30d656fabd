"""What lies in the folder of publications and in that of the settings, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rlpipeline.execution.memory import PACKAGE, files_in

DIFFUSION = "diffusion"
"""Published inside the year's directory, by another command: it outlives a new internal edition."""
FAILURES = "echecs"
MEMORY, WORKING = "-memoire", ".travail-"
"""How the private folders end of what a build leaves to the next, and begin in which a year is made."""
DRAFTS = (".*-nouveau*", ".*-ancien-*")
"""Names that anything has while it is written beside its place; a killed command leaves them, wherever that was."""
PRIVATE = (FAILURES, f".*{MEMORY}", f"{WORKING}*", ".calcul-*", ".remise-*", ".*-diffusion-origine.json", *DRAFTS)
"""What builds leave for themselves alone in the folder of publications, or leave there when they are killed."""
INDEX = "index.html"
"""The index of the output folder, which any build writes."""
MANIFEST = "manifest.json"
LEDGER = "diffusions"
"""Written by « rlpipeline share », read by nobody who writes the report."""
PROOFREADING = "relecture.yml"
"""Who has read what of the edition to share of a year: written by « rlpipeline relire », published nowhere."""
PRINTED = "publie.csv"
"""What a report of a year printed, shown beside the figures of the year after."""
TEXTS = "textes"
COUNTING, OWN_INDICATORS = "calcul", "mes_indicateurs"
"""The notebook that counts, run before the chapters, and the one that declares the indicators of the service's own."""
YEAR = re.compile(r"^\d{4}$")


def beside_or_inside(folder: str) -> Path:
    """A folder of ours that is no Python: inside the package where that is installed, beside it in its repository."""
    return PACKAGE / folder if (PACKAGE / folder).is_dir() else PACKAGE.parent / folder


OURS = beside_or_inside("notebooks")
"""The notebooks of rlpipeline."""


def publication(out: Path, year: int, edition: str) -> Path:
    """The folder of one edition of a year."""
    return out / str(year) / DIFFUSION if edition == DIFFUSION else out / str(year)


def memory_of(out: Path, year: int, edition: str) -> Path:
    """The private folder of what the last build of an edition of a year leaves to the next."""
    middle = f"-{DIFFUSION}" if edition == DIFFUSION else ""
    return out / f".{year}{middle}{MEMORY}"


def secret_path(out: Path, year: int) -> Path:
    """The file, beside the publications and in none of them, of what the service alone knows of an edition to share."""
    return out / f".{year}-diffusion-origine.json"


def failures_of(out: Path, year: int, edition: str) -> Path:
    """Where what prevents publication is kept."""
    return out / FAILURES / publication(out, year, edition).relative_to(out)


def counting_failures(out: Path, year: int) -> Path:
    """Where the notebook of counts is kept that failed in a build whose latest year is this one."""
    return out / FAILURES / f"{COUNTING}-{year}"


def every_notebook(notebooks: Path, ours: bool) -> Mapping[str, Path]:
    """The notebooks of a folder by their name, and those of rlpipeline of another name where they are asked for."""
    folders = (OURS, notebooks) if ours else (notebooks,)
    return {path.name: path for folder in folders for path in sorted(folder.glob("*.ipynb"))}


def counting_notebook(notebooks: Path) -> Path:
    """The notebook that counts: the service's own where there is one beside its chapters, else ours."""
    own = notebooks / f"{COUNTING}.ipynb"
    return own if own.is_file() else OURS / own.name


def settings_files(params: Path, year: int) -> Iterator[str]:
    """The settings that one year's report depends on: all but hidden files and what other years do not print.

    Returns
    -------
    Paths in the folder of settings, with slashes, in order.
    """
    for name in files_in(params):
        folder, _, rest = name.partition("/")
        hidden = any(part.startswith(".") for part in name.split("/"))
        if hidden or rest == PROOFREADING or (folder == LEDGER and rest):
            continue
        if not (YEAR.match(folder) and rest) or folder == str(year) or rest == PRINTED:
            yield name
