"""The typeface that every page has in it: what it is a part of, and that it is written as fontTools makes it."""

from __future__ import annotations

import base64
import io
import re
from importlib.resources import files

from fontTools import subset
from fontTools.ttLib import TTFont

from rlpipeline.publication.page import TEMPLATES, TYPEFACE

HEAD = """/* A part of Source Sans Pro, under another name as its licence asks. Copyright 2010, 2012, 2014 Adobe Systems
   Incorporated, with Reserved Font Name 'Source'; SIL Open Font License 1.1 (https://openfontlicense.org). */
"""
FACE = """@font-face {{
  font-family: Rapport; font-weight: {weight};
  src: url(data:font/woff2;base64,{coded}) format("woff2");
}}
"""
WEIGHTS = {400: "SourceSansPro-Regular", 700: "SourceSansPro-Bold"}
LETTERS = {
    *map(chr, range(0x20, 0x7F)),
    *"ÀÂÄÆÇÈÉÊËÎÏÔÖÙÛÜŸŒàâäæçèéêëîïôöùûüÿœáíóúñ«»‹›“”‘’–—…•·°§²³¹½€≈≤≥≠±−×←→№\u00a0\u202f\u2011",
}
"""Those of French, of numbers, and of names that are common in France."""
NOTICES = [0, 13, 14]
"""Of the names of a face: copyright, licence and its address; what it is called is reserved."""


def part_of(name: str) -> TTFont:
    """Take the letters and their spacing out of a face."""
    path = files("font_source_sans_pro").joinpath("files", f"{name}.ttf")
    face = TTFont(io.BytesIO(path.read_bytes()), recalcTimestamp=False)
    options = subset.Options(
        layout_features=["kern", "liga"], hinting=False, name_IDs=NOTICES, notdef_outline=True
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(LETTERS)))
    subsetter.subset(face)
    face.flavor = "woff2"
    return face


def test_the_typeface_is_what_fonttools_makes_of_the_package() -> None:
    faces = re.findall(
        r"font-weight: (\d+);\s+src: url\(data:font/woff2;base64,([^)]+)\)", written()
    )
    assert [int(weight) for weight, _ in faces] == [*WEIGHTS]
    for weight, coded in faces:
        kept, made = TTFont(io.BytesIO(base64.b64decode(coded))), io.BytesIO()
        part_of(WEIGHTS[int(weight)]).save(made)
        again = TTFont(made)
        assert kept.keys() == again.keys()
        for table in set(kept.keys()) - {"GlyphOrder"}:
            assert kept.getTableData(table) == again.getTableData(table), table


def test_the_typeface_carries_its_licence_and_no_reserved_name() -> None:
    head, _, faces = written().partition("@font-face")
    assert "SIL Open Font License" in head and "Adobe" in head
    for coded in re.findall(r"base64,([^)]+)", faces):
        names = {
            record.nameID: str(record)
            for record in TTFont(io.BytesIO(base64.b64decode(coded)))["name"].names
        }
        assert [*names] == NOTICES
        assert "Reserved Font Name" in names[0] and "SIL Open Font License" in names[13]


def written() -> str:
    return (TEMPLATES / TYPEFACE).read_text(encoding="utf-8")


def write() -> None:
    """Write the style sheet that embeds both weights."""
    faces = ""
    for weight, name in WEIGHTS.items():
        stream = io.BytesIO()
        part_of(name).save(stream)
        faces += FACE.format(weight=weight, coded=base64.b64encode(stream.getvalue()).decode())
    (TEMPLATES / TYPEFACE).write_text(HEAD + faces, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
