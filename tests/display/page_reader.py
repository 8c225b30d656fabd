"""Every sentence of a service's pages, in both editions, read for what is false or silly, without a build.

The chapters of the package are run cell by cell on the figures of a service, exact and protected; the year before was
shared first where there is one. ``python -m tests.display.page_reader FOLDER YEAR`` reads a service of yours.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from rlpipeline.checks.shown_values import Quote, parse, read_cells, read_quotes
from rlpipeline.declared import FigureKey
from rlpipeline.display.cells import Reference, figures_by_cell
from rlpipeline.display.layout import MARK
from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE, Scope, Store
from rlpipeline.observations import Comparison, Observation, compare, share_of
from rlpipeline.pipeline.shared_edition import protect_figures
from rlpipeline.records.store import open_records
from rlpipeline.report import Report
from rlpipeline.settings.models import load_settings
from rlpipeline.states import (
    ALIKE,
    CHANGES,
    MASQUE,
    NC,
    NOT_ENTERED,
    PARTIAL_MARK,
    REASONS,
    SIGN,
    TOO_SMALL,
    WORDS,
    ZERO,
)
from tests.figures.stored import stored
from tests.protection.life import Life

CHAPTERS = sorted(Path(__file__).parents[2].glob("notebooks/0*.ipynb"))
OURS = frozenset({"constats", "essentiel", "affiche"})
"""Texts whose words are the package's."""
MASKED_WORDS = re.compile(
    rf"(?:nombre|taux|part) (?:{'|'.join(filter(None, (w.word for w in WORDS.values() if w.word != 'environ')))})e?\b"
)
CONTRACTIONS = re.compile(
    r"\b(?:[dD]e|à) Les? (?=[A-ZÀ-Ý])|\b[dD]e (?=[AEIOUÉÈÊÎÔ][a-zà-ÿ])|\b[dD]e l[ea]s? (?=[A-ZÀ-Ý])"
)
PERCENT = re.compile(r"(?<![\d,])(\d+(?:,\d+)?)[\u00a0\u202f ]%")


@dataclass(frozen=True)
class Fragment:
    """What a cell shows: its call (``table``, ``figure``…), the id that it is about, its HTML."""

    call: str
    id: str
    html: str

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "lxml")

    @property
    def sentences(self) -> list[str]:
        """Words of its blocks that are no cells of a table, as they are read."""
        blocks = self.soup.select("p, li, figcaption, caption, summary, dt, dd")
        return [" ".join(block.get_text().split()) for block in blocks]


@dataclass(frozen=True)
class Page:
    """The report of a territory in an edition, and the exact figures behind it."""

    report: Report
    exact: Store
    fragments: tuple[Fragment, ...]

    @property
    def is_shared(self) -> bool:
        return self.report.settings.edition == "diffusion"

    @property
    def name(self) -> str:
        return f"{self.report.settings.edition} {self.report.scope.territory}"


Wrong = Iterator[str]


def pages_of(folder: Path, year: int) -> Iterator[Page]:
    """Give the pages of a service (``source/`` and ``params/``), of both editions, the service first."""
    with tempfile.TemporaryDirectory() as made:
        life = Life.copied(folder / "source", folder / "params", Path(made))
        settings = load_settings(life.params, year)
        service, params = settings.service, life.params
        records = open_records(str(life.folder / "source"), service)
        years = (year - 1, year) if (params / str(year - 1)).is_dir() else (year,)
        exact = Store(stored(records, service, Path(made), *years))
        if len(years) > 1:
            life.share(year - 1)
        shared = settings.model_copy(update={"edition": "diffusion"})
        protect_figures(exact, shared, Path(made, "shared"), frozenset())
        for edition, store in (("interne", exact), ("diffusion", Store(Path(made, "shared")))):
            chosen = settings.model_copy(update={"edition": edition})
            portraits = service.commune_codes if len(service.communes) > 1 else ()
            for territory in (SERVICE, *portraits):
                report = Report(store, chosen, Scope(year, territory, service))
                yield Page(report, exact, tuple(_fragments(report)))


def _fragments(report: Report) -> Iterator[Fragment]:
    for chapter in CHAPTERS:
        for cell in json.loads(chapter.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] != "code" or not source.startswith("report."):
                continue
            shown = eval(source, {"report": report})
            call = ast.parse(source).body[0].value  # type: ignore[attr-defined]
            id = call.args[0].value if call.args else ""
            if shown is not None:
                yield Fragment(call.func.attr, id, shown.html)


def wrong_reasons(page: Page) -> Wrong:
    """A reason for which nothing is shown that the exact figures contradict."""
    words = {code: REASONS[code].format(annee=page.report.settings.year) for code in REASONS}
    for fragment in page.fragments:
        for sentence in fragment.sentences:
            for code, holds in _REASONS_HOLD.items():
                said = words.get(code) or WORDS[code].no_chart
                if said in sentence and not holds(page, fragment.id):
                    yield f"{said!r} : {sentence}"


def _exact(page: Page, id: str) -> list[Observation]:
    scope = page.report.scope
    figures = page.exact.table(id, scope).figures
    return [*figures_by_cell(figures[figures["annee"] == scope.year]).values()]


def _shown(page: Page, id: str) -> list[Observation]:
    data = page.report.source.table(id, page.report.scope)
    return [*figures_by_cell(data.current).values()]


def _parts_unshared(page: Page, id: str) -> bool:
    """Whether the edition has a table without its lines, or with none of their numbers."""
    data = page.report.source.table(id, page.report.scope)
    parts = [
        figure for (line, _), figure in figures_by_cell(data.current).items() if line != "total"
    ]
    return page.is_shared and not any(figure.is_number for figure in parts)


_REASONS_HOLD: Mapping[str, Callable[[Page, str], bool]] = {
    ZERO: lambda page, id: all(figure.is_nothing for figure in _exact(page, id)),
    NOT_ENTERED: lambda page, id: not _exact(page, id),
    TOO_SMALL: lambda page, id: any(figure.is_below for figure in _shown(page, id)),
    ALIKE: lambda page, id: any(figure.is_rounded for figure in _shown(page, id)),
    NC: lambda page, id: any(figure.state == NC for figure in _exact(page, id)),
    MASQUE: _parts_unshared,
}


def masked_words(page: Page) -> Wrong:
    """« un nombre masqué » within a sentence of ours, or of a text in the edition to share."""
    for fragment in page.fragments:
        if fragment.call == "method":
            continue
        for sentence in fragment.sentences:
            if MASKED_WORDS.search(sentence):
                yield sentence


def contractions(page: Page) -> Wrong:
    """« de Le Portel », « de Épinoche »."""
    for fragment in page.fragments:
        for sentence in fragment.sentences:
            if CONTRACTIONS.search(sentence):
                yield sentence


def idle_legends(page: Page) -> Wrong:
    """A legend of a sign that no cell of its table has."""
    for fragment in page.fragments:
        if fragment.call not in {"table", "figure", "essentials"}:
            continue
        notes = [
            note.get_text() for note in fragment.soup.select("p.rl-note, figcaption, .rl-remarques")
        ]
        for note in fragment.soup.select("p.rl-note"):
            note.extract()
        shown = fragment.soup.get_text(" ")
        drawn = "<figure" in fragment.html
        for sign, meaning in _signs():
            explained = any(meaning in " ".join(note.split()) for note in notes)
            if explained and sign not in shown and not drawn:
                yield f"{fragment.id} : {sign!r} est expliqué, et nulle part"


def _signs() -> Iterator[tuple[str, str]]:
    for state in (NC, MASQUE):
        yield WORDS[state].cell, f"{WORDS[state].cell} : {WORDS[state].meaning}"
    yield PARTIAL_MARK, f"{PARTIAL_MARK} {WORDS['partiel'].meaning}"
    yield SIGN.strip(), f"{SIGN.strip()} : nombre arrondi"
    yield MARK, f"{MARK} écart net"
    for base in (5, 10):
        yield f"moins de {base}", f"« moins de {base} » : de 0"


def repeated_headline(page: Page) -> Wrong:
    """A first finding that is about the figure of the headline, where the headline tells no change."""
    for fragment in page.fragments:
        headline, first = (fragment.soup.select_one(css) for css in (".rl-une", ".rl-constats li"))
        if fragment.call != "findings" or headline is None or first is None:
            continue
        tells_change = re.search(r"fois|plus|moins|data-fonction=.sens", str(headline))
        quoted = [_references(part) for part in (headline, first)]
        if quoted[0] and quoted[0][:1] == quoted[1][:1] and not tells_change:
            yield f"{headline.get_text()} / {first.get_text()}"


def _references(part: Tag) -> list[str]:
    return [
        str(span["data-ref"]) for span in part.select("[data-ref]") if "/" in str(span["data-ref"])
    ]


def two_precisions(page: Page) -> Wrong:
    """A percentage of one figure written in two ways: « 55 % » and « 55,00 % »."""
    written: dict[FigureKey, set[str]] = {}
    for fragment in page.fragments:
        root = parse(fragment.html)
        for cell in read_cells(root, "page"):
            if cell.kind in {"tableau", "graphique"} and (found := PERCENT.match(cell.words)):
                written.setdefault(cell.key, set()).add(found[1])
        for quote in read_quotes(root, "page"):
            found = PERCENT.search(quote.words)
            if quote.function == "chiffre" and found and "decimales" not in quote.options:
                key = FigureKey(quote.ref[0], quote.annee, quote.territoire, *quote.ref[1:])
                written.setdefault(key, set()).add(found[1])
    for key, ways in written.items():
        if len(ways) > 1:
            yield f"{key} : {sorted(ways)}"


def odd_zeros(page: Page) -> Wrong:
    """« 0 % par rapport à 2022 » of what moved."""
    for fragment in page.fragments:
        for sentence in fragment.sentences:
            if re.search(r"(?<![\d,])0[\u00a0 ]% par rapport", sentence):
                yield sentence


def disagreements(page: Page) -> Wrong:
    """A change, in a cell or in a sentence, that the one rule does not tell."""
    for fragment in page.fragments:
        root = parse(fragment.html)
        for cell in read_cells(root, "page"):
            if cell.kind == "écart":
                yield from _wrong_cell(page, cell.key, cell.words)
        for quote in read_quotes(root, "page"):
            if quote.function in {"evolution", "tendance", "fois", "sens"}:
                yield from _wrong_quote(page, quote)


def _cell(page: Page, key: FigureKey) -> Observation | None:
    path = key.indicateur, key.ligne, key.colonne
    try:
        return page.report._laid.lookup.cell(Reference(*path, key.annee, key.territoire))
    except UsageError:
        return None


def _before(page: Page, key: FigureKey) -> Observation | None:
    layout = page.report._laid.layout(
        key.indicateur, replace(page.report.scope, territory=key.territoire)
    )
    return layout.before.at(key.ligne, key.colonne) if layout.before else None


def _wrong_cell(page: Page, key: FigureKey, words: str) -> Wrong:
    compared = compare(_cell(page, key), _before(page, key))
    if not _agrees(words.removesuffix(MARK).strip(), compared):
        yield f"{key} : {words!r}, {compared}"


def _agrees(words: str, compared: Comparison) -> bool:
    if not words or not compared.is_told:
        return not words and not compared.is_told
    if compared.value is None:
        return words == CHANGES["hausse" if compared.direction == 1 else "baisse"]
    number = 0.0 if words == CHANGES["egal"] else _number(words)
    return abs(number - compared.value) < 0.006  # what is no number is never so near


def _number(words: str) -> float:
    bare = re.sub(r"\s", "", words).replace(",", ".").replace("−", "-")
    return float(bare) if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", bare) else float("nan")


def _wrong_quote(page: Page, quote: Quote) -> Wrong:
    key = FigureKey(quote.ref[0], quote.annee, quote.territoire, *quote.ref[1:])
    since = int(quote.options.get("depuis", quote.annee - 1))
    now, before = _cell(page, key), _cell(page, key._replace(annee=since))
    if whole := quote.options.get("sur"):
        of = FigureKey(*_path(whole)[:1], quote.annee, quote.territoire, *_path(whole)[1:])
        wholes = _cell(page, of), _cell(page, of._replace(annee=since))
        if not (now and before and wholes[0] and wholes[1]):
            return
        now, before = share_of(now, wholes[0]), share_of(before, wholes[1])
    compared = compare(now, before)
    told = not re.search(r"évolution|non comparable", quote.words) and "sinon" not in quote.options
    has_number = bool(re.search(r"\d", quote.words))
    if told and (not compared.is_told or (has_number and compared.value is None)):
        yield f"{key} : {quote.words!r}, {compared}"


def _path(written: str) -> tuple[str, str, str]:
    table, line, column = written.split("/")
    return table, line, column


READINGS: tuple[Callable[[Page], Wrong], ...] = (
    wrong_reasons,
    masked_words,
    contractions,
    idle_legends,
    repeated_headline,
    two_precisions,
    odd_zeros,
    disagreements,
)


def read(page: Page) -> list[str]:
    """Give all that is wrong with a page, each with what is read for."""
    return [
        f"{page.name} {reading.__name__} : {wrong}"
        for reading in READINGS
        for wrong in reading(page)
    ]


if __name__ == "__main__":
    for one in pages_of(Path(sys.argv[1]), int(sys.argv[2])):
        sys.stdout.write("\n".join(read(one) or [f"{one.name} : rien"]) + "\n")
