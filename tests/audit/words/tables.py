"""The words of each table: captions, headers, names of lines, texts, notes, in HTML, plain text, bundle and aloud."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from rlpipeline.audit.copies.wording import disagreement, numbers, worded, words, write_figure
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Place, Publication
from rlpipeline.published.markup import HtmlElement, classes, pieces, shown_words, text_of, tree_of
from rlpipeline.published.model import Figure, Output
from rlpipeline.published.numbers import read_shown
from tests.audit.words.chapters import plain_of

WORDS = "Un tableau ne se lit pas comme le notebook le porte."
NOTE = "La note d'un tableau ne dit pas ce que disent ses chiffres."
PART = "La partie d'un tableau coupé n'est pas numérotée comme elle vient."
PLACED = "Une action n'est pas sous sa commune."
PLAIN = "Le texte brut d'un tableau ne dit pas ce que le notebook porte."
ALIKE = "Un même tableau ne se dit pas de la même façon dans deux chapitres."
YEAR = "Un tableau n'est pas de l'année publiée."
EMPTY: Mapping[str, Collection[tuple[str, float | None]]] = {
    "rl-a-zero": {("ok", 0.0), ("vide", None)},
    "rl-sans-donnee": {("nc", None), ("vide", None)},
}
"""Classes of the notes that name empty lines and columns, with the states and values that those may have."""
_CUT = re.compile(r"\(partie (\d+) sur (\d+)\)$")
SPOKEN = "Ce qu'un lecteur d'écran dit d'un tableau n'est pas ce que le tableau dit."
LINKING = frozenset({"et"})


def check_tables(publication: Publication) -> Iterator[Finding]:
    """Hold the HTML and the plain text of every table of a notebook against its bundle."""
    bundles = iter(publication.bundles)
    for notebook in publication.notebooks.values():
        for output in (output for cell in notebook.cells for output in cell.outputs):
            own = [next(bundles) for kind, _ in output.bundles if kind == "table"]
            if len(own) == 1:
                yield from _check_output(output, own[0])
    for bundle in publication.bundles:
        if bundle.annee != publication.year:
            yield disagreement("notebook", YEAR, (bundle.place, str(bundle.annee)), (None, str(publication.year)))


def _check_output(output: Output, bundle: Bundle) -> Iterator[Finding]:
    root = tree_of(output.html)
    tables = [table for table in root.iter("table") if table.get("data-tableau") == bundle.id]
    for table in tables:
        place = Place(bundle.place.file, f"tableau {bundle.id} ({table.get('data-territoire')})")
        yield from _check_caption(table, tables, bundle, place)
        yield from _check_labels(table, bundle, place)
        yield from _check_turned(table, bundle, place)
        yield from _check_texts(table, bundle, place)
    yield from _check_notes(root, bundle)
    yield from _check_empty(root, bundle)
    if not output.plain:
        return
    if bundle.rows and bundle.columns:
        yield from _check_plain(output, bundle)
    else:
        place = Place(bundle.place.file, f"{bundle.place.where}, texte brut")
        yield from worded(
            "notebook", PLAIN, (place, words([plain_of(output, "table")])), (bundle.place, words(_nothing(root)))
        )


def _nothing(root: HtmlElement) -> Iterator[str]:
    """The sentence in the place of a table without a line."""
    yield from (piece for one in root.iter("p") if "rl-vide" in classes(one) for piece in pieces(one))


def _check_caption(
    table: HtmlElement, tables: Sequence[HtmlElement], bundle: Bundle, place: Place
) -> Iterator[Finding]:
    """The title, then the place, then the part of a table that is cut."""
    caption = words([text_of(table.find("caption"))])
    title = words([bundle.title])
    title_place = Place(place.file, f"{place.where}, titre")
    yield from worded("notebook", WORDS, (title_place, caption[: len(title)]), (bundle.place, title))
    for folded in (one for one in table.iterancestors("details") if "rl-tableau" in classes(one)):
        name = words([text_of(folded.find("summary"))])
        if name[:1] == ["Tableau"]:
            where = Place(place.file, f"{place.where}, titre replié")
            yield from worded("notebook", WORDS, (where, name[1 : 1 + len(title)]), (bundle.place, title))
    same = [one for one in tables if _whole_of(one) == _whole_of(table)]
    cut = _CUT.search(text_of(table.find("caption")))
    number = list(cut.groups()) if cut else []
    expected = [str(same.index(table) + 1), str(len(same))] if len(same) > 1 else []
    if number != expected:
        yield disagreement("notebook", PART, (title_place, " ".join(number)), (None, " ".join(expected)))


def _whole_of(table: HtmlElement) -> tuple[str | None, bool]:
    """What parts of one table have in common: their territory, and whether they are folded."""
    return table.get("data-territoire"), next(table.iterancestors("details"), None) is not None


def _check_turned(table: HtmlElement, bundle: Bundle, place: Place) -> Iterator[Finding]:
    """Where a line of the page is a column of the figures: its headers, and the territory that it stands under."""
    rows = {label.code: label.label for label in bundle.rows}
    heads = table.xpath("thead/tr/*")
    for line in table.iter("tr"):
        code = line.get("data-colonne")
        if not code:
            continue
        for head, cell in zip(heads, line, strict=False):
            if cell.get("data-ligne") in rows and not cell.get("data-annee"):
                where = Place(place.file, f"{place.where}, ligne {cell.get('data-ligne')}")
                label = words([rows[cell.get("data-ligne")]])
                yield from worded("notebook", WORDS, (where, words([shown_words(head)])), (bundle.place, label))
        territory = line.getparent().get("data-territoire")
        own = {one.key.territoire for one in bundle.figures if one.key.colonne == code}
        if territory and territory not in own:
            where = Place(place.file, f"{place.where}, colonne {code}")
            yield disagreement("notebook", PLACED, (where, territory), (bundle.place, ", ".join(sorted(own))))


def _check_labels(table: HtmlElement, bundle: Bundle, place: Place) -> Iterator[Finding]:
    rows = {label.code: label.label for label in bundle.rows}
    columns = {label.code: label.label for label in bundle.columns}
    for header in table.iter("th"):
        code, year = header.get("data-colonne"), header.get("data-annee")
        if year is not None:
            where = Place(place.file, f"{place.where}, colonne {code}, {year}")
            shown = numbers(words([shown_words(header)]))
            expected = [*numbers(words([columns.get(code or "", "")])), str(bundle.annee - 1)]
            yield from worded("notebook", WORDS, (where, shown), (bundle.place, expected))
        elif code in columns:
            where = Place(place.file, f"{place.where}, colonne {code}")
            shown = words([shown_words(header)])
            yield from worded("notebook", WORDS, (where, shown), (bundle.place, words([columns[code]])))
    for line in table.iter("tr"):
        code, header = line.get("data-ligne"), line.find("th")
        if code in rows and header is not None:
            where = Place(place.file, f"{place.where}, ligne {code}")
            yield from worded(
                "notebook", WORDS, (where, words([shown_words(header)])), (bundle.place, words([rows[code]]))
            )


def _check_texts(table: HtmlElement, bundle: Bundle, place: Place) -> Iterator[Finding]:
    """Words of the cells without a figure, and details: each is a text of its line."""
    texts: dict[str, set[tuple[str, ...]]] = {}
    for line_code, column, text in bundle.texts:
        for one in (line_code, column):
            texts.setdefault(one, set()).add(tuple(words([text])))
    for line in table.iter("tr"):
        code = line.get("data-ligne") or line.get("data-colonne") or ""
        for element in _worded_elements(line):
            shown = tuple(words(pieces(element, skip=frozenset({"rl-sr"}))))
            if shown and shown not in texts.get(code, set()):
                near = " ".join(max(texts.get(code, {()}), key=lambda one: len(set(one) & set(shown))))
                where = Place(place.file, f"{place.where}, ligne {code}, texte")
                yield disagreement("notebook", WORDS, (where, " ".join(shown)), (bundle.place, near))


def _worded_elements(line: HtmlElement) -> Iterator[HtmlElement]:
    for cell in line:
        worded = not {"num", "rl-ecart"} & classes(cell) or "texte" in classes(cell)
        if cell.tag == "td" and worded:
            yield cell
        for detail in cell.iter("span"):
            if "rl-detail" in classes(detail) and not _is_former(detail):
                yield detail


def _is_former(detail: HtmlElement) -> bool:
    """Whether a detail is the figure of another year, « 2022 : 3,5 », checked as a cell."""
    year, mark, rest = shown_words(detail).partition(":")
    return bool(mark) and year.strip().isdigit() and read_shown(rest).etat != "illisible"


def _check_notes(root: HtmlElement, bundle: Bundle) -> Iterator[Finding]:
    """The notes that a table carries are shown."""
    shown = {" ".join(words(pieces(one))) for one in root.iter("p")}
    for note in bundle.notes:
        if not any(" ".join(words([note])).lower() in one.lower() for one in shown):
            where = Place(bundle.place.file, f"{bundle.place.where}, note portée")
            yield disagreement("notebook", WORDS, (where, " ".join(words([note]))), (bundle.place, "la note montrée"))


def _check_empty(root: HtmlElement, bundle: Bundle) -> Iterator[Finding]:
    """Lines and columns that are left out are the table's; those said to be zero or not communicated are throughout."""
    codes = {one.code for one in (*bundle.rows, *bundle.columns)}
    for code in sorted(bundle.omis - codes):
        place = Place(bundle.place.file, f"{bundle.place.where}, ce que la page omet")
        yield disagreement("notebook", WORDS, (place, code), (bundle.place, "une ligne ou une colonne du tableau"))
    own = [one for one in bundle.figures if (one.key.annee, one.key.territoire) == (bundle.annee, bundle.territoire)]
    seen = {cell.get("data-colonne") for cell in root.iter("td", "th")}
    for code in {one.key.colonne for one in own} - seen - bundle.omis if bundle.omis and seen - {None} else ():
        place = Place(bundle.place.file, f"{bundle.place.where}, ce que la page omet")
        yield disagreement("notebook", WORDS, (place, ", ".join(sorted(bundle.omis))), (bundle.place, code))
    for note in root.iter("p"):
        state = next((EMPTY[name] for name in classes(note) if name in EMPTY), None)
        if state is None:
            continue
        said = " ".join(words(pieces(note)))
        place = Place(bundle.place.file, f"{bundle.place.where}, note « {said} »")
        labels = {one.code: one.label for one in (*bundle.rows, *bundle.columns) if one.code in bundle.omis}
        for code, label in labels.items():
            if " ".join(words([label])) in said:
                for figure in _contradicting(code, state, bundle, own):
                    yield disagreement("notebook", NOTE, (place, label), (figure.place, write_figure(figure)))


def _contradicting(
    code: str, state: Collection[tuple[str, float | None]], bundle: Bundle, figures: Sequence[Figure]
) -> Sequence[Figure]:
    """Figures of a line or column that are not as a note says; of neither where a code is of both, and one is so."""
    axes = []
    if any(one.code == code for one in bundle.rows):
        axes.append([one for one in figures if one.key.ligne == code])
    if any(one.code == code for one in bundle.columns):
        axes.append([one for one in figures if one.key.colonne == code])
    wrong = [[one for one in axis if (one.etat, one.valeur) not in state] for axis in axes]
    return min(wrong, key=len)


def _check_plain(output: Output, bundle: Bundle) -> Iterator[Finding]:
    """The plain text has the caption, the header, then each line with its figures and its texts."""
    figures = {
        (figure.key.ligne, figure.key.colonne): write_figure(figure)
        for figure in bundle.figures
        if (figure.key.annee, figure.key.territoire) == (bundle.annee, bundle.territoire)
    }
    texts = {(line, column): text for line, column, text in bundle.texts}
    expected = [word for column in bundle.columns for word in words([column.label])]
    for row in bundle.rows:
        expected += words([row.label])
        for column in bundle.columns:
            key = (row.code, column.code)
            expected += words([figures.get(key, ""), texts.get(key, "")])
    title, _, body = plain_of(output, "table").partition("\n")
    place = Place(bundle.place.file, f"{bundle.place.where}, texte brut")
    named = words([bundle.title])
    yield from worded("notebook", PLAIN, (place, words([title])[: len(named)]), (bundle.place, named))
    yield from worded("notebook", PLAIN, (place, words([body])), (bundle.place, expected))


class Alike:
    """Title, unit, definition, source, and the names of lines are the same in every chapter.

    The title of a table that is not crossed with ages is only the beginning of that of one that is.
    """

    def __init__(self) -> None:
        self.first: dict[str, Bundle] = {}
        self._names: dict[str, Mapping[str, str]] = {}

    def check(self, bundles: Sequence[Bundle]) -> Iterator[Finding]:
        """Hold tables against the first of their name among all those given so far."""
        for bundle in bundles:
            other = self.first.setdefault(bundle.id, bundle)
            for name in ("title", "unit", "definition", "source", "denominator"):
                mine, theirs = getattr(bundle, name), getattr(other, name)
                if name == "title" and (mine.startswith(theirs) or theirs.startswith(mine)):
                    continue
                yield from self._worded(bundle.place, mine, other.place, theirs)
            names = self._names.get(bundle.id, {})
            labels = {row.code: row.label for row in bundle.rows}
            for code in sorted(labels.keys() & names.keys()):
                place = Place(bundle.place.file, f"{bundle.place.where}, nom de la ligne {code}")
                yield from self._worded(place, labels[code], other.place, names[code])
            self._names[bundle.id] = {**labels, **names}

    def _worded(self, place: Place, mine: str, other: Place, theirs: str) -> Iterator[Finding]:
        if mine != theirs:
            yield from worded("notebook", ALIKE, (place, words([mine])), (other, words([theirs])))


def check_spoken(publication: Publication) -> Iterator[Finding]:
    """Hold the name of each table against its caption, its figure's caption, its header or the heading above."""
    for file, html in publication.pages.items():
        yield from _check_names(file, tree_of(html))
    for notebook in publication.notebooks.values():
        for output in (output for cell in notebook.cells for output in cell.outputs):
            if output.html:
                yield from _check_names(notebook.file, tree_of(output.html))


def _check_names(file: str, root: HtmlElement) -> Iterator[Finding]:
    for wrap in root.iter("div"):
        label = wrap.get("aria-label")
        if label is None:
            continue
        spoken = _spoken_words(label)
        names = [name for name in map(_spoken_words, _possible_names(wrap)) if name]
        if names and spoken not in names:
            near = max(names, key=lambda name: len(set(name) & set(spoken)))
            place = Place(file, f"tableau « {label} », nom pour un lecteur d'écran")
            yield from worded("page", SPOKEN, (place, spoken), (Place(file, "tableau"), near))


def _spoken_words(text: str) -> list[str]:
    """Words of a name, those that only link left out."""
    return [word for word in words([text]) if word not in LINKING]


def _possible_names(wrap: HtmlElement) -> Iterator[str]:
    """Names that the table may have, with what the page puts before them."""
    figure = next(wrap.iterancestors("figure"), None)
    for caption in [] if figure is None else figure.iter("figcaption"):
        yield "Données : " + text_of(caption).split(".", 1)[0]
    for caption in wrap.iter("caption"):
        yield text_of(caption)
    headers = [text_of(header) for head in wrap.iter("thead") for header in head.iter("th")]
    yield f"Tableau : {' '.join(headers)}"
    above = wrap.xpath("(preceding::h1|preceding::h2|preceding::h3|preceding::h4|preceding::h5|preceding::h6)[last()]")
    yield from (f"Tableau : {text_of(heading)}" for heading in above)
    yield "Tableau"
