"""``forget``: one young person out of the source, of what builds keep, and of what imports would bring back."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from lxml import etree
from odf.namespaces import TABLENS

from rlpipeline.errors import DataError, UsageError
from rlpipeline.execution.install import write_whole
from rlpipeline.execution.unchanged import COUNTING_IN, FAILURES, LEDGER, MEMORY, WORKING
from rlpipeline.importing.pseudonyms import Pseudonyms, read_key
from rlpipeline.importing.rules import FILE as RULES
from rlpipeline.importing.rules import read_rules, rules_text
from rlpipeline.importing.writing import COPIES, copied, read_rows
from rlpipeline.pipeline.seal import LOG
from rlpipeline.pipeline.shared_edition import REMISES, secret_path
from rlpipeline.protection.releases import list_releases
from rlpipeline.publication.wording import french_date
from rlpipeline.published.reading import year_folders
from rlpipeline.records.names import simplified
from rlpipeline.records.raw import RawTable
from rlpipeline.records.sheets import xlsx_members
from rlpipeline.records.sources import is_database, read_source
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.project import Project

ABOUT_PERSONS = ("notebooks", "alertes.csv")
"""What a publication of the edition interne has that is about one person, or may be."""
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class Forgotten:
    """What was taken out.

    Parameters
    ----------
    rows
        Table name to the rows that were about the young person.
    copy
        Where the source is as it was.
    by_hand
        What must be done by hand: statements of SQL, or rows of a sheet.
    removed
        Folders and files of the publications that are gone.
    copies
        Former copies where the young person still is.
    releases
        What left the service with numbers that count the young person: edition, year, number and day of each.
    barred
        Whether an import will leave the young person out.
    years
        Years published, whose reports count the young person until they are made again: they cannot be shared before.
    """

    rows: Mapping[str, int]
    copy: Path | None
    by_hand: tuple[str, ...]
    removed: tuple[Path, ...]
    copies: tuple[Path, ...]
    releases: tuple[str, ...]
    barred: bool
    years: tuple[int, ...]

    def words(self, command: str) -> str:
        """What was done, what is left to do, in French."""
        done = "À effacer" if self.by_hand else "Effacé"
        count = ", ".join(f"{name} ({number})" for name, number in self.rows.items())
        lines = [f"{done} des données : {count or 'aucune ligne'}."]
        if self.by_hand:
            lines += [
                "À faire vous-même dans la source, qui n'a pas été touchée :",
                *(f"  {one}" for one in self.by_hand),
            ]
        if self.copy:
            lines.append(f"La source d'avant est dans {self.copy} : à détruire aussi, une fois le résultat vérifié.")
        if self.copies:
            lines.append(f"Ce jeune est encore dans d'autres copies, à détruire : {', '.join(map(str, self.copies))}.")
        lines.append("Ce qui a été copié ailleurs (exports, bases, documents Word) reste à détruire.")
        if self.removed:
            lines.append(f"Effacé de ce qui était gardé : {', '.join(map(str, self.removed))}.")
        if self.barred:
            lines.append("Un import ne le reprendra pas. L'effacer aussi du logiciel de suivi, et des exports gardés.")
        if self.releases:
            lines += ["Des nombres où ce jeune est compté sont déjà sortis, sans le désigner :"]
            lines += [f"  {one}" for one in self.releases]
            lines.append(
                "D'autres les ont : ils ne peuvent être repris. Partager ces années de nouveau en retirerait les "
                "nombres qui changent, et dirait ainsi dans quelles cases il était : s'en tenir à ce qui est sorti."
            )
        years = f" --year {' '.join(map(str, self.years))}" if self.years else ""
        again = [
            "Refaire les rapports, pour qu'il n'y soit plus compté :",
            f"  {command} build --force{years}",
        ]
        return "\n".join([*lines, *again])


def forget(project: Project, identifier: str, now: datetime) -> Forgotten:
    """Take a young person out.

    Parameters
    ----------
    identifier
        The pseudonym of the records, or the identifier that the exports give.

    Raises
    ------
    UsageError
        Nothing in the source is about such a young person.
    DataError
        The source cannot be read.
    """
    key = read_key(project.root)
    names = {identifier} | ({Pseudonyms(key).young(identifier)} if key else set())
    tables = read_source(project.source).tables
    rows = {name: ranks for name, table in tables.items() if (ranks := _rows(table, names, _follow_ups(tables, names)))}
    if not rows:
        raise UsageError(
            "Aucune ligne des données n'est à ce nom.",
            where=project.source,
            got=identifier,
            expected="un pseudonyme de la colonne id_jeune, ou l'identifiant que donne le logiciel de suivi",
            todo="le vérifier dans la table jeunes",
        )
    pseudonym = next(name for name in names if any(name in _ids(table) for table in tables.values()))
    years = _years(tables, rows)
    copy, by_hand = _out_of_source(project, tables, rows, pseudonym, now)
    barred = key is not None and _bar(project.root, Pseudonyms(key).digest(pseudonym))
    removed = tuple(_out_of_publications(project.out))
    copies = tuple(
        place
        for place in sorted(Path(os.path.relpath(project.root / COPIES)).glob("*"))
        if place != copy and _holds(place, pseudonym)
    )
    counts = {name: len(ranks) for name, ranks in rows.items()}
    releases = tuple(_left_the_service(project.params / LEDGER, years))
    published = tuple(int(folder.name) for folder in year_folders(project.out))
    for year in published:
        secret_path(project.out, year).unlink(missing_ok=True)  # « share » then asks for the year to be made again
    return Forgotten(counts, copy, tuple(by_hand), removed, copies, releases, barred, published)


def _left_the_service(ledger: Path, years: set[int]) -> Iterator[str]:
    """Releases and sealed copies of reports that show one of the years, or the one before."""
    for one in list_releases(ledger):
        if {one.year, one.year - 1} & years:
            day = f" du {_day(one.shared)}" if one.shared else ""
            recalled = ", retirée depuis" if one.recalled else ""
            yield f"édition à diffuser {one.year}, n° {one.name.partition('-')[2]}{day}{recalled}"
    log = ledger / REMISES / LOG
    for copy in read_rows(log) if log.is_file() else ():
        reports = {int(year) for year in _YEAR.findall(copy["annees"])}
        if (reports | {year - 1 for year in reports}) & years:
            yield f"édition interne {copy['annees']}, exemplaire du {_day(copy['date'])} pour {copy['pour']}"


def _day(text: str) -> str:
    return french_date(date.fromisoformat(text[:10]))


def _column(table: RawTable, name: str) -> list[str]:
    places = [place for place, header in enumerate(table.header) if simplified(header) == name]
    return [(text or "").strip() for text in table.columns[places[0]].to_pylist()] if places else []


def _ids(table: RawTable) -> set[str]:
    return {*_column(table, "id_jeune")}


def _follow_ups(tables: Mapping[str, RawTable], names: set[str]) -> set[str]:
    if "suivis" not in tables:
        return set()
    table = tables["suivis"]
    pairs = zip(_column(table, "id_jeune"), _column(table, "id_suivi"), strict=False)
    return {follow_up for person, follow_up in pairs if person in names and follow_up}


def _rows(table: RawTable, names: set[str], follow_ups: set[str]) -> list[int]:
    """Ranks of the rows about the young person, or about one of the follow-ups."""
    persons, about = _column(table, "id_jeune"), _column(table, "id_suivi")
    return [
        rank
        for rank in range(len(table.lines))
        if (persons and persons[rank] in names) or (about and about[rank] in follow_ups)
    ]


def _years(tables: Mapping[str, RawTable], rows: Mapping[str, Sequence[int]]) -> set[int]:
    """The years that the rows speak of; a follow-up without an end goes on."""
    years: set[int] = set()
    for name, ranks in rows.items():
        for rank in ranks:
            cells = [column[rank].as_py() or "" for column in tables[name].columns]
            said = {int(year) for text in cells for year in _YEAR.findall(text)} if name != "jeunes" else set()
            if name == "suivis" and said and not _column(tables[name], "date_fin")[rank]:
                said |= {*range(min(said), datetime.now().year + 1)}
            elif name == "suivis" and said:
                said |= {*range(min(said), max(said) + 1)}
            years |= said
    return years


def _out_of_source(
    project: Project, tables: Mapping[str, RawTable], rows: Mapping[str, Sequence[int]], pseudonym: str, now: datetime
) -> tuple[Path | None, list[str]]:
    """The copy of the source, and what is left to do by hand."""
    if is_database(project.source):
        return None, list(_statements(pseudonym, rows))
    source = Path(project.source)
    lines = {name: [int(tables[name].lines[rank]) for rank in of_table] for name, of_table in rows.items()}
    copy = Path(os.path.relpath(copied(project.root, [source], now)))
    if source.is_dir():
        for path in source.iterdir():
            of_table = lines.get(simplified(path.stem), ()) if path.suffix.lower() == ".csv" else ()
            if of_table:
                _out_of_csv(path, of_table)
    else:
        _out_of_workbook(source, lines, pseudonym)
    return copy, []


def _statements(pseudonym: str, rows: Mapping[str, Sequence[int]]) -> Iterator[str]:
    quoted = "'" + pseudonym.replace("'", "''") + "'"
    for table in reversed(TABLES):  # what refers to a row goes before it
        if table.name not in rows:
            continue
        if "id_jeune" in table.column_names:
            yield f"DELETE FROM {table.name} WHERE id_jeune = {quoted};"
        else:
            yield f"DELETE FROM {table.name} WHERE id_suivi IN (SELECT id_suivi FROM suivis WHERE id_jeune = {quoted});"


def _out_of_csv(path: Path, lines: Iterable[int]) -> None:
    """Take lines out, with those that a quoted cell goes on to; every other byte stays."""
    written = _LINE.findall(path.read_bytes())
    gone: set[int] = set()
    for line in lines:
        last = line
        while b"".join(written[line - 1 : last]).count(b'"') % 2 and last < len(written):
            last += 1
        gone |= {*range(line, last + 1)}
    draft = path.with_name(f".{path.name}-nouveau")
    draft.write_bytes(b"".join(text for rank, text in enumerate(written, 1) if rank not in gone))
    shutil.copymode(path, draft)
    draft.replace(path)


def _out_of_workbook(path: Path, lines: Mapping[str, Sequence[int]], pseudonym: str) -> None:
    """Empty rows in the XML of the sheets; all else stays as it is.

    Raises
    ------
    DataError
        The young person is still there: the workbook is written in a way that is not foreseen.
    """
    draft = path.with_name(f".nouveau-{path.name}")
    ods = path.suffix.lower() == ".ods"
    members = {} if ods else {member: simplified(name) for name, member in xlsx_members(path).items()}
    with zipfile.ZipFile(path) as read, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as written:
        for item in read.infolist():
            content = read.read(item)
            if ods and item.filename == "content.xml":
                content = _without_ods_rows(content, lines)
            for line in lines.get(members.get(item.filename, ""), ()):
                row = rb'<(?:\w+:)?row\b[^>]*?\br="%d"[^>]*?(?:/>|>.*?</(?:\w+:)?row>)' % line
                content = re.sub(row, b"", content, flags=re.DOTALL)
            if item.filename.endswith("sharedStrings.xml"):
                content = content.replace(f">{pseudonym}<".encode(), b"><")
            written.writestr(item, content, item.compress_type)
    shutil.copymode(path, draft)
    left = read_source(str(draft)).tables
    if any(pseudonym in _ids(table) for table in left.values()):
        draft.unlink()
        places = "; ".join(f"feuille {name}, lignes {', '.join(map(str, rows))}" for name, rows in lines.items())
        raise DataError(
            "Ce classeur ne se laisse pas modifier.", str(path), todo=f"y vider soi-même les lignes du jeune : {places}"
        )
    draft.replace(path)


def _without_ods_rows(content: bytes, lines: Mapping[str, Sequence[int]]) -> bytes:
    """Empty rows of the sheets of an OpenDocument; one that stands for several alike is left to be told of."""
    document = etree.fromstring(content, etree.XMLParser(resolve_entities=False, huge_tree=True))
    for sheet in document.iter(f"{{{TABLENS}}}table"):
        gone, line = {*lines.get(simplified(sheet.get(f"{{{TABLENS}}}name", "")), ())}, 0
        for row in sheet.iter(f"{{{TABLENS}}}table-row"):
            line += int(row.get(f"{{{TABLENS}}}number-rows-repeated", "1"))
            if line in gone:
                row[:] = [etree.Element(f"{{{TABLENS}}}table-cell")]
    return bytes(etree.tostring(document, encoding="UTF-8", xml_declaration=True))


def _bar(root: Path, digest: str) -> bool:
    """Have imports leave the young person out; only where there were some."""
    if not (root / RULES).is_file():
        return False
    rules = read_rules(root)
    if digest not in rules.oublies:
        rules = rules.model_copy(update={"oublies": (*rules.oublies, digest)})
        write_whole(root / RULES, rules_text(rules))
    return True


def _out_of_publications(out: Path) -> Iterator[Path]:
    """Remove what builds remember, and what a publication says of one person."""
    if not out.is_dir():
        return
    for place in sorted(out.iterdir()):
        if place.name.startswith((".", FAILURES)) and (
            place.name.endswith(MEMORY) or place.name == FAILURES or WORKING in place.name or COUNTING_IN in place.name
        ):
            shutil.rmtree(place)
            yield place
        elif re.fullmatch(r"\d{4}", place.name):
            for name in ABOUT_PERSONS:
                part = place / name
                if part.is_dir():
                    shutil.rmtree(part)
                    yield part
                elif part.is_file():
                    part.unlink()
                    yield part


def _holds(place: Path, pseudonym: str) -> bool:
    """Whether a copy speaks of the young person; a workbook is taken to."""
    for path in place.rglob("*"):
        if path.suffix.lower() in (".xlsx", ".ods") or (path.is_file() and pseudonym.encode() in path.read_bytes()):
            return True
    return False
