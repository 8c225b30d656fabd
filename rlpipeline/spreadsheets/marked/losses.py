"""What a copy made by openpyxl does not keep of a workbook."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

_PARTS = (
    (r"xl/charts/", "les graphiques"),
    (r"xl/threadedComments/", "les fils de discussion (leur texte reste, en commentaire)"),
    (r"xl/(slicers|timelines)/", "les segments"),
    (r"xl/(ctrlProps|activeX)/", "les boutons et les contrôles"),
    (r"xl/vbaProject\.bin", "les macros"),
    (r"xl/diagrams/", "les schémas SmartArt"),
)
_EXTENSIONS = (
    (b"x14:dataValidation ", "les listes déroulantes qui renvoient à une autre feuille"),
    (b"x14:cfRule ", "certaines mises en forme conditionnelles"),
    (b"x14:sparkline ", "les graphiques sparkline"),
)
_SHAPE = re.compile(rb"<xdr:sp[ >]")


def losses(path: Path) -> tuple[str, ...]:
    """The features of a workbook, in French, that its copy will not have."""
    return tuple(dict.fromkeys(_found(path)))


def _found(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield from (lost for pattern, lost in _PARTS if re.match(pattern, name))
            if re.match(r"xl/worksheets/[^/]+\.xml", name):
                content = archive.read(name)
                yield from (lost for mark, lost in _EXTENSIONS if mark in content)
            if re.match(r"xl/drawings/[^/]+\.xml", name) and _SHAPE.search(archive.read(name)):
                yield "les formes et les zones de texte"
