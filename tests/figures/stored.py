"""Records counted into a store, as the notebook of counts does it."""

from __future__ import annotations

from pathlib import Path

from rlpipeline.figures.calculation import Calculation
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service


def stored(records: Records, service: Service, directory: Path, *years: int) -> Path:
    """Write the figures of years, and give their folder."""
    Calculation(records, service, years).write(str(directory / "figures"))
    return directory / "figures"
