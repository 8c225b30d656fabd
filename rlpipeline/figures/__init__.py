"""What is counted: from the frames of the records to the tidy figures of the report."""

from rlpipeline.figures.declaration import (
    HORS,
    PROTECTED_UNITS,
    SANS_COMMUNE,
    SERVICE,
    Declarations,
    Declared,
    Scope,
    territories,
)
from rlpipeline.figures.labels import label_of
from rlpipeline.figures.store import CSV_COLUMNS, Col, Row, Store, TableData

__all__ = [
    "CSV_COLUMNS",
    "HORS",
    "PROTECTED_UNITS",
    "SANS_COMMUNE",
    "SERVICE",
    "Col",
    "Declarations",
    "Declared",
    "Row",
    "Scope",
    "Store",
    "TableData",
    "label_of",
    "territories",
]
