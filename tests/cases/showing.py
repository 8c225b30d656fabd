"""What a golden case shows of what was made: each function gives text, and is a word after ``show``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from lxml import etree, html
from python_calamine import CalamineWorkbook

ROUNDED = re.compile(
    r"(≈|environ)[\u00a0\u202f ]\d[\d\u00a0\u202f ,]*\d|(≈|environ)[\u00a0\u202f ]\d"
)
BLOCKS = (
    "p",
    "li",
    "td",
    "th",
    "caption",
    "figcaption",
    "h1",
    "h2",
    "h3",
    "h4",
    "summary",
    "dt",
    "dd",
)
KEY = ["indicateur", "annee", "territoire", "ligne", "colonne"]


def figures(folder: str, *ids: str) -> str:
    """Every figure of an edition, or of some of its tables: a grid a table and territory.

    Of a rounded one its base alone, once it was found nearer than that to the exact one: which multiple is taken among
    equals is the solver's choice.
    """
    place = Path(folder)
    frame = pd.read_parquet(place / "figures.parquet").dropna(subset="etat")
    exact = place.parent / "figures.parquet"
    rounding = json.loads((place / "datapackage.json").read_text("utf-8")).get("arrondi")
    return _grids(
        frame,
        ids,
        _Rounded(rounding, pd.read_parquet(exact)) if rounding and exact.is_file() else None,
    )


def count(year: str, commune: str = "", *ids: str) -> str:
    """The figures of tables, as a report opened by hand counts them: no chapter runs."""
    import rlpipeline

    report = rlpipeline.open_report(int(year), None if commune in {"", "service"} else commune)
    tables = [report.indicator(table) for table in ids or report.indicators()["id"]]
    frame = pd.concat(tables)
    return _grids(frame, ids, None)


def chart(year: str, commune: str, table: str, kind: str) -> str:
    """A chart of a report opened by hand: its words, then each mark of its drawing, its place and its colour."""
    import rlpipeline

    report = rlpipeline.open_report(int(year), None if commune == "service" else commune)
    shown = report.figure(table, kind=kind)
    drawn = html.fromstring(shown.html).find(".//svg")
    marks = [etree.tostring(mark, encoding="unicode", with_tail=False) for mark in drawn]
    return "\n".join([f"[{table}, {kind}] {drawn.get('viewbox')}", *marks])


class _Rounded:
    """Writes rounded figures, beside the exact ones."""

    def __init__(self, rounding: dict[str, Any], exact: pd.DataFrame) -> None:
        self.rounding = rounding
        self.exact = exact.set_index(KEY)["valeur"].to_dict()

    def __call__(self, figure: dict[str, Any]) -> str:
        others = (
            other["base"]
            for other in self.rounding["autres"]
            if all(figure[name] == code for name, code in other.items() if name != "base")
        )
        base = next(others, self.rounding["base"])
        exact = self.exact.get(tuple(figure[name] for name in KEY))
        if exact is not None and not pd.isna(exact):
            assert abs(figure["valeur"] - exact) < base, f"{figure} is rounded too far from {exact}"
        return f"≈ {base}"


def _grids(frame: pd.DataFrame, ids: Iterable[str], rounded: _Rounded | None) -> str:
    lines: list[str] = []
    for (table, year, territory), rows in frame.groupby(KEY[:3], sort=False):
        if ids and table not in ids:
            continue
        columns = list(rows["colonne"].unique())
        cells = {(figure["ligne"], figure["colonne"]): figure for figure in rows.to_dict("records")}
        units = "/".join(rows["unite"].dropna().unique())
        lines += [f"{table} {year} {territory} ({units})", " | ".join(["", *map(str, columns)])]
        for line in rows["ligne"].unique():
            shown = (_figure(cells.get((line, column)), rounded) for column in columns)
            lines.append(" | ".join([str(line), *shown]))
        lines.append("")
    return "\n".join(lines)


def _figure(figure: dict[str, Any] | None, rounded: _Rounded | None) -> str:
    if figure is None:
        return ""
    if figure["etat"] == "arrondi" and rounded is not None:
        return rounded(figure)
    value = "" if pd.isna(figure["valeur"]) else f"{figure['valeur']:.10g}"
    return value if figure["etat"] == "ok" else f"{value} {figure['etat']}".strip()


def files(folder: str = ".") -> str:
    """Names of the files that a user sees in a folder."""
    root = Path(folder)
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return "\n".join(
        sorted(path.as_posix() for path in paths if not any(p.startswith(".") for p in path.parts))
    )


def text(path: str) -> str:
    """A file of text, as it is."""
    return Path(path).read_text("utf-8")


def workbook(path: str, *sheets: str) -> str:
    """Sheets of a workbook, all of them or those named: their cells as values."""
    book = CalamineWorkbook.from_path(path)
    lines: list[str] = []
    for name in sheets or book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        shown = (" | ".join(map(_cell, row)).rstrip(" |") for row in rows if any(row))
        lines += [f"[{name}]", *shown, ""]
    return _without_rounded("\n".join(lines))


def _cell(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def page(path: str, *ids: str) -> str:
    """What stands on a page: its headings, tables with their cells, pictures by their title."""
    root = html.fromstring(Path(path).read_bytes())
    lines = []
    for element in root.iter("h1", "h2", "h3", "h4", "table", "figure"):
        if element.tag == "table":
            lines += [f"<table {_named(element)}>", *_rows(element)]
        elif element.tag == "figure":
            lines += [f"<figure {_named(element)}>"]
        else:
            lines += [f"{'#' * int(element.tag[1])} {_words(element)}"]
    return _without_rounded("\n".join(lines))


def settings(path: str) -> str:
    """What a file of settings says, without its explanations and what stands ready."""
    lines = Path(path).read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.startswith("#"))


def words(path: str, pattern: str = "") -> str:
    """The words of a page, a block a line: all of them, or the blocks where a pattern is found."""
    root = html.fromstring(Path(path).read_bytes())
    for element in root.xpath("//script | //style | //svg"):
        element.drop_tree()
    leaves = (
        block for block in root.iter(*BLOCKS) if next(block.iterdescendants(*BLOCKS), None) is None
    )
    shown = filter(None, map(_words, leaves))
    return _without_rounded("\n".join(line for line in shown if re.search(pattern, line)))


def _rows(table: html.HtmlElement) -> list[str]:
    return [" | ".join(_words(cell) for cell in row.iter("th", "td")) for row in table.iter("tr")]


def _named(element: html.HtmlElement) -> str:
    around = [element, *element.iterancestors()]
    return next((near.get("id") or "" for near in around if near.get("id")), "")


def _words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _without_rounded(text: str) -> str:
    return ROUNDED.sub(lambda found: f"{found[1] or found[2]} …", text)
