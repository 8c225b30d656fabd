"""What a reader meets in the published pages: heights, first chart, words, copies of figures, empty cells, weights.

``python benchmarks/pages.py outputs/2023`` prints one Markdown line for each page of both editions; needs Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import html
from playwright.sync_api import Page, sync_playwright

WIDTHS = (1280, 400)
HEAD = (
    "page",
    "hauteur à 1280",
    "hauteur à 400",
    "1ᵉʳ constat",
    "1ᵉʳ graphique",
    "mots",
    "copies",
    "vides vus %",
    "vides %",
    "PDF",
    "Ko",
)
FIRST = """selector => {
  const one = document.querySelector(selector);
  return one ? Math.round(one.getBoundingClientRect().top + scrollY) : null;
}"""


def measured(browser: Page, path: Path) -> Iterator[object]:
    """Give the measures of a page, in the order of ``HEAD``."""
    yield path.name
    places: list[object] = []
    for width in WIDTHS:
        browser.set_viewport_size({"width": width, "height": 800})
        browser.goto(path.resolve().as_uri())
        yield browser.evaluate("document.documentElement.scrollHeight")
        if width == WIDTHS[0]:
            places = [
                browser.evaluate(FIRST, one) for one in (".rl-constats", "figure[data-graphique]")
            ]
    yield from places
    root = html.fromstring(path.read_text(encoding="utf-8"))
    yield len(browser.inner_text("body").split())
    cells = root.xpath("//td[contains(concat(' ', @class, ' '), ' num ')]")
    yield f"{_copies(root, cells):.2f}"
    yield _empty([one for one in cells if next(one.iterancestors("details"), None) is None])
    yield _empty(cells)
    pdf = path.with_suffix(".pdf")
    yield _pages(pdf) if pdf.is_file() else ""
    yield path.stat().st_size // 1024


def _empty(cells: list[html.HtmlElement]) -> int:
    """Zeros and figures not communicated, of a hundred cells."""
    empty = [one for one in cells if {"zero", "nc"} & {*(one.get("class") or "").split()}]
    return round(100 * len(empty) / max(len(cells), 1))


def _copies(root: html.HtmlElement, cells: list[html.HtmlElement]) -> float:
    """Times that a figure of the tables is written in them and in the data of charts, on average."""
    seen: Counter[tuple[str, ...]] = Counter()
    for cell in cells:
        whole = next(
            (one for one in cell.iterancestors("table", "figure") if one.get("data-territoire")),
            None,
        )
        row = cell.getparent().get("data-ligne") or cell.get("data-ligne") or ""
        if whole is None:
            continue
        heads = [one.get("data-colonne") or "" for one in whole.xpath(".//thead/tr/*")]
        place = cell.getparent().index(cell)
        column = cell.get("data-colonne") or (heads[place] if place < len(heads) else "")
        id = whole.get("data-tableau") or whole.get("data-graphique")
        years = [one.get("data-annee") or "" for one in whole.xpath(".//thead/tr/*")]
        year = (
            cell.get("data-annee")
            or (years[place] if place < len(years) else "")
            or whole.get("data-annee")
        )
        seen[id, whole.get("data-territoire"), year, row, column] += 1
    return sum(seen.values()) / max(len(seen), 1)


def _pages(pdf: Path) -> str:
    told = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Pages:\s+(\d+)", told)
    return found[1] if found else ""


def main(directory: Path) -> None:
    """Print a table of the reports and portraits of a year."""
    print("| " + " | ".join(HEAD) + " |\n|" + "--:|" * len(HEAD))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        browser = chromium.new_page()
        for edition in (directory, directory / "diffusion"):
            for path in (edition / "rapport.html", *sorted(edition.glob("communes/*.html"))):
                if path.is_file():
                    print("| " + " | ".join(str(one) for one in measured(browser, path)) + " |")
        chromium.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
