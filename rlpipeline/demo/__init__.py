"""Fictitious records of made-up communes; those that rebuild the printed report of 2023 are data (``data/exemple``)."""

from __future__ import annotations

from pathlib import Path

from rlpipeline.demo.given import fictitious_territory
from rlpipeline.demo.writing import build_tables, write_readme, write_settings, write_source

COMMUNES = 3
YEARS = (2021, 2022, 2023)
SEED = 2023


def write_demo(out: Path, communes: int = COMMUNES, years: tuple[int, ...] = YEARS, seed: int = SEED) -> None:
    """Write ``out/source`` and ``out/params``: same arguments, same bytes. UsageError beyond a thousand communes."""
    chosen = tuple(sorted(set(years)))
    territory = fictitious_territory(communes, seed)
    write_source(build_tables(territory, chosen, seed), out / "source")
    write_readme(territory, chosen, out / "source")
    write_settings(territory, chosen, out / "params")
