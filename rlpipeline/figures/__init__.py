"""What is counted: from the frames of the records to the tidy figures of the report."""

from rlpipeline.declared import TableSpec
from rlpipeline.figures.declaration import (
    HORS,
    PROTECTED_UNITS,
    SANS_COMMUNE,
    SERVICE,
    Declarations,
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
    "Row",
    "Scope",
    "Store",
    "TableData",
    "TableSpec",
    "label_of",
    "territories",
]
