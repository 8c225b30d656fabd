"""What is counted: from the frames of the records to the tidy figures of the report."""

from rlpipeline.figures.accompagnement import alerts
from rlpipeline.figures.indicator import PROTECTED_UNITS, Indicator
from rlpipeline.figures.labels import LABELS, label_of
from rlpipeline.figures.registry import ACTION_TABLES, LOOKS, REGISTRY, find_indicator
from rlpipeline.figures.scope import HORS, SANS_COMMUNE, SERVICE, Scope, territories
from rlpipeline.figures.source import Source
from rlpipeline.figures.tables import CSV_COLUMNS, Col, Row, TableData, figures, table_data

__all__ = [
    "ACTION_TABLES",
    "CSV_COLUMNS",
    "HORS",
    "LABELS",
    "LOOKS",
    "PROTECTED_UNITS",
    "REGISTRY",
    "SANS_COMMUNE",
    "SERVICE",
    "Col",
    "Indicator",
    "Row",
    "Scope",
    "Source",
    "TableData",
    "alerts",
    "figures",
    "find_indicator",
    "label_of",
    "table_data",
    "territories",
]
