"""What lies in the folder of publications and in that of the settings, by name."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from rlpipeline.our_notebooks import COUNTING

CHECKPOINTS = ".ipynb_checkpoints"
"""What JupyterLab leaves beside a file that is saved there: no part of a publication."""
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
YEAR = re.compile(r"^\d{4}$")


def publication(out: Path, year: int, edition: str) -> Path:
    """The folder of one edition of a year."""
    return out / str(year) / DIFFUSION if edition == DIFFUSION else out / str(year)


def shared_years(out: Path) -> list[int]:
    """The years that have an edition to share, oldest first."""
    return sorted(int(folder.parent.name) for folder in out.glob(f"[0-9][0-9][0-9][0-9]/{DIFFUSION}"))


def memory_of(out: Path, year: int, edition: str) -> Path:
    """The private folder of what the last build of an edition of a year leaves to the next."""
    middle = f"-{DIFFUSION}" if edition == DIFFUSION else ""
    return out / f".{year}{middle}{MEMORY}"


def lock_path(target: Path) -> Path:
    """The file that is locked: hidden, beside the publication."""
    return target.with_name(f".{target.name}-verrou")


def secret_path(out: Path, year: int) -> Path:
    """The file, beside the publications and in none of them, of what the service alone knows of an edition to share."""
    return out / f".{year}-diffusion-origine.json"


def failures_of(out: Path, year: int, edition: str) -> Path:
    """Where what prevents publication is kept."""
    return out / FAILURES / publication(out, year, edition).relative_to(out)


def counting_failures(out: Path, year: int) -> Path:
    """Where the notebook of counts is kept that failed in a build whose latest year is this one."""
    return out / FAILURES / f"{COUNTING}-{year}"


def files_in(directory: Path, apart: Collection[str] = (CHECKPOINTS,)) -> Iterator[str]:
    """Path of every file below a directory, in order, but in folders of these names."""
    for place, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if name not in apart)
        yield from (Path(place, name).relative_to(directory).as_posix() for name in sorted(names))


def settings_files(params: Path, year: int) -> Iterator[str]:
    """The settings that one year's report depends on: all but hidden files and what other years do not print.

    Gives paths in the folder of settings, with slashes, in order.
    """
    for name in files_in(params):
        folder, _, rest = name.partition("/")
        hidden = any(part.startswith(".") for part in name.split("/"))
        if hidden or rest == PROOFREADING or (folder == LEDGER and rest):
            continue
        if not (YEAR.match(folder) and rest) or folder == str(year) or rest == PRINTED:
            yield name


def without_texts(settings: Mapping[str, str]) -> dict[str, str]:
    """Of the files of a settings folder, those that are not the texts of a year."""
    return {name: digest for name, digest in settings.items() if f"/{TEXTS}/" not in name}
