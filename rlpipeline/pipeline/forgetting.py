"""``forget``: one young person out of the source, of what builds keep, and of what imports would bring back."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd
from lxml import etree

from rlpipeline import french
from rlpipeline.checks.published import year_folders
from rlpipeline.errors import DataError, RlpipelineError, UsageError
from rlpipeline.execution.output_folder import DRAFTS, LEDGER, PRIVATE, disk_errors_in_french
from rlpipeline.importing.bringing import COPIES, DRAFT, copied
from rlpipeline.importing.people import FORGOTTEN, Pseudonyms, forget_digests, read_key
from rlpipeline.pipeline import differing
from rlpipeline.pipeline.share import handed_over
from rlpipeline.protection.releases import read_releases
from rlpipeline.publication.publish import NOTEBOOKS, WORKBOOK
from rlpipeline.records.names import simplified
from rlpipeline.records.sources import is_database, read_source
from rlpipeline.records.table import Raw
from rlpipeline.records.tables import TABLE_NAMES, TABLES
from rlpipeline.records.tabular import (
    OF_TABLE,
    SQLITE_SUFFIXES,
    WORKBOOK_SUFFIXES,
    sheet_members,
)
from rlpipeline.settings.project import Project
from rlpipeline.spreadsheets.findings_workbook import is_findings_workbook

Rows = Mapping[str, pd.DataFrame]
"""By table, rows about a young person: texts, by the line of the source that they are on."""
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
READ_SUFFIXES = (*WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES)
KEPT = (*PRIVATE, *(f"[0-9][0-9][0-9][0-9]/{name}" for name in (NOTEBOOKS, "alertes.csv", *DRAFTS)))
"""What builds remember, and what a publication of the edition interne has that is about one person, or may be."""
ELSEWHERE = (
    "Reste à détruire, hors d'atteinte d'ici : ce qui a été copié ailleurs (exports, sauvegardes, historique git, "
    "documents Word, notebooks de lab, logiciel de suivi)."
)


@dataclass(frozen=True)
class Found:
    """All that is known of a young person, nothing of it touched yet.

    ``pseudonym``: as the records have it, empty where they have it no more; ``gone``: files and folders of ours to
    remove; ``others``: the service's own copies and exports; ``unread``: what looks like records and cannot be read;
    ``releases``: what left the service with numbers that count the young person: edition, year, number and day of each;
    ``years``: years published, whose reports count the young person until they are made again: they cannot be shared
    before.
    """

    project: Project
    pseudonym: str
    rows: Rows = field(repr=False)
    gone: tuple[Path, ...]
    others: tuple[Path, ...]
    unread: tuple[Path, ...]
    releases: tuple[str, ...]
    years: tuple[int, ...]

    def plan(self) -> str:
        """What will go, in French."""
        source = self.project.source
        count = ", ".join(f"{name} ({len(rows)})" for name, rows in self.rows.items())
        lines = [f"À effacer des données, {source} : {count or 'aucune ligne'}."]
        if count and is_database(source):
            lines.append("À faire vous-même dans la base, qui n'est pas touchée :")
            lines += [f"  {statement}" for statement in self._statements()]
        elif count:
            lines.append(f"La source est d'abord copiée dans {COPIES}/.")
        if self.gone:
            lines.append("À effacer en entier :\n  " + _listed(self.gone, "\n  "))
        if count and read_key(self.project.root):
            lines.append(f"À compléter : {FORGOTTEN}, pour qu'un import ne le reprenne pas.")
        return "\n".join(lines)

    def _statements(self) -> Iterator[str]:
        quoted = "'" + self.pseudonym.replace("'", "''") + "'"
        of_person = f"id_jeune = {quoted}"
        of_follow_up = f"id_suivi IN (SELECT id_suivi FROM suivis WHERE {of_person})"
        for table in reversed(TABLES):  # what refers to a row goes first
            if table.name in self.rows:
                is_of_person = "id_jeune" in table.column_names
                yield f"DELETE FROM {table.name} WHERE {of_person if is_of_person else of_follow_up};"

    def forget(self, now: datetime, command: str) -> str:
        """Do it, and say what is left to do, in French.

        Raises DataError: the workbook does not let itself be changed; ToolError: the disk refuses.
        """
        root, key, lines = self.project.root, read_key(self.project.root), ["C'est fait."]
        with disk_errors_in_french(root):
            if key and self.pseudonym:
                forget_digests(root, Pseudonyms(key).digest(self.pseudonym))
                differing.forget(self.project.params / LEDGER, self.pseudonym, key)
                lines.append("Un import ne le reprendra pas. L'effacer aussi du logiciel de suivi.")
            for path in self.gone:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            if self.rows and is_database(self.project.source):
                lines.append("Reste la base : y lancer les instructions ci-dessus.")
            elif self.rows:  # last, so that the same command finishes what was interrupted
                lines.append(
                    f"La source d'avant est dans {self._out_of_source(now)} : une fois le résultat vérifié, la même "
                    "commande l'efface."
                )
        return "\n".join([*lines, *self._left(command)])

    def _out_of_source(self, now: datetime) -> Path:
        """Take the rows out of the source, which is copied first; give the copy."""
        source = Path(self.project.source)
        lines = {name: [*map(int, rows.index)] for name, rows in self.rows.items()}
        copy = Path(os.path.relpath(copied(self.project.root, [source], now)))
        if not source.is_dir():
            _out_of_workbook(source, lines, self.pseudonym)
            return copy
        for path in source.iterdir():
            of_table = lines.get(simplified(path.stem))
            if of_table and path.suffix.lower() == ".csv":
                _out_of_csv(path, of_table)
        return copy

    def _left(self, command: str) -> Iterator[str]:
        if self.others:
            yield f"Ce jeune est encore dans des fichiers du service, à reprendre : {_listed(self.others)}."
        if self.unread:
            yield f"N'ont pas pu être lus, à vérifier : {_listed(self.unread)}."
        yield ELSEWHERE
        if self.releases:
            yield "Des nombres où ce jeune est compté sont déjà sortis, sans le désigner :"
            yield from (f"  {release}" for release in self.releases)
            yield (
                "D'autres les ont : ils ne peuvent être repris. Partager ces années de nouveau ne dit rien de lui : "
                "les chiffres de jeunes restent tels que diffusés, ou sont retirés ensemble si d'autres ont changé."
            )
        if self.rows:
            years = f" --year {' '.join(map(str, self.years))}" if self.years else ""
            yield f"Refaire les rapports, pour qu'il n'y soit plus compté :\n  {command} build --force{years}"


def find(project: Project, identifier: str) -> Found:
    """Find all that is known of a young person.

    Parameters
    ----------
    identifier
        The pseudonym of the records, or the identifier that the exports give.

    Raises
    ------
    UsageError
        Nothing in the source, nor in what was copied from it, is about such a young person.
    DataError
        The source cannot be read.
    """
    key = read_key(project.root)
    names = frozenset({identifier} | ({Pseudonyms(key).young(identifier)} if key else set()))
    rows = rows_about(read_source(project.source).tables, names)
    ours, others, unread = _traces(project, names)
    if not (rows or ours):
        raise UsageError(
            "Aucune ligne des données n'est à ce nom.",
            where=project.source,
            got=identifier,
            expected="un pseudonyme de la colonne id_jeune, ou l'identifiant que donne le logiciel de suivi",
            todo="le vérifier dans la table jeunes",
        )
    persons = {name for frame in rows.values() for name in frame.get("id_jeune", ())}
    shown = frozenset(_years(rows))
    sealed = [row for row in handed_over(project.params / LEDGER) if _is_counted_in(row, shown)]
    gone = dict.fromkeys((*ours, *_made_with(project, rows, sealed)))
    releases = (*_releases(project, shown), *map(_copy_words, sealed))
    years = tuple(int(folder.name) for folder in year_folders(project.out))
    return Found(
        project,
        pseudonym=min(names & persons, default=""),
        rows=rows,
        gone=tuple(gone),
        others=tuple(others),
        unread=tuple(unread),
        releases=releases,
        years=years,
    )


def _counts(report: int, years: frozenset[int]) -> bool:
    """Whether the report of a year, or its column of the year before, counts who is in the records of some years."""
    return not years.isdisjoint({report, report - 1})


def _is_counted_in(copy: Mapping[str, str], years: frozenset[int]) -> bool:
    """Whether a sealed copy counts who is in the records of some years."""
    return any(_counts(int(year), years) for year in _YEAR.findall(copy["annees"]))


def _copy_words(copy: Mapping[str, str]) -> str:
    """Name a sealed copy."""
    day = _day(copy["date"])
    return f"édition interne {copy['annees']}, exemplaire du {day} pour {copy['pour']}"


def _releases(project: Project, years: frozenset[int]) -> Iterator[str]:
    """Name the releases that count who is in the records of some years."""
    for release in read_releases(project.params / LEDGER):
        if not _counts(release.year, years):
            continue
        day = f" du {_day(release.shared)}" if release.shared else ""
        recalled = ", retirée depuis" if release.recalled else ""
        number = release.name.partition("-")[2]
        yield f"édition à diffuser {release.year}, n° {number}{day}{recalled}"


def _made_with(project: Project, rows: Rows, sealed: Iterable[Mapping[str, str]]) -> Iterator[Path]:
    """Give what was made with his rows: reports, where there are any, and sealed copies that are still there."""
    for pattern in KEPT if rows else ():
        yield from sorted(project.out.resolve().glob(pattern))
    for copy in sealed:
        archive = project.out / copy["archive"]
        if archive.is_file():
            yield archive.resolve()


def _listed(paths: Iterable[Path], between: str = ", ") -> str:
    return between.join(map(os.path.relpath, paths))


def _day(text: str) -> str:
    return french.day(date.fromisoformat(text[:10]))


def rows_about(tables: Mapping[str, Raw], names: Set[str]) -> Rows:
    """Give the rows about a young person, or about one of the follow-ups; tables without any are left out.

    ``names``: what the young person may be called by in ``id_jeune``.
    """
    frames = {name: _texts(table) for name, table in tables.items()}
    follow_ups = set[str]()
    if "suivis" in frames:
        own = frames["suivis"][_has(frames["suivis"], "id_jeune", names)]
        follow_ups = {*own.get("id_suivi", ())}
    about = {}
    for name, frame in frames.items():
        is_about = _has(frame, "id_jeune", names) | _has(frame, "id_suivi", follow_ups)
        about[name] = frame[is_about]
    return {name: rows for name, rows in about.items() if not rows.empty}


def _has(frame: pd.DataFrame, column: str, values: Set[str]) -> pd.Series[bool]:
    """Whether each row has one of some values in a column, which may be absent; an empty cell is no value."""
    return frame.get(column, pd.Series("", frame.index)).isin(values - {""})


def _texts(table: Raw) -> pd.DataFrame:
    """Texts of a table by the simplified name of their column; of two of one name, the first has it."""
    columns: dict[str, list[str]] = {}
    for rank, (header, column) in enumerate(zip(table.header, table.columns, strict=False)):
        name = simplified(header)
        free = f"{name}\n{rank}" if name in columns else name
        columns[free] = [(text or "").strip() for text in column.to_pylist()]
    return pd.DataFrame(columns, index=table.lines, dtype="str")


def _years(rows: Rows) -> set[int]:
    """The years that the rows speak of; a follow-up without an end goes on."""
    years: set[int] = set()
    for name, frame in rows.items():
        for row in frame.to_dict("records") if name != "jeunes" else ():
            said = {int(year) for year in _YEAR.findall(" ".join(row.values()))}
            if name == "suivis" and said:
                last = max(said) if row.get("date_fin") else datetime.now().year
                said |= {*range(min(said), last + 1)}
            years |= said
    return years


def _traces(project: Project, names: Set[str]) -> tuple[list[Path], list[Path], list[Path]]:
    """What holds rows about a young person in the folder of the service and in that of its publications.

    Gives what commands wrote: copies made before writing, lists of findings, drafts of commands that were killed; the
    service's own copies and exports; what cannot be read. The source is not among them.
    """
    ours, others, unread = dict[Path, None](), dict[Path, None](), list[Path]()
    source = Path(project.source).resolve()
    for top in dict.fromkeys((project.root.resolve(), project.out.resolve())):
        for place in _sources(top):
            if place == source:
                continue
            if place.suffix.lower() == ".xlsx" and is_findings_workbook(place):
                ours[place] = None
                continue
            tables = _read(place)
            if tables is None:
                unread.append(place)
            elif rows_about(tables, names):
                written = _written_by_us(place, top)
                (ours if written else others)[written or place] = None
    return [*ours], [*others], unread


def _read(place: Path) -> Mapping[str, Raw] | None:
    """Tables of what looks like records; None where they cannot be read."""
    try:
        raw = read_source(str(place))
    except RlpipelineError:
        return None
    return None if raw.closed else raw.tables


def _sources(top: Path) -> Iterator[Path]:
    """Find what may hold records: workbooks and databases, folders with a table in CSV."""
    for folder, _, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            is_ours_or_open = name == WORKBOOK or name[0] == "~"
            if path.suffix.lower() in READ_SUFFIXES and not is_ours_or_open:
                yield path
        if any(map(_is_table, names)):
            yield Path(folder)


def _is_table(name: str) -> bool:
    """Whether a file is called as a table of the records in CSV."""
    return name.lower().endswith(".csv") and simplified(Path(name).stem) in TABLE_NAMES


def _written_by_us(place: Path, top: Path) -> Path | None:
    """The copy, the draft or the rest of a killed command that a place is, or is in; None for the service's own."""
    for path in (place, *place.parents):
        if path == top:
            return None
        if path.parent == top / COPIES or path == top / DRAFT:
            return path
        if any(fnmatch(path.name, pattern) for pattern in DRAFTS):
            return path
    return None


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

    Raises DataError: the young person is still there: the workbook is written in a way that is not foreseen.
    """
    draft = path.with_name(f".{path.stem}-nouveau{path.suffix}")
    with (
        zipfile.ZipFile(path) as read,
        zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        if path.suffix.lower() == ".ods":
            without = {"content.xml": _without_ods_rows(read.read("content.xml"), lines)}
        else:
            without = _without_xlsx_rows(read, lines, pseudonym)
        for item in read.infolist():
            content = without.get(item.filename) or read.read(item)
            written.writestr(item, content, item.compress_type)
    shutil.copymode(path, draft)
    if rows_about(read_source(str(draft)).tables, {pseudonym}):
        draft.unlink()
        rows = {name: ", ".join(map(str, of_table)) for name, of_table in lines.items()}
        places = "; ".join(f"feuille {name}, lignes {numbers}" for name, numbers in rows.items())
        raise DataError(
            "Ce classeur ne se laisse pas modifier.",
            str(path),
            todo=f"y vider soi-même les lignes du jeune : {places}",
        )
    draft.replace(path)


def _without_xlsx_rows(
    workbook: zipfile.ZipFile, lines: Mapping[str, Sequence[int]], pseudonym: str
) -> dict[str, bytes]:
    """Give what changes in a workbook where rows of its sheets go, by name of its file in it."""
    changed = dict[str, bytes]()
    for name, member in sheet_members(workbook).items():
        gone = lines.get(simplified(name), ())
        if gone:
            content = workbook.read(member)
            for line in gone:
                row = rb'<(?:\w+:)?row\b[^>]*?\br="%d"[^>]*?(?:/>|>.*?</(?:\w+:)?row>)' % line
                content = re.sub(row, b"", content, flags=re.DOTALL)
            changed[member] = content
    for member in workbook.namelist():
        if member.endswith("sharedStrings.xml"):
            texts = workbook.read(member)
            changed[member] = texts.replace(f">{pseudonym}<".encode(), b"><")
    return changed


def _without_ods_rows(content: bytes, lines: Mapping[str, Sequence[int]]) -> bytes:
    """Empty rows of the sheets of an OpenDocument; one that stands for several alike is left to be told of."""
    document = etree.fromstring(content, etree.XMLParser(resolve_entities=False, huge_tree=True))
    for sheet in document.iter(f"{OF_TABLE}table"):
        gone, line = {*lines.get(simplified(sheet.get(f"{OF_TABLE}name", "")), ())}, 0
        for row in sheet.iter(f"{OF_TABLE}table-row"):
            line += int(row.get(f"{OF_TABLE}number-rows-repeated", "1"))
            if line in gone:
                row[:] = [etree.Element(f"{OF_TABLE}table-cell")]
    return bytes(etree.tostring(document, encoding="UTF-8", xml_declaration=True))
