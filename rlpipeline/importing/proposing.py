"""What the workbook proposes: tables found, columns named by exact words, and what was answered before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from openpyxl.utils import get_column_letter

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Answers, Row
from rlpipeline.importing.cells import DAY_FIRST, HOURS, MONTH_FIRST, read_hours, text
from rlpipeline.importing.lines import CONSTANT, Group
from rlpipeline.importing.sources import FILE_NAME, SHEET_NAME, Place, Source, is_total, places_of, sheets_of
from rlpipeline.importing.vocabulary import Target
from rlpipeline.records.names import words_in
from rlpipeline.records.personal import personal_header
from rlpipeline.records.tables import table_named
from rlpipeline.records.tabular import Sheet
from rlpipeline.settings.communes import name_key
from rlpipeline.settings.models import Service

SAMPLES = 5
LINES = (a.HEADERS, a.FIRST, a.LAST)
_OF_TABLE = (a.GROUP, a.KIND, a.TITLED, a.OUT, a.YEAR, a.COMMUNE, a.SEEN)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_AMBIGUOUS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-]\d{2,4})?(?: .*)?")
_LINES = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")
_CLOCK = re.compile(r"\d{1,2}\s?[:hH]\s?(?:\d\d)?(?::\d\d)?")


def tables_of(paths: Sequence[Path], former: Answers) -> list[Row]:
    """The rows of « Tableaux » for files: as answered before where the headers are the same, else proposed."""
    rows: list[Row] = []
    for path, sheet in [(file, sheet) for file in paths for sheet in sheets_of(file)]:
        known = [row for row in former[a.TABLES] if (row["fichier"], row["feuille"]) == (path.name, sheet.name)]
        places: list[Place | None] = [*places_of(sheet)]
        for rank, place in enumerate(places + [None] * (len(known) - len(places))):
            cells = {"tableau": str(len(rows) + 1), "fichier": path.name, "feuille": sheet.name}
            cells["chemin"] = str(path.resolve())
            if place:
                first, last = place.headers
                lines = [str(last) if first == last else f"{first}-{last}", str(place.first), str(place.last)]
                cells |= {**dict(zip(LINES, lines, strict=True)), a.PROPOSED: "|".join(lines)}
            if rank >= len(known):
                rows.append(Row(a.TABLES, cells | (_alike(sheet, place, former) if place else {})))
                continue
            before = known[rank]
            if "|".join(before[name] for name in LINES) != before[a.PROPOSED]:  # a person said where it stands
                changed = cells.get(a.PROPOSED, "") != before[a.PROPOSED]
                cells |= {name: before[name] for name in LINES} | ({a.LAST: ""} if changed else {})
            rows.append(Row(a.TABLES, cells | {name: before[name] for name in _OF_TABLE}, before.line))
    return rows


def _alike(sheet: Sheet, place: Place, former: Answers) -> dict[str, str]:
    """The answers about a table of another file that has most of the same headers; what holds for that file is not."""
    new = {unaccented(header) for header in Source("", "", sheet, place).grid_headers if header}
    best, answers = 0.5, dict[str, str]()
    for row in former[a.TABLES]:
        columns = (c for c in former[a.COLUMNS] if c[a.GROUP] == row[a.GROUP] and c["colonne"])
        held = {unaccented(column[a.HEADER]) for column in columns}
        share = len(new & held) / max(1, len(new | held)) + 0.01 * (row["feuille"] == sheet.name)
        if share > best:
            best, answers = share, {name: row[name] for name in _OF_TABLE}
            for name in (a.YEAR, a.COMMUNE):
                if row[name] not in (a.A_COLUMN, a.A_HEADING, a.NOWHERE):
                    answers |= {name: "", a.SEEN: ""}
    return answers


def groups_of(rows: Sequence[Row], former: Answers, service: Service) -> list[Group]:
    """The tables as they stand in their files, by their headers; DataError where « Tableaux » cannot be followed."""
    grids: dict[str, dict[str, Sheet]] = {}
    groups: dict[tuple[object, ...], Group] = {}
    times: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        row.want(*LINES)
        if row.wanted:
            continue
        path = row["chemin"]
        if path not in grids:
            grids[path] = {sheet.name: sheet for sheet in sheets_of(Path(path))}
        if row["feuille"] not in grids[path]:
            raise row.refusal("feuille", "autre feuille")
        source = _source(row, grids[path][row["feuille"]])
        again = (path, row["feuille"], row[a.HEADERS], row[a.FIRST])
        group = groups.setdefault((*source.headers, times[again]), Group("", service))
        times[again] += 1
        group.sources.append(source)
        group.rows.append(row)
    used = {row[a.GROUP] for row in (*rows, *former[a.TABLES])}
    taken: set[str] = {""}
    for group in groups.values():
        asked = next((row[a.GROUP] for row in group.rows if row[a.GROUP]), "")
        free = (letter for rank in range(1, 9999) if (letter := get_column_letter(rank)) not in used)
        group.letter = next(free) if asked in taken else asked
        used.add(group.letter)
        taken.add(group.letter)
        _answer_tables(group)
        if group.kind != v.NOTHING:
            _columns(group, [row for row in former[a.COLUMNS] if asked and row[a.GROUP] == asked])
    return list(groups.values())


def _source(row: Row, sheet: Sheet) -> Source:
    lines: list[tuple[int, int]] = []
    for name in LINES:
        match = _LINES.fullmatch(row[name])
        if not match or int(match[1]) < 1 or (match[2] and name != a.HEADERS):
            raise row.refusal(name, "numéro")
        lines.append((int(match[1]), int(match[2] or match[1])))
    place = Place(lines[0], lines[1][0], lines[2][0])
    if not place.headers[0] <= place.headers[1] < place.first <= place.last:
        raise row.refusal(a.FIRST, "ordre")
    source = Source(row["tableau"], row["fichier"], sheet, place, row[a.TITLED].casefold() == "oui", _left_out(row))
    headers = {unaccented(header) for header in source.headers}
    for header, _ in source.leave_out:
        if unaccented(header) not in headers:
            raise row.refusal(a.OUT, "autre en-tête", en_tete=header)
    return source


def _left_out(row: Row) -> list[tuple[str, str]]:
    parts = [[piece.strip() for piece in part.partition("=")] for part in row[a.OUT].split(";") if part.strip()]
    if any(not mark for _, mark, _ in parts):
        raise row.refusal(a.OUT, "lignes à écarter")
    return [(header, pattern) for header, _, pattern in parts]


def _answer_tables(group: Group) -> None:
    """Propose what is not answered for each table, and want the rest."""
    for rank, row in enumerate(group.rows):
        source = group.sources[rank]
        row.cells[a.GROUP] = group.letter
        row.cells[a.TITLED] = row[a.TITLED] or (
            "oui" if any(n >= source.place.first for n in source.headings) else "non"
        )
        source = replace(source, titled=row[a.TITLED] == "oui")
        if not row[a.OUT] and not row[a.SEEN]:
            row.cells[a.OUT] = " ; ".join(dict.fromkeys(_totals(source)))
            source = replace(source, leave_out=_left_out(row))
        group.sources[rank] = source
        if source.gap is not None and not row[a.SEEN]:
            row.cells[a.KNOW] = FRENCH["côte à côte"].format(colonne=get_column_letter(source.gap + 1))
        row.cells[a.KIND] = row[a.KIND] or _kind(source)
        kind = row.one_of(a.KIND, v.KINDS)
        if kind == v.NOTHING:
            row.cells |= {a.YEAR: a.NOWHERE, a.COMMUNE: a.NOWHERE}
        elif kind:
            _propose_year_and_commune(group, row, source, kind)
            row.want(a.YEAR, a.COMMUNE)
        row.want(a.KIND, a.SEEN)
    if len({row[a.KIND] for row in group.rows if row[a.KIND]}) > 1:
        raise group.rows[-1].refusal(a.KIND, "deux genres", lettre=group.letter)


def _totals(source: Source) -> Iterator[str]:
    for line in source.lines:
        cells = ((header, text(cell)) for header, cell in zip(source.headers[:-2], line.cells, strict=False))
        total = next((f"{header} = {word}" for header, word in cells if is_total([word])), "")
        yield from [total] if total else []


def _named(header: str, kind: str) -> tuple[list[Target], str]:
    """The targets that a header names, with « n° 2 » where it counts the rows of a table that has several a line."""
    named = v.targets_named(header, kind)
    words, rank = v.without_rank(header)
    if named or not rank:
        return named, ""
    return [t for t in v.targets_named(words, kind) if t.table not in (v.OF_LINE, *v.RESOLVED)], rank


def _kind(source: Source) -> str:
    """The kind whose targets the headers name most, those of its own table twice; none where they name too few."""
    best, score = "", 1.5
    for kind, tables in v.KINDS.items():
        named = {found[0] for header in source.headers if (found := _named(header, kind)[0])}
        points = sum(1.0 if target.table == tables[0] else 0.5 for target in named)
        best, score = (kind, points) if points > score else (best, score)
    return best


def _propose_year_and_commune(group: Group, row: Row, source: Source, kind: str) -> None:
    above = [text(cell) for cells in source.sheet.rows[: source.place.headers[0] - 1] for cell in cells]
    around = [*above, source.sheet.name, source.file]
    columns = {found[0].column for header in source.headers if (found := v.targets_named(header, kind))}
    if not row[a.YEAR]:
        years = {year for words in around for year in _YEAR.findall(words)}
        dated = {"annee", "date", "date_debut", "millesime"} & columns
        row.cells[a.YEAR] = years.pop() if len(years) == 1 else a.A_COLUMN if dated else ""
    if not row[a.COMMUNE]:
        spelt = [f" {re.sub(r'[^A-Z0-9]+', ' ', name_key(words))} " for words in around]
        names = {c.nom for c in group.service.communes for words in spelt if f" {name_key(c.nom)} " in words}
        placed = any("commune" in table_named(name).column_names for name in v.KINDS[kind])
        otherwise = a.A_COLUMN if "commune" in columns else "" if placed else a.NOWHERE
        row.cells[a.COMMUNE] = names.pop() if len(names) == 1 else otherwise


def _columns(group: Group, before: Sequence[Row]) -> None:
    """The rows of « Colonnes » of a group: as answered before, else proposed."""
    labels = {target.label for target in v.targets_of_kind(group.kind)}
    times: Counter[str] = Counter()
    known: dict[tuple[str, int], Row] = {}
    for row in before:
        known[unaccented(row[a.HEADER]), times[row[a.HEADER]]] = row
        times[row[a.HEADER]] += 1
    times.clear()
    source = group.sources[0]
    taken = {(row[a.TARGET], row[a.SAID]) for row in before if row[a.TARGET] in labels}
    counted = {named[0].table for h in source.headers if (named := _named(h, group.kind)[0]) and named[0].is_asked}
    for place, name in enumerate(source.headers):
        cells = [line.cells[place] for table in group.sources for line in table.lines]
        filled = [text(cell) for cell in cells if text(cell)]
        if (not name and not filled) or (name == SHEET_NAME and not source.sheet.name):
            continue
        header = name or "(sans en-tête)"
        former = known.pop((unaccented(header), times[header]), None)
        times[header] += 1
        if former and former[a.TARGET] == former[a.PROPOSED] not in (v.LEFT, *labels):
            former = None  # proposed for another kind of lines
        row = Row(a.COLUMNS, {**former.cells} if former else {a.HEADER: header}, former.line if former else 0)
        letter = get_column_letter(place + 1) if place < len(source.grid_headers) else ""
        often = " | ".join(word[:40] for word, _ in Counter(filled).most_common(SAMPLES))
        share = f"{100 * len(filled) / max(1, len(cells)):.0f} %"
        row.cells |= dict(
            zip(a.SHEETS[a.COLUMNS], (group.letter, letter, header, often, share, str(len({*filled}))), strict=False)
        )
        if former is None:
            _propose(group, row, filled, taken, counted)
        group.columns.append((row, place))
    for row in known.values():
        if row[a.HEADER] == CONSTANT and (row[a.SAID] or row[a.TARGET] == v.LEFT):
            group.columns.append((Row(a.COLUMNS, {**row.cells, a.GROUP: group.letter}, row.line), -1))
        elif row[a.HEADER] != CONSTANT and row[a.TARGET] in v.targets():
            for table in group.rows:
                table.cells |= {a.KNOW: FRENCH["plus là"].format(en_tete=row[a.HEADER]), a.SEEN: ""}
                table.want(a.SEEN)
    _constants(group)
    _want(group)


def _propose(group: Group, row: Row, filled: Sequence[str], taken: set[tuple[str, str]], counted: set[str]) -> None:
    header = row[a.HEADER]
    named, rank = _named(header, group.kind)
    named = [t for t in named if (t.label, rank) not in taken and (not rank or t.table in counted)]
    numbered = (v.target_of(v.OF_LINE, "id_jeune").label, "") in taken
    personal = personal_header(re.sub(r"[^\w\s]", " ", header))
    answer: dict[str, str] = {}
    if header in (FILE_NAME, SHEET_NAME) or not filled:
        answer = {a.TARGET: v.LEFT}
    elif named and not (named[0].names_a_person and numbered):
        answer = {a.TARGET: named[0].label, a.SAID: rank}
        taken.add((named[0].label, rank))
    elif personal:
        answer = {a.TARGET: v.LEFT, a.KNOW: f"{personal} : n'entre pas dans les données"}
    else:
        words = header.rpartition(" / ")[2]
        counts = sum(read_hours(word, HOURS) is not None for word in filled) > 0.8 * len(filled)
        for target in v.targets_of_kind(group.kind):
            told = v.said(words, target, group.service, group.year_of(0))
            number = target.kind == "number"
            if told and told.values and counts == number and (number or target.column in dict(told.values)):
                answer = {a.TARGET: target.label, a.SAID: words}
                break
    row.cells |= {**answer, a.PROPOSED: answer.get(a.TARGET, "")}


def _constants(group: Group) -> None:
    """A row for each column that the records require of what the answers fill, and that nothing gives."""
    if not all(row[a.TARGET] for row, _ in group.columns):
        return
    uses = group.uses(0)
    given = {(use.target.table, column) for use in uses for column in (use.target.column, *dict(use.slot.values))}
    offered = {row[name] for row, place in group.columns if place < 0 for name in (a.TARGET, a.PROPOSED)}
    for target in v.targets_of_kind(group.kind):
        answered = target.kind in ("commune", "date", "birth", "number") or target[:2] in given
        fills = any(use.target.table == target.table for use in uses)
        if target.is_asked and fills and not answered and target.label not in offered:
            cells = {a.GROUP: group.letter, a.HEADER: CONSTANT, a.TARGET: target.label, a.PROPOSED: target.label}
            group.columns.append((Row(a.COLUMNS, cells), -1))


def _want(group: Group) -> None:
    """Propose what goes with a target, and want what a person has to say."""
    lines = [line.cells for source in group.sources for line in source.lines]
    uses = {id(use.row): use for use in group.uses(0)}
    own = v.KINDS[group.kind][0]
    full = [
        use.place
        for use in uses.values()
        if use.place >= 0 and not use.row[a.SAID] and use.kind != "number"
        if use.target.names_a_person or (use.target.table == own and use.target.is_asked)
    ]
    repeats = any(not text(cells[place]) for place in full for cells in lines)
    for row, place in group.columns:
        row.want(a.TARGET)
        use = uses.get(id(row))
        if use is None or place < 0:
            row.want(*([a.SAID] if use else []))
            continue
        target, cells = use.target, [line[place] for line in lines]
        filled = [cell for cell in cells if text(cell)]
        if use.kind in ("date", "birth", "year") and not row[a.ORDER]:
            row.cells[a.ORDER] = _order(filled)
            row.want(*([a.ORDER] if any(_AMBIGUOUS.fullmatch(text(cell)) for cell in filled) else []))
        hours, clock = target.column == "heures", all(_CLOCK.fullmatch(text(cell)) for cell in filled)
        if hours and filled and clock and {*FRENCH["heures d'horloge"]} & {*words_in(row[a.HEADER])}:
            raise row.refusal(a.TARGET, "horloge")
        bare = any(re.fullmatch(r"\d{1,2}(?:\.0)?", text(cell)) for cell in filled)
        if hours or (target.column in ("date_naissance", "tranche_age") and bare and not use.ticked):
            row.cells[a.UNIT] = row[a.UNIT] or (HOURS if hours else "")
            row.want(a.UNIT)
        if len(filled) < len(cells) and filled and not row[a.EMPTY]:
            if not (repeats and text(cells[0])) and (not hours or row[a.SAID]):
                row.cells[a.EMPTY] = a.NOTED
            row.want(a.EMPTY)
        if row[a.TARGET] == row[a.PROPOSED] and target.is_placing:
            row.want(a.SEEN)


def _order(cells: Sequence[object]) -> str:
    """The order that days written with numbers show; empty where they show none, or two."""
    pairs = [match for cell in cells if not isinstance(cell, date) and (match := _AMBIGUOUS.fullmatch(text(cell)))]
    day_first, month_first = any(int(m[1]) > 12 for m in pairs), any(int(m[2]) > 12 for m in pairs)
    return "" if day_first == month_first else DAY_FIRST if day_first else MONTH_FIRST
