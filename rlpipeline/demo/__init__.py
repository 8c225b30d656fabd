"""Fictitious records: those that rebuild the printed report of 2023, or those of made-up communes."""

from __future__ import annotations

from pathlib import Path

from rlpipeline.demo.assembly import build_tables
from rlpipeline.demo.territory import fictitious_territory, printed_territory
from rlpipeline.demo.writing import write_readme, write_settings, write_source

DEFAULT_YEARS = (2021, 2022, 2023)
DEFAULT_SEED = 2023


def write_demo(
    out: Path, communes: int | None = None, years: tuple[int, ...] = DEFAULT_YEARS, seed: int = DEFAULT_SEED
) -> None:
    """Write ``out/source/<table>.csv``, ``out/source/LISEZMOI.md`` and ``out/params/``.

    Parameters
    ----------
    out
        Folder to write in, made if needed.
    communes
        Number of made-up communes (1 to 1000); None for the four communes of the printed report.
    years
        Years to fill.
    seed
        Same arguments, same bytes.

    Raises
    ------
    UsageError
        Too few or too many communes.
    """
    chosen = tuple(sorted(set(years)))
    territory = printed_territory() if communes is None else fictitious_territory(communes, seed)
    write_source(build_tables(territory, chosen, seed), out / "source")
    write_readme(territory, chosen, out / "source")
    write_settings(territory, chosen, out / "params")
