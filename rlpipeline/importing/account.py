"""The account of an import: rows read from the cells of the export by other means than those that filled the tables,
beside the records once written. Both share the answers, which cells make a row and which lines name one person."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import date, time, timedelta

import pandas as pd

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH, counted
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row, shown
from rlpipeline.importing.filling import PLACED, Cell, Filled, Line, Told
from rlpipeline.importing.tables import BELOW, FILE_NAME, LEFT_OUT, SHEET_NAME, Table
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import TABLE_NAMES, TABLES, table_named
from rlpipeline.settings.models import Service

NO_YEAR, NO_COMMUNE = "sans année", "sans commune"
_DATED = {
    table.name: next(
        (name for name in ("date", "date_debut", "annee") if name in table.column_names), ""
    )
    for table in TABLES
}
_ABOUT = {table.name: "jeunes" for table in TABLES if "id_jeune" in table.column_names} | {
    "actions": "actions"
}
_NO_QUANTITY = re.compile(r"0\d+|(?:\d ?){9,}")
"""A telephone, or another number that nobody adds up."""
Count = dict[tuple[str, str], float]
"""How many or how much, by table and what is counted in it."""


def account_of(
    rows: Sequence[Row],
    tables: Sequence[Table],
    filled: Filled,
    before: Records | None,
    written: Records,
) -> list[Row]:
    """The rows of « Compte »: every number twice, then every line and cell that did not enter, with its reason, and
    those of « Tableaux », ``rows``, from which nothing is taken. ``before`` are the records that stand, ``written`` the
    draft as the records read it."""
    raw: dict[str, list[dict[str, object]]] = defaultdict(list)
    for line in filled.lines:
        for name, cells in _raw_rows(line, filled):
            raw[name].append(cells)
    export, records, lost = (defaultdict[tuple[str, str], float](float) for _ in range(3))
    for table in (table for table in TABLES if table.name not in v.RESOLVED):
        refused = [
            record.values for record in filled.records if record.why and record.table == table.name
        ]
        left, read = (
            pd.DataFrame(cells, columns=table.column_names) for cells in (refused, raw[table.name])
        )
        for count, frame in ((export, read), (records, written[table.name]), (lost, left)):
            _count(count, table.name, frame, filled.service)
    for (name, column), number in filled.partial.items():
        lost[name, _total(name, column)] += number
    entered = {(record.table, record.line.key) for record in filled.records if not record.why}
    inside = {key for _, key in entered}
    gone = {line.key for line in filled.lines} - inside
    for name in v.RESOLVED:
        about = {table for table in filled.tables if _ABOUT.get(table) == name}
        own = {key for table, key in entered if table in about}
        named: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for line in (line for line in filled.lines if name in line.mentions):
            named[line.mentions[name].key].add(line.key)
        inner = (
            line.mentions[name]
            for line in filled.lines
            if name in line.mentions and line.key not in gone
        )
        known = [mention for mention in inner if mention.entity]
        if named or about:
            what = (name, f"{name} différent{'' if name == 'jeunes' else 'e'}s")
            export[what] = len(named)
            records[what] = len(
                {key for table in about for key in written[table][table_named(name).key[0]]}
            )
            lost[what] = sum(not places & own and places <= gone for places in named.values())
            lost[what] += len({m.key for m in known}) - len({m.entity for m in known})  # by answers
    read_tables = [table for table in tables if v.KINDS[table.kind]]
    told = [*_aside(read_tables), *(left for table in read_tables for left in _left(table))]
    who = filled.resolved["jeunes"].mentions
    if any(mention.identifier for mention in who):
        unnumbered = {
            mention.entity: mention.place
            for mention in who
            if mention.entity and mention.entity.named
        }
        numbers = f"{counted(FRENCH['sans numéro'], len(unnumbered))}. {FRENCH['au dossier']}"
        told += [Told("jeunes", numbers, place) for place in unnumbered.values()]
    for row in (row for row in rows if row[a.KIND].casefold() == v.NOTHING):
        name = f"{row['fichier']} {row['feuille']}".strip()
        told.append(Told(f"tableau {row['tableau']}", f"rien n'est repris de {name}", name, False))
    return [
        *_told_rows(_gone(filled, before, written) if before else ()),
        *(_line_row(table, inside, gone) for table in read_tables),
        *_number_rows(export, records, lost),
        *_told_rows([*told, *filled.told]),
    ]


def _raw_rows(line: Line, filled: Filled) -> Iterator[tuple[str, dict[str, object]]]:
    def answered(cell: Cell) -> object:
        row = filled.words.get((cell.use.target.label, unaccented(cell.word or a.EMPTY_CELL)))
        if row is None:
            return cell.cell
        return "" if row.says(a.MEANING, a.BLANK, a.LEAVE_LINE) else row[a.MEANING]

    cells = [cell for part in line.parts for cell in (*part.common, *part.own)]
    years = [
        _year_in(answered(cell)) for cell in cells if cell.use.target[:2] == (v.OF_LINE, "annee")
    ]
    years.append(line.table.year)
    year = next(filter(None, years), "")
    added: set[int] = set()
    for part in (part for part in line.records if part.table not in v.RESOLVED):
        row: dict[str, object] = {}
        for cell in (*part.common, *part.own):
            target, value = cell.use.target, answered(cell)
            if target.kind == "number" and cell.use.place not in added:
                row[target.column] = _number(value, cell.use.row[a.UNIT], target.column)
                added.add(cell.use.place)
            elif target.kind not in ("tick", "number") and (cell.word or cell.value):
                row[target.column] = value
        row |= part.said
        if dated := _DATED[part.table]:
            day = row.get(dated, year if dated == "annee" else "")
            row[dated] = str(_year_in(day) or (v.text(day) and year))
        if part.table in PLACED and "commune" not in part.said:
            target = v.TARGET_OF[part.table, "commune"]
            held = "commune" in row or any(
                of[a.TARGET] == target.label for of, _ in line.table.columns
            )
            word = v.text(row.get("commune")) if held else line.table.commune
            row["commune"] = (filled.code(target, word) or word) if word else ""
        yield part.table, row


def _count(count: Count, name: str, frame: pd.DataFrame, service: Service) -> None:
    dated, placed = _DATED[name], name in PLACED
    years = [str(cell)[:4] for cell in frame[dated]] if dated else []
    codes = [code if isinstance(code, str) else "" for code in frame["commune"]] if placed else []
    places = [
        v.word_of(code, v.TARGET_OF[name, "commune"], service) if code else "" for code in codes
    ]
    dates = (f"en {year}" if re.fullmatch(r"[12]\d{3}", year) else NO_YEAR for year in years)
    said = (
        *["lignes"] * len(frame),
        *dates,
        *(f"à {place}" if place else NO_COMMUNE for place in places),
    )
    if name != "participations":  # which are summed
        for what, times in sorted(
            Counter(said).items(), key=lambda told: (told[0] != "lignes", told[0])
        ):
            count[name, what] += times
    for column in (column.name for column in table_named(name).columns if column.kind == "number"):
        if total := float(pd.to_numeric(frame[column], errors="coerce").sum()):
            count[name, _total(name, column)] += total


def _year_in(cell: object) -> int | None:
    words = v.text(cell)
    if match := re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", words):
        return cell.year if isinstance(cell, date) else int(match[0])
    if match := re.fullmatch(r"\d{1,2}[/.\-]\d{1,2}[/.\-](\d\d)", words):
        return int(pd.to_datetime(match[1], format="%y").year)
    serial = re.fullmatch(r"\d{5}(?:\.0+)?", words)
    return (
        int((pd.Timestamp("1899-12-30") + pd.Timedelta(days=float(words))).year) if serial else None
    )


def _number(cell: object, unit: str, column: str) -> float:
    if isinstance(cell, timedelta | time):
        return float(pd.Timedelta(str(cell)).total_seconds()) / 3600
    words = (
        re.sub(r"[\s€%]|eur(?:os)?", "", v.text(cell).casefold())
        .replace(",", ".")
        .replace("−", "-")
    )
    words = re.sub(r"(?<=\.)(\d+)h(?:eures?)?$", r"\1", words)
    parts = re.fullmatch(
        r"(?:(\d+)(?:h(?:eures?)?|:))?(\d*)(?:min(?:utes?)?|mn|['′])?(?::\d\d)?", words
    )
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
    cells = (FRENCH["tables"].get(table, table), what, *texts, *([""] * (3 - len(texts))), why)
    return Row(
        a.ACCOUNT,
        dict(zip(a.SHEETS[a.ACCOUNT], cells, strict=False)),
        wanted=[a.SEEN] if ask else [],
    )


def _line_row(table: Table, entered: Set[tuple[int, int]], gone: Set[tuple[int, int]]) -> Row:
    own = {(id(table), number) for number in table.lines}
    inside, left = len(own & entered), len(own & gone)
    why = counted("{n} ligne{s} sans entrée, dite{s} plus bas", left) if left else ""
    numbers = (len(own), inside, len(own) - inside - left)
    return _row(f"tableau {table.row['tableau']}", f"lignes lues dans {table.name}", numbers, why)


def _number_rows(export: Count, written: Count, lost: Count) -> Iterator[Row]:
    for key in sorted({**export, **written}, key=lambda key: TABLE_NAMES.index(key[0])):
        before, after, aside = (counts.get(key, 0.0) for counts in (export, written, lost))
        rest = before - after - aside
        why = counted("{n} expliqué{s} plus bas", aside) if aside > 0 else ""
        why = (
            counted(f"{{n}} de plus, par vos réponses (feuille « {a.PEOPLE} »)", -aside)
            if aside < 0
            else why
        )
        yield _row(key[0], key[1], (before, after, rest if abs(rest) > 0.01 else 0), why)


def _gone(filled: Filled, before: Records, written: Records) -> Iterator[Told]:
    for name in filled.tables:
        columns = list(table_named(name).key or table_named(name).column_names)
        frames = (
            records[name][columns].astype(object).fillna("").map(str)
            for records in (before, written)
        )
        old, new = (Counter(frame.itertuples(index=False, name=None)) for frame in frames)
        gone = [" ".join(filter(None, key)) for key in (old - new).elements()]
        what = f"{counted(FRENCH['parties'], len(gone), table=name)} : {FRENCH['retirer']}"
        yield from (Told(name, what, key, True) for key in gone)


def _aside(tables: Sequence[Table]) -> Iterator[Told]:
    used = {(id(table.sheet), number) for table in tables for number in table.lines}
    for table in tables:
        for number, why in table.aside.items():
            if (id(table.sheet), number) not in used or why.startswith(LEFT_OUT):
                used.add((id(table.sheet), number))
                cells = " | ".join(filter(None, map(v.text, table.sheet_row(number))))
                what = f"lignes de {table.name} laissées : {why}"
                yield Told(
                    f"tableau {table.row['tableau']}",
                    what,
                    f"{number} : {cells[:80]}",
                    why == BELOW,
                )


def _left(table: Table) -> Iterator[Told]:
    for row, place in table.columns:
        if (
            place >= 0
            and row[a.TARGET].casefold() == v.LEFT
            and row[a.HEADER] not in (FILE_NAME, SHEET_NAME)
        ):
            filled = {
                number: cells[place]
                for number, cells in table.lines.items()
                if v.text(cells[place])
            }
            numbers = [cell for cell in filled.values() if not _NO_QUANTITY.fullmatch(v.text(cell))]
            total = round(sum(_number(cell, "", "heures") for cell in numbers), 2)
            what = f"cases non reprises de la colonne « {row[a.HEADER]} » (feuille « {a.COLUMNS} »)"
            what += f" ; leur somme : {total:.12g}".replace(".", ",") if total else ""
            cells = (f"{row['colonne']}{number}" for number in filled)
            yield from (
                Told(f"tableau {table.row['tableau']}", what, cell, False) for cell in cells
            )


def _told_rows(told: Iterable[Told]) -> Iterator[Row]:
    reasons: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
    for table, what, place, ask in told:
        reasons[table, what, ask][place] += 1
    for (table, what, ask), places in reasons.items():
        listed = [
            f"{place}{f' ({times} fois)' if times > 1 else ''}" for place, times in places.items()
        ]
        yield _row(
            "la ligne" if table == v.OF_LINE else table,
            what,
            (places.total(),),
            shown(listed, 30),
            ask,
        )
