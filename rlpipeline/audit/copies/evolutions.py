"""The file and the sheet that set each figure beside that of the year before, worked out anew from the notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.audit.copies.wording import disagreement, write_figure
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Figure, FigureKey, FormerFigure, Place, Publication
from rlpipeline.published.figures import EVOLUTIONS, where_of
from rlpipeline.published.model import ROUNDED, SERVICE
from rlpipeline.published.numbers import STATES
from rlpipeline.published.workbook import HEADER, WORKBOOK, beside_of, read_beside

SHEET = "Évolutions"
NAMES = (
    "valeur", "unite", "etat", "annee_precedente", "valeur_precedente", "etat_precedent", "origine", "ecart",
    "comparable", "raison",
)  # fmt: skip
DECIMALS = 6
NUMBERLESS = {"nc": "non communiqué", "vide": "sans objet"}
FIRST = 4
"""Lines of the sheet before its first figure."""
WRONG = "Le fichier des évolutions ne dit pas ce que portent les chapitres."
MISSING = "Une évolution manque au fichier des évolutions."
TOO_MANY = "Le fichier des évolutions a une ligne que les chapitres ne portent pas."
ON_SHEET = "La feuille des évolutions ne dit pas ce que portent les chapitres."
OTHER = "Un chiffre de l'année précédente est d'une autre année ou d'un autre tableau, ou vient deux fois."
Row = Mapping[str, str]


@dataclass(frozen=True)
class _Pair:
    """A cell in both years."""

    key: FigureKey
    now: Figure | None
    then: FormerFigure | None

    @property
    def unit(self) -> str:
        return self.now.unite if self.now else self.then.figure.unite if self.then else ""

    @property
    def reason(self) -> str:
        before = self.key.annee - 1
        if self.then is None or self.now is None:
            return f"absent en {before if self.then is None else self.key.annee}"
        for figure, year in ((self.now, self.key.annee), (self.then.figure, before)):
            if figure.etat in NUMBERLESS:
                return f"{NUMBERLESS[figure.etat]} en {year}"
        if self.now.unite != self.then.figure.unite:
            return f"changement d'unité, {self.then.figure.unite} en {before}"
        return ("" if self.then.comparable else self.then.raison) or self._coarse

    @property
    def _coarse(self) -> str:
        """Whether rounding alone could explain the movement."""
        if self.now is None or self.then is None or self.now.valeur is None or self.then.figure.valeur is None:
            return ""
        most = self.now.marge + self.then.figure.marge
        hidden = most > 0 and abs(self.now.valeur - self.then.figure.valeur) <= most
        return "évolution non mesurable à ce niveau d'arrondi" if hidden else ""

    @property
    def difference(self) -> float | None:
        if self.now is None or self.then is None or self.reason:
            return None
        now, then = self.now, self.then.figure
        if now.valeur is None or then.valeur is None or {now.etat, then.etat} != {"ok"}:
            return None
        return round(now.valeur - then.valeur, DECIMALS)

    def row(self) -> Row:
        """What the file says of the cell, by column."""
        then = self.then.figure if self.then else None
        values = (
            _written(self.now.valeur if self.now else None),
            self.unit,
            self.now.etat if self.now else "",
            str(self.key.annee - 1),
            _written(then.valeur if then else None),
            then.etat if then else "",
            self.then.origine if self.then else "",
            _written(self.difference),
            "non" if self.reason else "oui",
            self.reason,
        )
        return dict(zip(NAMES, values, strict=True))


def _written(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(value)


def check_evolutions(publication: Publication) -> Iterator[Finding]:
    """Hold the file and the sheet of evolutions against the figures of both years."""
    pairs = {
        pair.key: pair for bundle in publication.bundles if bundle.former for pair in _pairs(bundle, publication.year)
    }
    for bundle in publication.bundles:
        yield from _check_former(bundle, publication.year - 1)
    if EVOLUTIONS in publication.files:
        yield from _check_file(publication.files[EVOLUTIONS], pairs)
    yield from _check_beside(publication, pairs)
    if SHEET in publication.sheets:
        own = [pair for pair in pairs.values() if pair.key.territoire == SERVICE]
        yield from _check_sheet(publication, own)


def _check_beside(publication: Publication, pairs: Mapping[FigureKey, _Pair]) -> Iterator[Finding]:
    """The columns of each sheet about the year before: that figure, and the change where both may be compared."""
    tables = (*publication.bundles, *publication.borrowed)
    for name, rows in publication.sheets.items():
        header = rows[HEADER] if name in publication.tabs else ()
        for column in beside_of(header):
            if column.year != publication.year - 1:
                place = Place(WORKBOOK, f"feuille {publication.tabs[name]}, ligne {HEADER + 1}")
                heading = str(header[column.at]), str(publication.year - 1)
                yield disagreement("classeur", ON_SHEET, (place, heading[0]), (None, heading[1]))
    for key, column, value, place in read_beside(publication.sheets, tables, publication.tabs, publication.year):
        pair = pairs.get(key) if column.year == publication.year - 1 else None
        expected: float | str = ""
        if pair and not pair.reason and column.is_change:
            expected = "" if pair.difference is None else pair.difference
        elif pair and pair.now and pair.then and pair.now.unite == pair.then.figure.unite:
            expected = "" if column.is_change else _shown(pair.then.figure)
        where = _place(pair) if pair else None
        if not _same(value, expected):
            yield disagreement("classeur", ON_SHEET, (place, _said(value)), (where, _said(expected)))
        if column.is_apart and pair and pair.then and pair.then.comparable:
            yield disagreement("classeur", ON_SHEET, (place, "non comparable"), (where, "comparable"))


def _check_former(bundle: Bundle, year: int) -> Iterator[Finding]:
    """The year before of a table is of the year before, and of the same table and territory."""
    keys: set[FigureKey] = set()
    for one in bundle.former:
        key = one.figure.key
        if key[:3] != (bundle.id, year, bundle.territoire) or key in keys:
            said = f"{key.indicateur} {key.annee} {key.territoire}"
            expected = f"{bundle.id} {year} {bundle.territoire}"
            yield disagreement("notebook", OTHER, (one.figure.place, said), (bundle.place, expected))
        keys.add(key)


def _pairs(bundle: Bundle, year: int) -> Iterator[_Pair]:
    now = {
        figure.key: figure
        for figure in bundle.figures
        if (figure.key.annee, figure.key.territoire) == (year, bundle.territoire)
    }
    then = {one.figure.key._replace(annee=year): one for one in bundle.former}
    for key in dict.fromkeys((*now, *then)):
        yield _Pair(key, now.get(key), then.get(key))


def _check_file(rows: Sequence[Sequence[object]], pairs: Mapping[FigureKey, _Pair]) -> Iterator[Finding]:
    header, *lines = [[str(value) for value in row] for row in rows] or [[]]
    listed: set[FigureKey] = set()
    for line in lines:
        row = dict(zip(header, line, strict=False))
        names = (row[name] for name in ("territoire", "ligne", "colonne"))
        key = FigureKey(row["indicateur"], int(row["annee"]), *names)
        if key not in pairs or key in listed:
            yield disagreement("csv", TOO_MANY, (Place(EVOLUTIONS, where_of(key)), " ; ".join(line)), (None, ""))
        else:
            yield from _check_row(row, pairs[key])
        listed.add(key)
    for key, pair in pairs.items():
        if key not in listed:
            place = _place(pair)
            yield disagreement("csv", MISSING, (Place(EVOLUTIONS, where_of(key)), ""), (place, pair.row()["valeur"]))


def _check_row(row: Row, pair: _Pair) -> Iterator[Finding]:
    for name, expected in pair.row().items():
        if row.get(name) != expected:
            place = Place(EVOLUTIONS, f"{where_of(pair.key)}, {name}")
            yield disagreement("csv", WRONG, (place, row.get(name, "")), (_place(pair), expected))


def _place(pair: _Pair) -> Place | None:
    return pair.now.place if pair.now else pair.then.figure.place if pair.then else None


def _check_sheet(publication: Publication, pairs: Sequence[_Pair]) -> Iterator[Finding]:
    """The service's figures in the order of the tables, names in words."""
    rows, year = publication.sheets[SHEET], publication.year
    header = [str(value) for value in rows[FIRST - 1]] if len(rows) >= FIRST else []
    titles = [str(rows[0][0]), *header[3:5]]
    for title, expected in zip(titles, (f"Évolutions de {year - 1} à {year}", str(year), str(year - 1)), strict=False):
        if title != expected:
            yield disagreement(
                "classeur", ON_SHEET, (Place(WORKBOOK, f"feuille {SHEET}, titres"), title), (None, expected)
            )
    lines = rows[FIRST:]
    if len(lines) != len(pairs):
        place = Place(WORKBOOK, f"feuille {SHEET}, {len(lines)} lignes")
        yield disagreement("classeur", ON_SHEET, (place, str(len(lines))), (None, str(len(pairs))))
    labels = _labels(publication.bundles)
    titles = [str(line[0]) for line in lines]
    placed = {one: min(map(titles.index, labels[one, ""] & {*titles}), default=0) for one, code in labels if not code}
    in_order = sorted(pairs, key=lambda pair: placed[pair.key.indicateur])  # chapters come in the report's own order
    for number, (line, pair) in enumerate(zip(lines, in_order, strict=False), start=FIRST + 1):
        yield from _check_line(number, line, pair, labels)


def _labels(bundles: Sequence[Bundle]) -> Mapping[tuple[str, str], set[str]]:
    labels: dict[tuple[str, str], set[str]] = {}
    for bundle in bundles:
        labels.setdefault((bundle.id, ""), set()).add(bundle.title)
        for label in (*bundle.rows, *bundle.columns):
            labels.setdefault((bundle.id, label.code), set()).update({label.label, f"{label.label} ({label.code})"})
    return labels


def _check_line(
    number: int, line: Sequence[object], pair: _Pair, labels: Mapping[tuple[str, str], set[str]]
) -> Iterator[Finding]:
    for index, code in enumerate(("", pair.key.ligne, pair.key.colonne)):
        allowed = labels.get((pair.key.indicateur, code), {code})
        if str(line[index]) not in allowed:
            yield _on_sheet(number, index, str(line[index]), (pair, next(iter(allowed))))
    then = pair.then.figure if pair.then else None
    row = pair.row()
    expected = [
        _shown(pair.now),
        _shown(then),
        pair.difference if pair.difference is not None else "",
        *(row[name] for name in ("unite", "origine", "comparable", "raison")),
    ]
    for index, value in enumerate(expected, start=3):
        if not _same(line[index], value):
            yield _on_sheet(number, index, _said(line[index]), (pair, str(value)))


def _on_sheet(number: int, index: int, shown: str, expected: tuple[_Pair, str]) -> Finding:
    pair, value = expected
    place = Place(WORKBOOK, f"feuille {SHEET}, ligne {number}, colonne {index + 1}")
    return disagreement("classeur", ON_SHEET, (place, shown), (_place(pair), value))


def _shown(figure: Figure | None) -> float | str:
    """Value, or the words of its state."""
    if figure is None:
        return ""
    if figure.etat == ROUNDED:
        return write_figure(figure)
    words = {state: word for word, state in reversed(STATES.items())}
    return words.get(figure.etat, figure.etat) if figure.valeur is None else figure.valeur


def _said(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _same(written: object, expected: float | str) -> bool:
    if isinstance(expected, str) or not isinstance(written, int | float):
        return written == expected
    return abs(written - expected) <= 1e-9 * max(1.0, abs(expected))
