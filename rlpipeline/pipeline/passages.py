"""What the edition to share prints that somebody typed, found from what comes out of it.

Texts and cells of the records may be left out, so they are listed before anything runs. Once the chapters have run,
their executed notebooks say what was handed to the report, or shown by a cell itself; settings are walked by their
models. What the package itself writes is not asked.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from lxml import etree

from rlpipeline import cell_record
from rlpipeline.characters import holds_a_word
from rlpipeline.display.cells import TEXT_MIME
from rlpipeline.execution.notebook_files import INJECTED_TAG, read_notebook
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.output_folder import DIFFUSION, TEXTS
from rlpipeline.figures import Declarations, TableSpec, labels
from rlpipeline.figures.cells import COUNTS, package_tables
from rlpipeline.our_notebooks import OURS
from rlpipeline.pictures import FOLDER, LIST, every_picture
from rlpipeline.pipeline.proofreading import CELL, LEFT_OUT, OTHER, TEXT, Passage, Proofread
from rlpipeline.records import communes
from rlpipeline.records.frames import SHARED, FreeCell
from rlpipeline.records.tables import LABELS
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Settings, default_groups, default_problematiques
from rlpipeline.settings.typed import texts_in

SETTINGS, CHAPTERS, PICTURES = "Réglages", "Chapitres du service", "Images"
TABLES = "Tableaux du service"
CELL_NUMBER = ", cellule de code n° "
_TEXT_NAME = re.compile(r"[a-z0-9_]+(?:-[0-9AB]+)?")
_CODE = re.compile(r"(?:\d{2}|2[AB])(?:\d{3})?|\d{3}|\d{9}|#[0-9A-Fa-f]{6}|Q[NP]\d{5}[0-9A-Z]")
"""Number of a département, of a commune, of an intercommunal body, a colour, a priority neighbourhood."""
DIGITS = 12
"""Of the digest by which a picture is known."""


@dataclass(frozen=True)
class RunChapter:
    """A chapter that has run: the notebook that was executed, and what came of it."""

    notebook: Path
    executed: Path

    @cached_property
    def cells(self) -> Sequence[Mapping[str, Any]]:
        """Its cells but the one that a build adds, each with its outputs."""
        cells = json.loads(self.executed.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in cells if INJECTED_TAG not in cell["metadata"].get("tags", ())]

    @property
    def data(self) -> Iterator[Mapping[str, Any]]:
        """What its cells show, by kind."""
        return (output.get("data", {}) for cell in self.cells for output in cell.get("outputs", ()))


def may_be_left_out(
    settings: Settings, cells: Iterable[FreeCell], proofread: Proofread
) -> tuple[Passage, ...]:
    """List texts and cells of the records, and say which of them a reader left out.

    ``settings``: those of the edition to share, in whose folder the texts are; ``cells``: what the records have.
    """
    listed = (*_texts(settings), *_of_records(settings, cells))
    return tuple(
        replace(passage, left_out=proofread.decision(passage) == LEFT_OUT) for passage in listed
    )


def passages_of(
    settings: Settings,
    first: Sequence[Passage],
    outcomes: Iterable[Outcome],
    declared: Declarations,
) -> tuple[Passage, ...]:
    """List all that the edition to share prints that somebody typed, in the order of the report.

    ``first``: texts and cells, as :func:`may_be_left_out` gives them; ``outcomes``: the chapters that have run;
    ``declared``: what is said of the tables that are shared.
    """
    chapters = [RunChapter(outcome.task.notebook, outcome.notebook) for outcome in outcomes]
    ranks = _ranks_of_texts(chapters)
    texts = [passage for passage in first if passage.kind == TEXT]
    texts.sort(key=lambda passage: _order(Path(passage.where).stem, ranks))
    every = (
        *texts,
        *_of_settings(settings),
        *_pictures(settings),
        *chain.from_iterable(map(_of_chapter, chapters)),
        *_of_tables(declared),
        *(passage for passage in first if passage.kind != TEXT),
    )
    once = {passage.place_and_words: passage for passage in reversed(every)}
    return tuple(reversed(once.values()))


def _ranks_of_texts(chapters: Iterable[RunChapter]) -> dict[str, int]:
    """Give the place at which each text is first printed, by its name."""
    ranks: dict[str, int] = {}
    for data in chain.from_iterable(chapter.data for chapter in chapters):
        if TEXT_MIME in data:
            ranks.setdefault(data[TEXT_MIME]["name"], len(ranks))
    return ranks


def _order(name: str, ranks: Mapping[str, int]) -> tuple[str, int, str]:
    """The order of texts: the service's as they are printed, then each commune's."""
    base, _, code = name.partition("-")
    return code, ranks.get(base, len(ranks)), base


def _texts(settings: Settings) -> Iterator[Passage]:
    """Give the texts of the year, and those of each commune."""
    folder = settings.directory / str(settings.year) / TEXTS
    names = {path.stem for place in (folder, folder / DIFFUSION) for path in place.glob("*.md")}
    places = settings.service.commune_names
    for name in sorted(filter(_TEXT_NAME.fullmatch, names)):
        text = settings.text(name)
        if text is not None:
            where = settings.text_path(name).relative_to(folder.parent).as_posix()
            code = name.partition("-")[2]
            of_commune = f"Textes du portrait de {places.get(code, code)}"
            first = text[: len(text) - len(text.lstrip())].count("\n") + 1
            section = of_commune if code else "Textes du rapport"
            yield Passage(where, (first,), section, text.strip(), TEXT)


def _of_records(settings: Settings, cells: Iterable[FreeCell]) -> Iterator[Passage]:
    """Give the free cells that are printed, then the words of codes, which cannot be left out."""
    rows: dict[tuple[str, str, str], list[int]] = {}
    for cell in cells:
        if cell.is_printed(settings.year):
            rows.setdefault((cell.table, cell.column, cell.text), []).extend(cell.lines)
    for (table, column, text), lines in rows.items():
        kind = CELL if (table, column) in SHARED else OTHER
        yield Passage(f"{table}/{column}", tuple(sorted(lines)), f"Table {table}", text, kind)


def _of_settings(settings: Settings) -> Iterator[Passage]:
    """Give what is written in the settings, whichever of them it is, but what the package says too."""
    year = settings.directory / str(settings.year)
    service = settings.service
    shown = tuple(picture for picture in every_picture(settings) if picture.autorisation == "oui")
    files = {
        settings.report_path: settings.report,
        settings.directory / "service.yml": service,
        year / FOLDER / LIST: shown,
    }
    known = _our_words() | _official_names(settings)
    for path, content in files.items():
        texts = filter(str.strip, dict.fromkeys(texts_in(content)))
        typed = [text for text in texts if not (text in known or _CODE.fullmatch(text))]
        lines = path.read_text(encoding="utf-8-sig").splitlines() if typed else []
        for text in typed:
            yield Passage(_seen_from(year, path), _line_of(text, lines), SETTINGS, text, OTHER)


def _line_of(text: str, lines: Sequence[str]) -> tuple[int, ...]:
    """Number of the first line that has how a text begins; none where it is written in another way."""
    begins = text.split("\n", maxsplit=1)[0][:40]
    return next(((number,) for number, line in enumerate(lines, 1) if begins in line), ())


def _official_names(settings: Settings) -> set[str]:
    """Names of communes and of their intercommunal body that are those of the official list."""
    service = settings.service
    official = communes.by_code()
    codes = [commune.code for commune in service.communes if commune.code in official]
    names = {official[code].name for code in codes}
    names &= {commune.nom for commune in service.communes if commune.code in official}
    body = service.epci
    if body and communes.epci_names().get(body.code) == body.nom:
        names.add(body.nom)
    return names


def _pictures(settings: Settings) -> Iterator[Passage]:
    """Give the pictures that pages show, each as a whole: what is written in them no program reads."""
    year = settings.directory / str(settings.year)
    shown = [picture for picture in every_picture(settings) if picture.autorisation == "oui"]
    paths = [year / FOLDER / picture.file for picture in shown]
    if settings.service.apparence.logo:
        paths.insert(0, settings.directory / settings.service.apparence.logo)
    for path in dict.fromkeys(paths):
        yield Passage(_seen_from(year, path), (), PICTURES, _picture(path.read_bytes()), OTHER)


def _seen_from(year: Path, path: Path) -> str:
    """Path of a file in the settings of the year, « ../ » before one of every year."""
    inside = path.is_relative_to(year)
    return (path.relative_to(year) if inside else Path("..") / path.name).as_posix()


def _picture(content: bytes) -> str:
    return f"image, empreinte {sha256(content).hexdigest()[:DIGITS]}"


def _of_chapter(chapter: RunChapter) -> Iterator[Passage]:
    """Give what the cells of a chapter say or hand to the report, and ours of the same name do not."""
    ours = OURS / chapter.notebook.name
    known = {cell.source for cell in read_notebook(ours).cells} if ours.is_file() else set()
    for rank, cell in enumerate(chapter.cells, 1):
        for text in _of_cell(cell, known):
            where = f"notebooks/{chapter.notebook.name}"
            yield Passage(where, (rank,), CHAPTERS, text, OTHER)


def _of_tables(declared: Declarations) -> Iterator[Passage]:
    """Give what the service's cells say of the tables that are shared, and ours do not."""
    ours = package_tables()
    for id, spec in declared.ours.items():
        known = {*_said_of(ours[id].spec)} if id in ours else set()
        notebook, _, number = declared.cells.get(id, COUNTS).partition(CELL_NUMBER)
        for text in dict.fromkeys(_said_of(spec)):
            if text not in known and _is_typed(text):
                where = f"notebooks/{notebook}"
                cell = int(number or 1)
                yield Passage(where, (cell,), TABLES, text, OTHER)


def _said_of(spec: TableSpec) -> Sequence[str]:
    """List what a cell says of a table that pages and files print."""
    look = spec.look
    return spec.title, spec.definition, spec.denominator, spec.source, look.tab, look.drawn


def _of_cell(cell: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    if cell["cell_type"] == "markdown":
        source = "".join(cell["source"])
        if source.strip() and source not in known:
            yield source.strip()
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        html = "".join(data.get("text/html", ""))
        record = data.get(cell_record.MIME, {})
        if record.get(cell_record.SEAL) != cell_record.seal_of(html):
            yield from _shown_by_itself(cell, output)
            continue
        yield from (text for text in record[cell_record.TEXTS] if _is_typed(text))
        if record[cell_record.WHOLE]:
            yield _picture(html.encode())


def _shown_by_itself(cell: Mapping[str, Any], output: Mapping[str, Any]) -> Iterator[str]:
    """Give all that an output shows which the report did not write, whatever it is said to be."""
    data = output.get("data", {})
    named = (cell["metadata"].get("alt"), *cell_record.texts_in(output.get("metadata", {})))
    texts = (*_words_of_html("".join(data.get("text/html", ""))), *filter(None, named))
    yield from ("\n".join(texts),) if texts else ()
    for kind, content in {**data, "stream": output.get("text", "")}.items():
        written = "".join(content) if isinstance(content, str | list) else ""
        if kind.startswith("image/"):
            yield _picture(written.encode())
        elif kind != "text/html" and not texts and written.strip():  # a page shows the first kind
            yield written.strip()


def _words_of_html(html: str) -> Iterator[str]:
    """Give texts, comments and attributes, as they stand."""
    root = etree.fromstring(html or "<p>", etree.HTMLParser(huge_tree=True))
    elements = [*root.iter()]
    texts = [words for element in elements for words in (element.text, element.tail)]
    texts += [value for element in elements for value in element.attrib.values()]
    yield from (text.strip() for text in texts if text and text.strip())


def _is_typed(text: str) -> bool:
    """Whether a text handed to the report says something that the package does not."""
    return holds_a_word(text) and text not in _our_words()


@cache
def _our_words() -> frozenset[str]:
    """Give the texts of the package: its codes and their names, what its notebooks ask for."""
    words = {*labels.LABELS, *labels.LABELS.values(), *cell_record.texts_in(LABELS)}
    words |= {*texts_in((*default_problematiques(), *default_groups()))}
    words |= {*cell_record.texts_in(strict_yaml.packaged("sigles.yml"))}
    for notebook in OURS.glob("*.ipynb"):
        sources = (
            cell.source for cell in read_notebook(notebook).cells if cell.cell_type == "code"
        )
        words |= {text for source in sources for text in _constants(source)}
    return frozenset(words)


def _constants(source: str) -> Iterator[str]:
    nodes = ast.walk(ast.parse(source))
    values = (node.value for node in nodes if isinstance(node, ast.Constant))
    return (value for value in values if isinstance(value, str))
