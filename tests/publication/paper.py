"""What a PDF says of itself and of its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from unicodedata import normalize

import page as validator
import pikepdf

from tests.publications import words_of

ENTRY = re.compile(r"^(?P<title>\S.*?)\s{2,}(?P<page>\d+)$")
WIDTH = 595
"""Of a sheet, in points."""


def sheets(pdf: bytes) -> list[str]:
    """The words of each page, as they are laid out."""
    return [normalize("NFKC", page) for page in words_of(pdf, "-layout").split("\f")[:-1]]


def faults(pdf: bytes) -> list[str]:
    """What a validator of PDF/UA-1 has to say."""
    return [
        f"{one.rule_id}: {one.message}"
        for one in validator.validate_pdf_bytes(pdf, profile="ua1").failures
    ]


def headings(pdf: bytes) -> dict[str, int]:
    """The page, from 1, of each heading that the bookmarks lead to."""
    with pikepdf.open(BytesIO(pdf)) as document, document.open_outline() as outline:
        numbers = {sheet.objgen: number for number, sheet in enumerate(document.pages, start=1)}
        left, found = list(outline.root), {}
        while left:
            item = left.pop(0)
            left += item.children
            assert item.destination is not None
            found.setdefault(_title(item.title), numbers[item.destination[0].objgen])
        return found


def contents(pdf: bytes) -> list[tuple[str, int]]:
    """Title and page of each entry of the contents, as they are printed."""
    page = next(number for number, words in enumerate(sheets(pdf), start=1) if "Sommaire" in words)
    boxes = words_of(pdf, "-bbox", "-f", str(page), "-l", str(page))
    extent = re.search(
        r'yMin="(\d+)[^>]*>Sommaire<.*?yMin="(\d+)[^>]*>Les<[^>]*>\s*<[^>]*>tableaux<',
        boxes,
        re.DOTALL,
    )
    assert extent is not None, "the contents end with what is said of the folded tables"
    top, bottom = map(int, extent.groups())
    sizes = {"-f": page, "-l": page, "-x": 0, "-y": top, "-W": WIDTH, "-H": bottom - top}
    options = [str(part) for pair in sizes.items() for part in pair]
    return [*_entries(words_of(pdf, "-layout", *options))]


def _entries(words: str) -> Iterator[tuple[str, int]]:
    """What the contents say, where long titles go on in a second line."""
    title = ""
    for line in normalize("NFKC", words).replace("Sommaire", "").replace("\f", "").splitlines():
        title = f"{title} {line.strip()}".strip()
        if entry := ENTRY.match(title):
            yield _title(entry["title"]), int(entry["page"])
            title = ""


def _title(words: str) -> str:
    return " ".join(re.sub(r"^(?:[IVX]+|\d+\.)\s+", "", normalize("NFKC", words)).split())


def tags(document: pikepdf.Pdf, kind: str) -> list[pikepdf.Object]:
    """Elements of one kind, in reading order."""
    found: list[pikepdf.Object] = []
    left = [document.Root.StructTreeRoot.K[0]]
    while left:
        element = left.pop(0)
        if element.get("/S") == kind:
            found.append(element)
        kids = element.get("/K", [])
        inside = kids if isinstance(kids, pikepdf.Array) else [kids]
        left[:0] = [kid for kid in inside if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
    return found
