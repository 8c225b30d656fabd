"""The looks of our workbooks, and values put in cells so that they are shown, and read back, as they are."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

import numpy as np
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.url import Url
from xlsxwriter.worksheet import Worksheet

Value: TypeAlias = "str | int | float | date | None"
Look: TypeAlias = Mapping[str, Any]

EPOCH = datetime(2000, 1, 1)
LIVE = ("=", "+", "-", "@")
FIRST_SURE_DAY = date(1900, 3, 1)  # before it, spreadsheets do not agree on the number of a day
LONGEST_TEXT, MOST_LINKS = 32_000, 65_000
DAY, TEXT = {"num_format": "dd/mm/yyyy"}, {"num_format": "@"}
PLAIN: Look = {}
TITLE = {"bold": True, "font_size": 14, "font_color": "#17414F"}
QUIET = {"italic": True, "font_color": "#5C666F"}
LINK = {"underline": 1, "font_color": "#0B5A75"}
WRAP = {"text_wrap": True, "valign": "top"}
LINE = {"bottom": 1, "bottom_color": "#B8C4CA"}
TO_FILL = {"bg_color": "#FFF6D6"}
_HEADER = {"bold": True, "text_wrap": True, "valign": "vcenter"}
REQUIRED = {**_HEADER, "font_color": "#FFFFFF", "bg_color": "#17414F"}
OPTIONAL = {**_HEADER, "font_color": "#17414F", "bg_color": "#D3E4EA"}


class Book:
    """A workbook in memory: the same calls give the same bytes."""

    def __init__(self) -> None:
        self._stream = io.BytesIO()
        self.file = xlsxwriter.Workbook(self._stream, {"in_memory": True})
        self.file.set_properties({"author": "rlpipeline", "created": EPOCH})
        self._styles: dict[tuple[tuple[str, Any], ...], Format] = {}

    def style(self, look: Look) -> Format:
        """Give the format of a look, made once."""
        key = tuple(sorted(look.items()))
        if key not in self._styles:
            self._styles[key] = self.file.add_format(dict(look))
        return self._styles[key]

    def page(self, name: str, header: int) -> Page:
        """Add a sheet that prints on as many landscape pages as it takes, one page wide, its header line on each."""
        sheet = self.file.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(header - 1)
        sheet.set_footer("&C&A · &P / &N")
        return Page(self, sheet)

    def content(self) -> bytes:
        """Close the workbook and give its bytes."""
        self.file.close()
        return self._stream.getvalue()


class Page:
    """A sheet, whose lines and columns are numbered from 1."""

    def __init__(self, book: Book, sheet: Worksheet) -> None:
        self.book, self.sheet = book, sheet

    def put(self, line: int, column: int, value: Value, look: Look = PLAIN) -> None:
        """Put a value; a text is never a formula, now or when the cell is edited."""
        if isinstance(value, date) and value < FIRST_SURE_DAY:
            value = value.isoformat()
        if isinstance(value, float) and float(f"{value:.15g}") != value:
            value = np.format_float_positional(
                value, trim="-"
            )  # more digits than a spreadsheet holds
        place = line - 1, column - 1
        if isinstance(value, str):
            live = {"quote_prefix": True} if value.startswith(LIVE) else {}
            self.sheet.write_string(*place, value, self.book.style({**look, **live}))
        elif isinstance(value, date):
            self.sheet.write_datetime(*place, value, self.book.style(look))
        elif value is None:
            self.sheet.write_blank(*place, None, self.book.style(look))
        else:
            self.sheet.write_number(*place, value, self.book.style(look))

    def put_link(
        self, line: int, column: int, text: str, sheet: str, cell: str = "A1", file: str = ""
    ) -> None:
        """Put a link to a cell of another sheet, or of another file by its quoted path; to the file without a sheet."""
        place = f"'{sheet.replace(chr(39), chr(39) * 2)}'!{cell}" if sheet else ""
        link = _FileLink(file, place) if file else Url(f"internal:{place}")
        link.text = text
        self.sheet.write_url(line - 1, column - 1, link, self.book.style({**LINK, **WRAP}))

    def put_header(
        self, line: int, texts: tuple[str, ...], look: Look = OPTIONAL, column: int = 1
    ) -> None:
        """Put headers beside each other."""
        for number, text in enumerate(texts, start=column):
            self.put(line, number, text, look)

    def set_widths(self, *widths: float) -> None:
        """Set the widths of the first columns, in characters."""
        for number, width in enumerate(widths):
            self.sheet.set_column(number, number, width)


class _FileLink(Url):  # type: ignore[misc]
    """A link to another file by a path as the web writes it: the library's has the strokes of Windows."""

    def __init__(self, file: str, place: str) -> None:
        super().__init__(f"external:{file}")
        self._link, self._relationship_link, self._anchor = file, file, place
