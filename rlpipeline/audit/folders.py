"""Where publications are: one folder a year, below the folder of outputs."""

from __future__ import annotations

from pathlib import Path

from rlpipeline.errors import UsageError
from rlpipeline.published.csv_files import FIGURES


def year_folders(out: Path) -> list[Path]:
    """List the published years of a folder, oldest first."""
    found = out.glob("[0-9][0-9][0-9][0-9]") if out.is_dir() else ()
    return sorted(path for path in found if (path / FIGURES).is_file())


def published_years(out: Path) -> tuple[int, ...]:
    """List the years published in a folder, oldest first.

    Raises
    ------
    UsageError
        There is none.
    """
    folders = year_folders(out)
    if not folders:
        raise UsageError(
            "Aucune publication à vérifier.",
            where=str(out),
            expected=f"au moins un dossier d'année avec {FIGURES}",
            todo="la faire d'abord avec « rlpipeline build », ou indiquer son dossier avec --out",
        )
    return tuple(int(folder.name) for folder in folders)
