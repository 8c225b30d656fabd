"""What the workbook proposes: tables found, columns named by exact words, and what was answered before."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import date
from itertools import chain, count, zip_longest
from pathlib import Path

from openpyxl.utils import get_column_letter

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Answers, Row
from rlpipeline.importing.tables import (
    FILE_NAME,
    LINES,
    READABLE,
    SHEET_NAME,
    TOTAL,
    Table,
    Use,
    places_of,
    sheets_of,
)
from rlpipeline.records.names import personal_header, words_in
from rlpipeline.records.tables import table_named
from rlpipeline.records.tabular import Sheet, text_of
from rlpipeline.settings.models import Service

SAMPLES = 5
Grids = dict[Path, list[Sheet]]
_OF_TABLE = (a.GROUP, a.KIND, a.OUT, a.YEAR, a.COMMUNE, a.SEEN)
_AMBIGUOUS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-]\d{2,4})?(?: .*)?")
_CLOCK = re.compile(r"\d{1,2}\s?[:hH]\s?(?:\d\d)?(?::\d\d)?")
_BARE = re.compile(r"\d{1,3}(?:[.,]\d+)?")


def tables_of(paths: Sequence[Path], former: Answers, service: Service, grids: Grids) -> list[Row]:
    """The rows of « Tableaux » for files: as answered before where the headers are the same, else proposed. Every sheet
    has one, and every file, whether a table is found there or not."""
    rows: list[Row] = []
    for path, sheet in [(file, sheet) for file in paths for sheet in _read(file.resolve(), grids)]:
        of_sheet = {"fichier": v.text(path.name), "feuille": sheet.name}
        known = [
            row
            for row in former[a.TABLES]
            if all(row[name] == text for name, text in of_sheet.items())
        ]
        known = [row for row in known if row[a.PROPOSED] != v.NOTHING]
        for before, place in [*zip_longest(known, places_of(sheet))] or [(None, None)]:
            cells = {"tableau": str(len(rows) + 1), **of_sheet, "chemin": str(path.resolve())}
            cells |= {a.KNOW: FRENCH["masquée"]} if sheet.hidden else {}
            if place:
                cells |= {**dict(zip(LINES, place, strict=True)), a.PROPOSED: "|".join(place)}
            elif path.suffix.lower() in READABLE and not any(map(v.text, chain(*sheet.rows))):
                cells[a.KIND] = cells[a.PROPOSED] = v.NOTHING
            answers = before or (
                _alike(Table(Row(a.TABLES, cells), sheet, service), former) if place else None
            )
            cells |= {name: answers[name] for name in _OF_TABLE if answers[name]} if answers else {}
            if (
                before and "|".join(before[name] for name in LINES) != before[a.PROPOSED]
            ):  # said by a person
                cells |= {name: before[name] for name in LINES}
                cells |= {a.LAST: ""} if cells.get(a.PROPOSED, "") != before[a.PROPOSED] else {}
            rows.append(Row(a.TABLES, cells, before.line if before else 0))
    return rows


def _read(path: Path, grids: Grids) -> list[Sheet]:
    if path not in grids:
        grids[path] = (path.suffix.lower() in READABLE and sheets_of(path)) or [Sheet("", [])]
    return grids[path]


def _alike(table: Table, former: Answers) -> Row:
    new = {unaccented(header) for header in table.grid_headers if header}
    held: dict[str, set[str]] = defaultdict(set)
    for column in (column for column in former[a.COLUMNS] if column["colonne"]):
        held[column[a.GROUP]].add(unaccented(column[a.HEADER]))
    shares = {letter: len(new & own) / len(new | own) for letter, own in held.items()}
    row = max(former[a.TABLES], key=lambda row: shares.get(row[a.GROUP], 0), default=None)
    if row is None or shares.get(row[a.GROUP], 0) <= 0.5:
        return Row(a.TABLES, {})
    own = any(
        row[name] not in FRENCH["listes"][a.YEAR] for name in (a.YEAR, a.COMMUNE)
    )  # of its file alone
    kept = {
        name: row[name] for name in _OF_TABLE if not own or name not in (a.YEAR, a.COMMUNE, a.SEEN)
    }
    return Row(a.TABLES, kept)


def read_tables(
    rows: Sequence[Row], former: Answers, service: Service, grids: Grids
) -> list[Table]:
    """The tables as they stand in their files; DataError where « Tableaux » cannot be followed."""
    tables: list[Table] = []
    for row in rows:
        row.cells |= {a.KNOW: row[a.KNOW] if row[a.KNOW] == FRENCH["masquée"] else ""}
        if not all(row[name] for name in LINES):
            if row[a.KIND].casefold() != v.NOTHING:
                read = Path(row["fichier"]).suffix.lower() in READABLE
                row.cells[a.KNOW] = FRENCH["sans en-têtes" if read else "autre sorte"]
                row.want(a.KIND, *(LINES if read else ()))
            continue
        sheet = next(
            (sheet for sheet in _read(Path(row["chemin"]), grids) if sheet.name == row["feuille"]),
            None,
        )
        if sheet is None:
            raise row.refusal("feuille", "autre feuille")
        table = Table(row, sheet, service, others=tables)
        if any(other.sheet is sheet and other.row[a.FIRST] == row[a.FIRST] for other in tables):
            raise row.refusal(a.FIRST, "deux fois")
        tables.append(table)
    groups: dict[tuple[str, ...], list[Table]] = defaultdict(list)
    for table in tables:
        groups[*table.headers, table.row[a.GROUP]].append(table)
    used = {row[a.GROUP] for row in (*rows, *former[a.TABLES])}
    free = (letter for letter in map(get_column_letter, count(1)) if letter not in used)
    taken = {""}
    for (*_, asked), group in groups.items():
        letter = next(free) if asked in taken else asked
        taken.add(letter)
        for table in group:
            table.row.cells[a.GROUP], table.columns = letter, group[0].columns
            _answer_table(table)
        if len({table.kind for table in group if table.row[a.KIND]}) > 1:
            raise group[-1].row.refusal(a.KIND, "deux genres", lettre=letter)
        if group[0].kind != v.NOTHING:
            _columns(group, [row for row in former[a.COLUMNS] if asked and row[a.GROUP] == asked])
    return tables


def _answer_table(table: Table) -> None:
    row, (_, _, first, last) = table.row, table.place
    if not (row[a.OUT] or row[a.SEEN]):
        lines = (
            zip(table.grid_headers, table.sheet_row(number), strict=False)
            for number in range(first, last + 1)
        )
        words = ((name, v.text(cell)) for line in lines for name, cell in line)
        totals = (
            f"{name} = {word.split()[0]}*" for name, word in words if TOTAL.match(unaccented(word))
        )
        row.cells[a.OUT] = " ; ".join(dict.fromkeys(totals))
    if row[a.KIND] and not any(
        "commune" in table_named(name).column_names for name in v.KINDS[table.kind]
    ):
        row.cells |= {a.COMMUNE: a.NOWHERE} | (
            {a.YEAR: a.NOWHERE} if table.kind == v.NOTHING else {}
        )
    row.cells[a.KNOW] = row[a.KNOW] or a.shown([*filter(None, table.grid_headers)], 12)
    row.want(a.KIND, a.YEAR, a.COMMUNE, a.SEEN)


def _columns(group: Sequence[Table], before: Sequence[Row]) -> None:
    table, columns, letter = group[0], group[0].columns, group[0].row[a.GROUP]
    known = dict(zip(_numbered(row[a.HEADER] for row in before), before, strict=True))
    labels = {target.label for target in v.targets_of_kind(table.kind)}
    taken = {(row[a.TARGET], row[a.SAID]) for row in before if row[a.TARGET] in labels}
    lines = [line for of in group for line in of.lines.values()]
    texts = [
        [word for line in lines if (word := v.text(line[place]))]
        for place in range(len(table.headers))
    ]
    named = [
        name or ("(sans en-tête)" if filled else "")
        for name, filled in zip(table.headers, texts, strict=True)
    ]
    for place, (key, header, filled) in enumerate(zip(_numbered(named), named, texts, strict=True)):
        if not header or (header == SHEET_NAME and not table.sheet.name):
            continue
        former = known.pop(key, None)
        row = Row(a.COLUMNS, dict(former.cells), former.line) if former else Row(a.COLUMNS, {})
        often = " | ".join(word[:40] for word, _ in Counter(filled).most_common(SAMPLES))
        share = f"{100 * len(filled) / max(1, len(lines)):.0f} %"
        column = get_column_letter(place + 1) if place < len(table.grid_headers) else ""
        shown = (letter, column, header, often, share, str(len({*filled})))
        row.cells |= dict(zip(a.SHEETS[a.COLUMNS], shown, strict=False))
        if former is None:
            _propose(table, row, filled, taken)
        columns.append((row, place))
    for row in known.values():
        if row[a.TARGET] in v.TARGETS:
            for of in group:
                of.row.cells |= {
                    a.KNOW: FRENCH["plus là"].format(en_tete=row[a.HEADER]),
                    a.SEEN: "",
                }
                of.row.want(a.SEEN)
    uses = table.uses()
    merged = {
        fault.column for of in group for fault in of.sheet.faults if fault.row + 1 in of.lines
    }
    _want(table, uses, lines, merged)
    told = {use.target.table for use in uses if "annee" in dict(use.said.values)} | {v.OF_LINE}
    filled_tables = sorted({use.target.table for use in uses} - told)
    needed = [name for name in filled_tables if "annee" in table_named(name).column_names]
    needed += (
        ["âge"]
        if any(use.target.kind == "birth" and use.row[a.UNIT] == v.AGE for use in uses)
        else []
    )
    if needed and not any(use.target[:2] == (v.OF_LINE, "annee") for use in uses):
        for row in (of.row for of in group if not of.year):
            row.cells |= {
                a.YEAR: "",
                a.KNOW: FRENCH["quelle année"].format(tables=", ".join(needed)),
            }
            row.want(a.YEAR)


def _numbered(headers: Iterable[str]) -> Iterator[tuple[str, int]]:
    times: Counter[str] = Counter()
    for header in map(unaccented, headers):
        yield header, times[header]
        times[header] += 1


def _propose(table: Table, row: Row, filled: Sequence[str], taken: set[tuple[str, str]]) -> None:
    header, answer = row[a.HEADER], dict[str, str]()
    ranked = v.targets_named(header, table.kind)
    named, rank = next(
        ((target, rank) for target, rank in ranked if (target.label, rank) not in taken), (None, "")
    )
    personal = personal_header(re.sub(r"[^\w\s]", " ", header))
    if header in (FILE_NAME, SHEET_NAME) or not filled:
        answer = {a.TARGET: v.LEFT}
    elif named and not (
        named.kind == "person" and (v.TARGET_OF[v.OF_LINE, "id_jeune"].label, "") in taken
    ):
        answer = {a.TARGET: named.label, a.SAID: rank}
        taken.add((named.label, rank))
    elif personal:
        answer = {a.TARGET: v.LEFT, a.KNOW: f"{personal} : n'entre pas dans les données"}
    else:  # a header that is itself a word of a code, above numbers or ticks
        words = header.rpartition(" / ")[2]
        counts = sum(v.read_hours(word, v.HOURS) is not None for word in filled) > 0.8 * len(filled)
        ticked = v.TICKS & {*map(str.casefold, filled)}
        targets = v.targets_of_kind(table.kind)
        one_each = {target.table: target for target in targets}
        says = {
            name: v.said(words, target, table.service, table.year)
            for name, target in one_each.items()
        }
        for target in targets:
            said = says[target.table]
            columns = dict(said.values) if said else {}
            if columns and (
                counts if target.kind == "number" else ticked and target.column in columns
            ):
                answer = {a.TARGET: target.label, a.SAID: words}
                break
    row.cells |= {**answer, a.PROPOSED: answer.get(a.TARGET, "")}


def _want(
    table: Table, uses: Sequence[Use], lines: Sequence[Sequence[object]], merged: Set[int]
) -> None:
    own = v.KINDS[table.kind][0]
    plain = (
        (use.place, use.target)
        for use in uses
        if not use.row[a.SAID] and use.target.kind != "number"
    )
    full = [
        place for place, to in plain if to.kind == "person" or (to.table == own and to.is_asked)
    ]
    repeats = any(not v.text(cells[place]) for place in full for cells in lines)
    for row, _ in table.columns:
        row.want(a.TARGET)
    for use in uses:
        row, target, cells = use.row, use.target, [line[use.place] for line in lines]
        filled = [cell for cell in cells if v.text(cell)]
        if target.kind in ("date", "birth", "year") and not row[a.ORDER]:
            texts = [v.text(cell) for cell in filled if not isinstance(cell, date)]
            pairs = [
                (int(match[1]), int(match[2]))
                for word in texts
                if (match := _AMBIGUOUS.fullmatch(word))
            ]
            day_first, month_first = (any(pair[rank] > 12 for pair in pairs) for rank in (0, 1))
            row.cells[a.ORDER] = (
                "" if day_first == month_first else v.DAY_FIRST if day_first else v.MONTH_FIRST
            )
            row.want(*([a.ORDER] if pairs else []))
        hours = target.column == "heures"  # 2h30 is a duration whatever the unit
        clock = {*FRENCH["heures d'horloge"]} & {*words_in(row[a.HEADER])}
        if hours and clock and filled and all(_CLOCK.fullmatch(v.text(cell)) for cell in filled):
            raise row.refusal(a.TARGET, "horloge")
        if hours or (target.column in ("date_naissance", "tranche_age") and target.kind != "tick"):
            row.want(*([a.UNIT] if any(_BARE.fullmatch(v.text(cell)) for cell in filled) else []))
        if len(filled) < len(cells) and filled and not row[a.EMPTY]:
            if (
                use.place not in merged
                and not (repeats and v.text(cells[0]))
                and (not hours or row[a.SAID])
            ):
                row.cells[a.EMPTY] = a.NOTED
            row.cells[a.KNOW] = row[a.KNOW] or (FRENCH["fusionnées"] if use.place in merged else "")
            row.want(a.EMPTY)
        places = target.table in (v.OF_LINE, "presences") or target.kind in ("number", "commune")
        if (
            places and row[a.TARGET] == row[a.PROPOSED]
        ):  # a wrong proposal would place persons or hours
            row.want(a.SEEN)
        if target.is_several and not row[a.SEPARATOR]:
            spelt = {text_of(cell) or "" for cell in filled}
            written = {words for words in spelt if not v.code_of(words, target, table.service)}
            if signs := [
                sign for sign in (*a.SIGNS, "\n") if any(sign in words.strip() for words in written)
            ]:
                row.cells[a.KNOW] = FRENCH["signes"].format(
                    liste=" ".join(signs).replace("\n", a.LINE_BREAK)
                )
                row.want(a.SEPARATOR)
