"""The account of an import: the same things counted in the cells of the export, and in the records once written, by
two computations that share the answers, which cells make a row and which lines name one person."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, time, timedelta

import pandas as pd

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH, counted
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row, shown
from rlpipeline.importing.filling import PLACED, Cell, Filled, Line, Record, Told
from rlpipeline.importing.tables import BELOW, FILE_NAME, LEFT_OUT, SHEET_NAME, Table
from rlpipeline.records import Records
from rlpipeline.records.communes import by_code
from rlpipeline.records.tables import TABLE_NAMES, TABLES, table_named
from rlpipeline.settings.models import Service

NO_YEAR, NO_COMMUNE = "sans année", "sans commune"
_DATES = ("date", "date_debut", "annee")
_DATED = {table.name: next((name for name in _DATES if name in table.column_names), "") for table in TABLES}
_ABOUT = {table.name: "jeunes" for table in TABLES if "id_jeune" in table.column_names} | {"actions": "actions"}
_ORDER = ("lignes", "différent", "total", "en ", NO_YEAR, "à ", NO_COMMUNE)
_IDENTIFIER = re.compile(r"0\d+|(?:\d ?){9,}")
Count = dict[tuple[str, str], float]
"""How many or how much, by table and what is counted in it."""


def account_of(
    rows: Sequence[Row], tables: Sequence[Table], filled: Filled, before: Records | None, written: Records
) -> list[Row]:
    """The rows of « Compte »: every number twice, then every line and cell that did not enter, with its reason, and
    those of « Tableaux », ``rows``, from which nothing is taken. ``before`` are the records that stand, ``written`` the
    draft as the records read it."""
    export, records, lost = (defaultdict[tuple[str, str], float](float) for _ in range(3))
    for line in filled.lines:
        _count_line(export, line, filled)
    for name in TABLE_NAMES:
        refused = [record.values for record in filled.records if record.why and record.table == name]
        left = pd.DataFrame(refused, columns=table_named(name).column_names)
        for count, frame in ((records, written[name]), (lost, left)):
            _count_frame(count, name, frame, filled.service)
    for record in filled.records:
        for column, number in record.partial.items():
            lost[record.table, _total(record.table, column)] += number
    entered = {(record.table, record.line.key) for record in filled.records if not record.why}
    inside = {key for _, key in entered}
    gone = {line.key for line in filled.lines} - inside
    for name in v.RESOLVED:
        of_it = [table for table in filled.tables if _ABOUT.get(table) == name]
        lines = filled.named[name]
        if lines or of_it:
            what = (name, f"{name} différent{'' if name == 'jeunes' else 'e'}s")
            own = {key for table, key in entered if table in of_it}
            export[what] = len(lines)
            records[what] = len({key for table in of_it for key in written[table][table_named(name).key[0]]})
            lost[what] = sum(not places & own and places <= gone for places in lines.values())
            lost[what] += filled.resolved[name].joined
    read = [table for table in tables if v.KINDS[table.kind]]
    aside = [*_aside(read), *(told for table in read for told in _left(table)), *_strangers(filled, before, written)]
    named = ((row, f"{row['fichier']} {row['feuille']}".strip()) for row in rows if row[a.KIND].casefold() == v.NOTHING)
    aside += [Told(f"tableau {row['tableau']}", f"rien n'est repris de {name}", name, False) for row, name in named]
    return [
        *_told_rows(_gone(filled, before, written) if before else ()),
        *(_line_row(table, inside, gone) for table in read),
        *_number_rows(export, records, lost),
        *_told_rows([*aside, *filled.told]),
    ]


def _count_line(count: Count, line: Line, filled: Filled) -> None:
    def answered(cell: Cell) -> object:
        row = filled.words.get((cell.use.target.label, unaccented(cell.word or a.EMPTY_CELL)))
        meaning = row[a.MEANING] if row else None
        nothing = (unaccented(a.BLANK), unaccented(a.LEAVE_LINE))
        return cell.cell if meaning is None else "" if unaccented(meaning) in nothing else meaning

    cells = {cell.use.place: cell for part in line.parts for cell in (*part.common, *part.own)}
    targets = [(cell.use.target, answered(cell), cell) for cell in cells.values()]
    for target, value, cell in targets:
        if target.kind == "number" and target.table not in v.RESOLVED:
            what = _total(target.table, target.column)
            count[target.table, what] += _number(value, cell.use.row[a.UNIT], target.column)
    said = [_year_in(value) for target, value, _ in targets if target[:2] == (v.OF_LINE, "annee")]
    days = [_year_in(value) for target, value, _ in targets if target.column in ("date", "date_debut")]
    by_day = line.table.row[a.YEAR] == a.A_DAY
    year = next(filter(None, [*said, line.table.year, *(days if by_day else [])]), None)
    for part in (part for part in line.parts if part.table not in (v.OF_LINE, *v.RESOLVED)):
        ticks = (cell for cell in part.own if cell.word)
        says = (cell.use.target.kind != "tick" or v.text(answered(cell)).casefold() == "oui" for cell in ticks)
        if not (part.unknown or any(says)):
            continue
        own = [
            cell for cell in (*part.common, *part.own) if (cell.word or cell.value) and cell.use.target.kind != "tick"
        ]
        at = {cell.use.target.column: answered(cell) for cell in own}
        dated = _DATED[part.table]
        day = part.said.get(dated) or at.get(dated, year if dated == "annee" else "")
        when = str(_year_in(day) or (v.text(day) and year) or NO_YEAR) if dated else ""
        _count(count, part.table, when, _place(part, at, filled))


def _place(part: Record, at: Mapping[str, object], filled: Filled) -> str:
    if part.table not in PLACED:
        return ""
    target, code = v.TARGET_OF[part.table, "commune"], part.said.get("commune")
    if code is None:
        held = "commune" in at or any(row[a.TARGET] == target.label for row, _ in part.line.table.columns)
        word = v.text(at.get("commune")) if held else part.line.table.commune
        code = (filled.code(target, word) or word) if word else ""
    return v.word_of(code, target, filled.service) if code else NO_COMMUNE


def _count(count: Count, table: str, year: str, commune: str) -> None:
    if table != "participations":  # which are summed
        count[table, "lignes"] += 1
        for start, what, none in (("en ", year, NO_YEAR), ("à ", commune, NO_COMMUNE)):
            if what:
                count[table, what if what == none else f"{start}{what}"] += 1


def _count_frame(count: Count, table: str, frame: pd.DataFrame, service: Service) -> None:
    if table in v.RESOLVED or not len(frame):
        return
    dated, years, places = _DATED[table], [""] * len(frame), [""] * len(frame)
    if dated:
        starts = [str(cell)[:4] for cell in frame[dated]]
        years = [year if re.fullmatch(r"[12]\d{3}", year) else NO_YEAR for year in starts]
    if table in PLACED:
        target = v.TARGET_OF[table, "commune"]
        codes = [code if isinstance(code, str) else "" for code in frame["commune"]]
        places = [v.word_of(code, target, service) if code else NO_COMMUNE for code in codes]
    for year, place in zip(years, places, strict=True):
        _count(count, table, year, place)
    for column in (c.name for c in table_named(table).columns if c.kind == "number"):
        if total := float(pd.to_numeric(frame[column], errors="coerce").sum()):
            count[table, _total(table, column)] += total


def _year_in(cell: object) -> int | None:
    words = v.text(cell)
    if match := re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", words):
        return cell.year if isinstance(cell, date) else int(match[0])
    if match := re.fullmatch(r"\d{1,2}[/.\-]\d{1,2}[/.\-](\d\d)", words):
        return int(pd.to_datetime(match[1], format="%y").year)
    serial = re.fullmatch(r"\d{5}(?:\.0+)?", words)
    return int((pd.Timestamp("1899-12-30") + pd.Timedelta(days=float(words))).year) if serial else None


def _number(cell: object, unit: str, column: str) -> float:
    if isinstance(cell, timedelta | time):
        return float(pd.Timedelta(str(cell)).total_seconds()) / 3600
    words = re.sub(r"[\s€%]|eur(?:os)?", "", v.text(cell).casefold()).replace(",", ".").replace("−", "-")
    words = re.sub(r"(?<=\.)(\d+)h(?:eures?)?$", r"\1", words)
    parts = re.fullmatch(r"(?:(\d+)(?:h(?:eures?)?|:))?(\d*)(?:min(?:utes?)?|mn|['′])?(?::\d\d)?", words)
    if column == "heures" and parts and not words.isdigit() and (parts[1] or parts[2]):
        return int(parts[1] or 0) + int(parts[2] or 0) / 60
    number = float(words) if re.fullmatch(r"-?\d+(?:\.\d+)?", words) else 0.0
    if column != "heures" or unit in ("", "h"):
        return number
    return number / 60 if unit == "min" else number // 1 + (number % 1) * 100 / 60


# As rows of the workbook.


def _total(table: str, column: str) -> str:
    return f"total : {v.TARGET_OF[table, column].short}"


def _row(table: str, what: str, numbers: Sequence[float], why: str, ask: bool = False) -> Row:
    texts = [f"{number:.2f}".rstrip("0").rstrip(".").replace(".", ",") for number in numbers]
    cells = (v.table_words(table), what, *texts, *([""] * (3 - len(texts))), why)
    return Row(a.ACCOUNT, dict(zip(a.SHEETS[a.ACCOUNT], cells, strict=False)), wanted=[a.SEEN] if ask else [])


def _line_row(table: Table, entered: Set[tuple[int, int]], gone: Set[tuple[int, int]]) -> Row:
    own = {(id(table), number) for number in table.lines}
    inside, left = len(own & entered), len(own & gone)
    why = counted("{n} ligne{s} sans entrée, dite{s} plus bas", left) if left else ""
    numbers = (len(own), inside, len(own) - inside - left)
    return _row(f"tableau {table.row['tableau']}", f"lignes lues dans {table.name}", numbers, why)


def _number_rows(export: Count, written: Count, lost: Count) -> Iterator[Row]:
    def order(key: tuple[str, str]) -> tuple[int, int, str]:
        return TABLE_NAMES.index(key[0]), next(r for r, word in enumerate(_ORDER) if word in key[1]), key[1]

    for key in sorted({*export, *written}, key=order):
        before, after, aside = (counts.get(key, 0.0) for counts in (export, written, lost))
        rest = before - after - aside
        why = counted("{n} expliqué{s} plus bas", aside) if aside > 0 else ""
        why = counted(f"{{n}} de plus, par vos réponses (feuille « {a.PEOPLE} »)", -aside) if aside < 0 else why
        yield _row(key[0], key[1], (before, after, rest if abs(rest) > 0.01 else 0), why)


def _gone(filled: Filled, before: Records, written: Records) -> Iterator[Told]:
    for name in filled.tables:
        columns = list(table_named(name).key or table_named(name).column_names)
        frames = (records[name][columns].astype(object).fillna("").map(str) for records in (before, written))
        old, new = (Counter(frame.itertuples(index=False, name=None)) for frame in frames)
        gone = [" ".join(filter(None, key)) for key in (old - new).elements()]
        what = f"{counted(FRENCH['parties'], len(gone), table=name)} : {FRENCH['retirer']}"
        yield from (Told(name, what, key, True) for key in gone)


def _strangers(filled: Filled, before: Records | None, written: Records) -> Iterator[Told]:
    unnumbered = filled.resolved["jeunes"].unnumbered.values()
    what = f"{counted(FRENCH['sans numéro'], len(unnumbered))}. {FRENCH['au dossier']}"
    yield from (Told("jeunes", what, place, True) for place in unnumbered)
    described = written if "jeunes" in filled.tables else before
    known = {*described["jeunes"]["id_jeune"]} if described and not unnumbered else set()
    for name in (name for name in filled.tables if known and _ABOUT.get(name) == "jeunes"):
        strangers = {r.values["id_jeune"]: r.line.place for r in filled.records if r.table == name and not r.why}
        places = [place for young, place in strangers.items() if young not in known]
        what = f"{counted(FRENCH['sans dossier'], len(places), table=name)}. {FRENCH['au dossier']}"
        yield from (Told(name, what, place, True) for place in places)


def _aside(tables: Sequence[Table]) -> Iterator[Told]:
    used = {(id(table.sheet), number) for table in tables for number in table.lines}
    for table in tables:
        for number, why in table.aside.items():
            if (id(table.sheet), number) not in used or why.startswith(LEFT_OUT):
                used.add((id(table.sheet), number))
                cells = " | ".join(filter(None, map(v.text, table.sheet_row(number))))
                what = f"lignes de {table.name} laissées : {why}"
                yield Told(f"tableau {table.row['tableau']}", what, f"{number} : {cells[:80]}", why == BELOW)


def _left(table: Table) -> Iterator[Told]:
    for row, place in table.columns:
        if place >= 0 and row[a.TARGET].casefold() == v.LEFT and row[a.HEADER] not in (FILE_NAME, SHEET_NAME):
            filled = {number: cells[place] for number, cells in table.lines.items() if v.text(cells[place])}
            numbers = [cell for cell in filled.values() if not _IDENTIFIER.fullmatch(v.text(cell))]
            places = all(word in by_code() or word in v.by_postal_code() for word in map(v.text, filled.values()))
            total = 0.0 if places else round(sum(_number(cell, "", "heures") for cell in numbers), 2)
            what = f"cases non reprises de la colonne « {row[a.HEADER]} » (feuille « {a.COLUMNS} »)"
            what += f" ; leur somme : {total:.12g}".replace(".", ",") if total else ""
            cells = (f"{row['colonne']}{number}" for number in filled)
            yield from (Told(f"tableau {table.row['tableau']}", what, cell, False) for cell in cells)


def _told_rows(told: Iterable[Told]) -> Iterator[Row]:
    reasons: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
    for table, what, place, ask in told:
        reasons[table, what, ask][place] += 1
    for (table, what, ask), places in reasons.items():
        listed = [f"{place}{f' ({times} fois)' if times > 1 else ''}" for place, times in places.items()]
        yield _row("la ligne" if table == v.OF_LINE else table, what, (places.total(),), shown(listed, 30), ask)
