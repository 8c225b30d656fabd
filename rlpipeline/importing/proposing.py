"""What the workbook proposes: tables found, columns recognised by exact words, and what was answered before."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from openpyxl.utils import get_column_letter

from rlpipeline.importing import answers as a
from rlpipeline.importing.answers import Correspondence, Row, one_of
from rlpipeline.importing.cells import DAY_FIRST, HOURS, MONTH_FIRST, folded, read_hours, text
from rlpipeline.importing.reading import sheets_of
from rlpipeline.importing.sources import FILE_NAME, SHEET_NAME, Place, Source, is_total, places_of
from rlpipeline.importing.vocabulary import (
    KINDS,
    LEFT,
    NOTHING,
    OF_LINE,
    Said,
    Target,
    find_target,
    said,
    target_of,
    targets,
    targets_named,
    targets_of_kind,
)
from rlpipeline.records.personal import personal_header
from rlpipeline.records.tables import table_named
from rlpipeline.records.tabular import Sheet
from rlpipeline.settings.communes import name_key
from rlpipeline.settings.models import Service

CONSTANT = "(partout la même valeur)"
SAMPLES = 5
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_AMBIGUOUS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-]\d{2,4})?(?: .*)?")
_LINES = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")


@dataclass
class Group:
    """Tables of the same headers, whose columns are answered once.

    Parameters
    ----------
    letter
        What « colonnes » says in both sheets.
    sources, rows
        The tables, and their rows of « Tableaux ».
    columns
        The rows of « Colonnes », with the place of each among the headers; None for what no column holds.
    """

    letter: str
    sources: list[Source] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    columns: list[tuple[Row, int | None]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What a line is; « rien » as long as nobody says it."""
        return one_of(self.rows[0], a.KIND, KINDS) or NOTHING

    def cells(self, place: int) -> list[object]:
        """Every cell of a column."""
        return [line.cells[place] for source in self.sources for line in source.lines]

    def target(self, row: Row) -> Target | None:
        """Where a column goes; None where it is left or not answered.

        Raises
        ------
        DataError
            It cannot go there.
        """
        answer = one_of(row, a.TARGET, [LEFT, *targets()])
        if not answer or answer == LEFT:
            return None
        if targets()[answer] not in targets_of_kind(self.kind):
            todo = "choisir dans la liste, ou changer ce qu'est une ligne (feuille « Tableaux »)"
            raise row.refusal(a.TARGET, f"Cette colonne ne va pas là où une ligne est « {self.kind} ».", todo)
        return targets()[answer]

    def said(self, row: Row, target: Target, service: Service, year: int | None) -> Said:
        """What the header of a column says by itself.

        Raises
        ------
        DataError
            It says nothing of that table.
        """
        told = said(row[a.SAID], target, service, year)
        if told is None and row["en-tête"] == CONSTANT:
            return Said(0, ((target.column, row[a.SAID]),))
        if told is None:
            todo = "choisir dans la liste, ou écrire une année, un jour, « n° 2 » ; vider la case s'il ne dit rien"
            raise row.refusal(a.SAID, "Ce que dit l'en-tête n'est pas compris.", todo)
        return told

    def year_of(self, rank: int) -> int | None:
        """The year that stands for a whole table."""
        written = self.rows[rank][a.YEAR]
        return int(written) if _YEAR.fullmatch(written) else None


def tables_of(paths: Sequence[Path], former: Correspondence, service: Service) -> list[Row]:
    """The rows of « Tableaux » for files: as answered before where the headers are the same, else proposed."""
    rows: list[Row] = []
    for path in paths:
        for sheet in sheets_of(path):
            known = [row for row in former[a.TABLES] if (row["fichier"], row["feuille"]) == (path.name, sheet.name)]
            found = list(places_of(sheet))
            for rank in range(max(len(found), len(known))):
                place = found[rank] if rank < len(found) else None
                before = known[rank] if rank < len(known) else _alike(sheet, path.name, place, former)
                row = _table_row(path, sheet, place, before, before in known)
                row.cells["tableau"] = str(len(rows) + 1)
                rows.append(row)
    return rows


def _table_row(path: Path, sheet: Sheet, place: Place | None, before: Row | None, same: bool) -> Row:
    cells = {"fichier": path.name, "feuille": sheet.name, "chemin": str(path.resolve())}
    if place:
        first, last = place.headers
        lines = {a.HEADERS: str(last) if first == last else f"{first}-{last}", a.FIRST: str(place.first)}
        cells |= {**lines, a.LAST: str(place.last), a.PROPOSED: f"{lines[a.HEADERS]}|{place.first}|{place.last}"}
    if before is None:
        return Row(a.TABLES, cells)
    edited = "|".join(before[name] for name in (a.HEADERS, a.FIRST, a.LAST)) != before[a.PROPOSED]
    if same and edited:
        cells |= {name: before[name] for name in (a.HEADERS, a.FIRST, a.LAST)}
        if cells.get(a.PROPOSED, "") != before[a.PROPOSED]:
            cells[a.LAST] = ""  # the file has changed since a person said where its table ends
    kept = {name: before[name] for name in ("colonnes", a.KIND, a.TITLED, a.OUT, a.YEAR, a.COMMUNE, a.SEEN)}
    if not same:
        for name in (a.YEAR, a.COMMUNE):
            if kept[name] not in (a.A_COLUMN, a.A_HEADING, a.NOWHERE):
                kept[name] = kept[a.SEEN] = ""
    return Row(a.TABLES, {**cells, **kept}, before.line if same else 0)


def _alike(sheet: Sheet, file: str, place: Place | None, former: Correspondence) -> Row | None:
    """The table met before that has most of the same headers, half of them at least."""
    if place is None:
        return None
    new = {folded(header) for header in Source("", file, sheet, place).headers if header} - {FILE_NAME, SHEET_NAME}
    best: tuple[float, Row | None] = (0.5, None)
    for row in former[a.TABLES]:
        of_row = {folded(c["en-tête"]) for c in former[a.COLUMNS] if c["colonnes"] == row["colonnes"] and c["colonne"]}
        share = len(new & of_row) / max(1, len(new | of_row)) + 0.01 * (row["feuille"] == sheet.name)
        if share > best[0]:
            best = (share, row)
    return best[1]


def groups_of(rows: Sequence[Row], former: Correspondence, service: Service) -> list[Group]:
    """The tables of the workbook as they stand in their files, by their headers, with rows for their columns.

    Raises
    ------
    DataError
        An answer of the sheet « Tableaux » cannot be followed.
    UsageError
        A file is no longer there.
    """
    grids: dict[str, dict[str, Sheet]] = {}
    groups: dict[tuple[object, ...], Group] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        row.want(a.HEADERS, a.FIRST, a.LAST)
        if row.wanted:
            continue
        path = row["chemin"]
        if path not in grids:
            grids[path] = {sheet.name: sheet for sheet in sheets_of(Path(path))}
        if row["feuille"] not in grids[path]:
            raise row.refusal("feuille", "Cette feuille n'est pas dans le fichier.", "corriger son nom")
        source = _source(row, grids[path][row["feuille"]])
        repeated = (path, row["feuille"], row[a.HEADERS], row[a.FIRST])
        key = (*source.headers, seen[repeated])
        seen[repeated] += 1
        group = groups.setdefault(key, Group(get_column_letter(len(groups) + 1)))
        group.sources.append(source)
        group.rows.append(row)
    for group in groups.values():
        letters = [row["colonnes"] for row in group.rows if row["colonnes"]]
        before = [row for row in former[a.COLUMNS] if letters and row["colonnes"] == letters[0]]
        _answer_tables(group, service)
        _columns(group, before, service)
    return list(groups.values())


def _source(row: Row, sheet: Sheet) -> Source:
    lines: dict[str, tuple[int, int]] = {}
    for name in (a.HEADERS, a.FIRST, a.LAST):
        match = _LINES.fullmatch(row[name])
        if not match or int(match[1]) < 1 or (match[2] and name != a.HEADERS):
            raise row.refusal(name, "Ce n'est pas un numéro de ligne.", "écrire le numéro que montre le tableur", "5")
        lines[name] = (int(match[1]), int(match[2] or match[1]))
    place = Place(lines[a.HEADERS], lines[a.FIRST][0], lines[a.LAST][0])
    if not place.headers[0] <= place.headers[1] < place.first <= place.last:
        raise row.refusal(a.FIRST, "Les lignes du tableau ne suivent pas ses en-têtes.", "corriger ces trois numéros")
    out = _left_out(row)
    source = Source(row["tableau"], row["fichier"], sheet, place, row[a.TITLED].casefold() == "oui", out)
    unknown = [header for header, _ in out if folded(header) not in map(folded, source.headers)]
    if unknown:
        raise row.refusal(a.OUT, f"Aucune colonne ne s'appelle « {unknown[0]} ».", "y écrire l'en-tête du tableau")
    return source


def _left_out(row: Row) -> list[tuple[str, str]]:
    out = []
    for part in filter(None, (part.strip() for part in row[a.OUT].split(";"))):
        header, mark, pattern = (piece.strip() for piece in part.partition("="))
        if not mark:
            raise row.refusal(a.OUT, "Cette réponse n'est pas comprise.", "écrire « en-tête = mot »", "Nom = Total*")
        out.append((header, pattern))
    return out


def _answer_tables(group: Group, service: Service) -> None:
    """Propose what is not answered for each table, and want the rest."""
    for row, source in zip(group.rows, group.sources, strict=True):
        row.cells["colonnes"] = group.letter
        if not row[a.TITLED]:
            row.cells[a.TITLED] = "oui" if any(n >= source.place.first for n in source.headings) else "non"
            source.titled = row[a.TITLED] == "oui"
            source.__dict__.pop("headers", None)
        if not row[a.OUT] and not row[a.SEEN]:
            row.cells[a.OUT] = " ; ".join(dict.fromkeys(_totals(source)))
            source.leave_out = _left_out(row)
            source.__dict__.pop("lines", None)
        row.cells[a.KIND] = row[a.KIND] or _kind(source)
        row.want(a.KIND)
        kind = one_of(row, a.KIND, KINDS)
        if kind == NOTHING:
            row.cells |= {a.YEAR: a.NOWHERE, a.COMMUNE: a.NOWHERE}
        elif kind:
            _propose_year_and_commune(row, source, kind, service)
            row.want(a.YEAR, a.COMMUNE)
        row.want(a.SEEN)
    kinds = {row[a.KIND] for row in group.rows if row[a.KIND]}
    if len(kinds) > 1:
        raise group.rows[-1].refusal(
            a.KIND,
            f"Les tableaux de mêmes en-têtes (« {group.letter} ») ont deux réponses.",
            "y mettre la même ; pour lire un tableau de deux façons, copier sa ligne dans « Tableaux »",
        )


def _totals(source: Source) -> Iterator[str]:
    for line in source.lines:
        words = [text(cell) for cell in line.cells[: len(source.headers) - 2]]
        if is_total(words):
            place = next(place for place, word in enumerate(words) if is_total([word]))
            yield f"{source.headers[place]} = {words[place]}"


def _kind(source: Source) -> str:
    """The kind whose targets the headers name most, those of its own table twice; none where they name too few."""
    best = ("", 1.5)
    for kind, tables in KINDS.items():
        named = {found[0] for header in source.headers if (found := targets_named(header, kind))}
        score = sum(1.0 if target.table == tables[0] else 0.5 for target in named)
        if score > best[1]:
            best = (kind, score)
    return best[0]


def _propose_year_and_commune(row: Row, source: Source, kind: str, service: Service) -> None:
    above = [text(cell) for cells in source.sheet.rows[: source.place.headers[0] - 1] for cell in cells]
    around = [*above, source.sheet.name, source.file]
    columns = {found[0].column for header in source.headers if (found := targets_named(header, kind))}
    if not row[a.YEAR]:
        years = {found for words in around for found in _YEAR.findall(words)}
        dated = {"annee", "date", "date_debut", "millesime"} & columns
        row.cells[a.YEAR] = years.pop() if len(years) == 1 else a.A_COLUMN if dated else ""
    if not row[a.COMMUNE]:
        names = {
            commune.nom
            for commune in service.communes
            for words in around
            if f" {name_key(commune.nom)} " in f" {re.sub(r'[^A-Z0-9]+', ' ', name_key(words))} "
        }
        placed = any("commune" in table_named(name).column_names for name in KINDS[kind])
        row.cells[a.COMMUNE] = (
            names.pop() if len(names) == 1 else a.A_COLUMN if "commune" in columns else "" if placed else a.NOWHERE
        )


def _columns(group: Group, before: Sequence[Row], service: Service) -> None:
    """The rows of « Colonnes » of a group: as answered before, else proposed."""
    if group.kind == NOTHING:
        return
    known: dict[tuple[str, int], Row] = {}
    seen: Counter[str] = Counter()
    for row in before:
        known[folded(row["en-tête"]), seen[row["en-tête"]]] = row
        seen[row["en-tête"]] += 1
    seen.clear()
    source = group.sources[0]
    taken = {targets()[row[a.TARGET]] for row in before if row[a.TARGET] in _labels(group)}
    for place, name in enumerate(source.headers):
        cells = group.cells(place)
        filled = [text(cell) for cell in cells if text(cell)]
        if (not name and not filled) or (name == SHEET_NAME and not source.sheet.name):
            continue
        header = name or "(sans en-tête)"
        former = known.pop((folded(header), seen[header]), None)
        if former and former[a.TARGET] == former[a.PROPOSED] not in (LEFT, *_labels(group)):
            former = None  # proposed for another kind of lines
        seen[header] += 1
        row = Row(a.COLUMNS, {**former.cells} if former else {"en-tête": header}, former.line if former else 0)
        row.cells |= {"colonnes": group.letter, "colonne": source.letters[place], **_figures(cells, filled)}
        if former is None:
            _propose(group, row, filled, taken, service)
        group.columns.append((row, place))
    for row in known.values():
        if row["en-tête"] == CONSTANT and (row[a.SAID] or row[a.TARGET] == LEFT):
            group.columns.append((Row(a.COLUMNS, {**row.cells, "colonnes": group.letter}, row.line), None))
        elif row["en-tête"] != CONSTANT and row[a.TARGET] in targets():
            for table in group.rows:
                table.cells["à savoir"] = f"La colonne « {row['en-tête']} » n'y est plus : vérifier, puis « oui »."
                table.cells[a.SEEN] = ""
                table.want(a.SEEN)
    _constants(group, service)
    required = [place for row, place in group.columns if place is not None and _is_required(group, row)]
    repeats = any(not text(cell) for place in required for cell in group.cells(place))
    for row, held in group.columns:
        _want(group, row, held, repeats, service)


def _labels(group: Group) -> set[str]:
    return {target.label for target in targets_of_kind(group.kind)}


def _figures(cells: Sequence[object], filled: Sequence[str]) -> dict[str, str]:
    counted = Counter(filled)
    return {
        "exemples": " | ".join(word[:40] for word, _ in counted.most_common(SAMPLES)),
        "remplie": f"{len(filled) / max(1, len(cells)):.0%}".replace("%", " %"),
        "différents": str(len(counted)),
    }


def _propose(group: Group, row: Row, filled: Sequence[str], taken: set[Target], service: Service) -> None:
    header = row["en-tête"]
    year = group.year_of(0)
    named = [target for target in targets_named(header, group.kind) if target not in taken]
    personal = personal_header(re.sub(r"[^\w\s]", " ", header))
    answer: dict[str, str] = {}
    if header in (FILE_NAME, SHEET_NAME) or not filled:
        answer = {a.TARGET: LEFT}
    elif named and not (named[0].names_a_person and target_of(OF_LINE, "id_jeune") in taken):
        answer = {a.TARGET: named[0].label}
        taken.add(named[0])
    elif personal:
        answer = {a.TARGET: LEFT, "à savoir": f"{personal} : n'entre pas dans les données"}
    else:
        words = header.rpartition(" / ")[2]
        counts = sum(read_hours(word, HOURS) is not None for word in filled) > 0.8 * len(filled)
        for target in targets_of_kind(group.kind):
            told = said(words, target, service, year) if target.table != OF_LINE else None
            number = target.spec.kind == "number"
            if told and told.values and counts == number and (number or target.column in dict(told.values)):
                answer = {a.TARGET: target.label, a.SAID: words}
                break
    row.cells |= {**answer, a.PROPOSED: answer.get(a.TARGET, "")}


def _constants(group: Group, service: Service) -> None:
    """A row for each column that the records require of what the answers fill, and that nothing gives."""
    given: dict[str, set[str]] = defaultdict(set)
    complete = True
    for row, _ in group.columns:
        target = group.target(row)
        complete &= bool(row[a.TARGET])
        if target:
            told = group.said(row, target, service, group.year_of(0))
            given[target.table] |= {target.column, *dict(told.values)}
    offered = {row[a.TARGET] for row, place in group.columns if place is None}
    dismissed = {row[a.PROPOSED] for row, place in group.columns if place is None}
    for name in KINDS[group.kind] if complete else ():
        for column in table_named(name).columns if name in given else ():
            target = find_target(name, column.name)
            answered = column.kind in ("commune", "date", "birth", "number") or column.name in given[name]
            asked = column.required and not column.nullable and not answered
            if target and asked and target.label not in offered | dismissed:
                cells = {"en-tête": CONSTANT, a.TARGET: target.label, a.PROPOSED: target.label}
                group.columns.append((Row(a.COLUMNS, {**cells, "colonnes": group.letter}), None))


def _is_required(group: Group, row: Row) -> bool:
    """Whether no cell of a column should be empty: it names persons, or the records require it."""
    target = group.target(row)
    if target is None or row[a.SAID]:
        return False
    own = target.table == KINDS[group.kind][0] and target.spec.kind != "number"
    return target.names_a_person or (own and target.spec.required and not target.spec.nullable)


def _want(group: Group, row: Row, place: int | None, repeats: bool, service: Service) -> None:
    """Propose what goes with a target, and want what a person has to say."""
    row.want(a.TARGET)
    target = group.target(row)
    if target is None:
        return
    if place is None:
        row.want(a.SAID)
        return
    cells = group.cells(place)
    filled = [cell for cell in cells if text(cell)]
    ticked = target.column in dict(group.said(row, target, service, group.year_of(0)).values)
    if target.spec.kind in ("date", "birth", "year") and not ticked and not row[a.ORDER]:
        row.cells[a.ORDER] = _order(filled)
        if not row[a.ORDER] and any(_AMBIGUOUS.fullmatch(text(cell)) for cell in filled):
            row.want(a.ORDER)
    bare = any(re.fullmatch(r"\d{1,2}(?:\.0)?", text(cell)) for cell in filled)
    if target.column == "heures" or (target.column in ("date_naissance", "tranche_age") and bare and not ticked):
        row.cells[a.UNIT] = row[a.UNIT] or (HOURS if target.column == "heures" else "")
        row.want(a.UNIT)
    if len(filled) < len(cells) and filled and not row[a.EMPTY]:
        starts = bool(text(cells[0]))
        if not (repeats and starts) and (target.column != "heures" or row[a.SAID]):
            row.cells[a.EMPTY] = a.NOTED
        row.want(a.EMPTY)
    if row[a.TARGET] == row[a.PROPOSED] and target.is_placing:
        row.want(a.SEEN)


def _order(cells: Sequence[object]) -> str:
    """The order that days written with numbers show; empty where they show none, or two."""
    pairs = [match for cell in cells if not isinstance(cell, date) and (match := _AMBIGUOUS.fullmatch(text(cell)))]
    day_first, month_first = any(int(m[1]) > 12 for m in pairs), any(int(m[2]) > 12 for m in pairs)
    return "" if day_first == month_first else DAY_FIRST if day_first else MONTH_FIRST
