"""``forget``: one young person out of the source, of what builds keep, and of what imports would bring back."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from lxml import etree
from odf.namespaces import TABLENS

from rlpipeline.checks.reading import year_folders
from rlpipeline.errors import DataError, UsageError
from rlpipeline.execution.install import disk_errors_in_french
from rlpipeline.execution.places import LEDGER
from rlpipeline.importing.bringing import COPIES, copied
from rlpipeline.importing.pseudonyms import FORGOTTEN, Pseudonyms, forget_digests, read_key
from rlpipeline.pipeline.seal import handed_over
from rlpipeline.pipeline.traces import Traces, kept_for_builds, traces_of
from rlpipeline.protection.releases import read_releases
from rlpipeline.publication.wording import french_date
from rlpipeline.records.names import simplified
from rlpipeline.records.sources import Raw, is_database, read_source
from rlpipeline.records.tables import TABLES
from rlpipeline.records.tabular import sheet_members
from rlpipeline.settings.project import Project

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
ELSEWHERE = (
    "Reste à détruire, hors d'atteinte d'ici : ce qui a été copié ailleurs (exports, sauvegardes, historique git, "
    "documents Word, notebooks de lab, logiciel de suivi)."
)


@dataclass(frozen=True)
class Found:
    """All that is known of a young person, nothing of it touched yet.

    ``names``: the pseudonym of the records, and what else the young person may be called by there; ``tables``,
    ``rows``: the source, and the ranks of its rows that are about the young person, by table; ``gone``: files and
    folders of ours to remove; ``traces``: where else the young person is; ``releases``: what left the service with
    numbers that count the young person: edition, year, number and day of each; ``years``: years published, whose
    reports count the young person until they are made again: they cannot be shared before.
    """

    project: Project
    names: frozenset[str]
    tables: Mapping[str, Raw] = field(repr=False)
    rows: Mapping[str, Sequence[int]]
    gone: tuple[Path, ...]
    traces: Traces
    releases: tuple[str, ...]
    years: tuple[int, ...]

    @property
    def pseudonym(self) -> str:
        """As the records have it; empty where they have it no more."""
        ids = set[str]().union(*(_ids(table) for table in self.tables.values()))
        return min(self.names & ids, default="")

    def plan(self) -> str:
        """What will go, in French."""
        source = self.project.source
        count = ", ".join(f"{name} ({len(ranks)})" for name, ranks in self.rows.items())
        lines = [f"À effacer des données, {source} : {count or 'aucune ligne'}."]
        if count and is_database(source):
            lines.append("À faire vous-même dans la base, qui n'est pas touchée :")
            lines += [f"  {statement}" for statement in _statements(self.pseudonym, self.rows)]
        elif count:
            lines.append(f"La source est d'abord copiée dans {COPIES}/.")
        if self.gone:
            lines.append("À effacer en entier :\n  " + _listed(self.gone, "\n  "))
        if count and read_key(self.project.root):
            lines.append(f"À compléter : {FORGOTTEN}, pour qu'un import ne le reprenne pas.")
        return "\n".join(lines)

    def forget(self, now: datetime, command: str) -> str:
        """Do it, and say what is left to do, in French.

        Raises DataError: the workbook does not let itself be changed; ToolError: the disk refuses.
        """
        root, key, pseudonym, lines = self.project.root, read_key(self.project.root), self.pseudonym, ["C'est fait."]
        with disk_errors_in_french(root):
            if key and pseudonym:
                forget_digests(root, Pseudonyms(key).digest(pseudonym))
                lines.append("Un import ne le reprendra pas. L'effacer aussi du logiciel de suivi.")
            for path in self.gone:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            if self.rows:  # last, so that the same command finishes what was interrupted
                copy, by_hand = _out_of_source(self.project, self.tables, self.rows, pseudonym, now)
                if by_hand:
                    lines.append("Reste la base : y lancer les instructions ci-dessus.")
                if copy:
                    lines.append(
                        f"La source d'avant est dans {copy} : une fois le résultat vérifié, la même commande l'efface."
                    )
        return "\n".join([*lines, *self._left(command)])

    def _left(self, command: str) -> Iterator[str]:
        if self.traces.others:
            yield f"Ce jeune est encore dans des fichiers du service, à reprendre : {_listed(self.traces.others)}."
        if self.traces.unread:
            yield f"N'ont pas pu être lus, à vérifier : {_listed(self.traces.unread)}."
        yield ELSEWHERE
        if self.releases:
            yield "Des nombres où ce jeune est compté sont déjà sortis, sans le désigner :"
            yield from (f"  {release}" for release in self.releases)
            yield (
                "D'autres les ont : ils ne peuvent être repris. Partager ces années de nouveau en retirerait les "
                "nombres qui changent, et dirait ainsi dans quelles cases il était : s'en tenir à ce qui est sorti."
            )
        if self.rows:
            years = f" --year {' '.join(map(str, self.years))}" if self.years else ""
            yield f"Refaire les rapports, pour qu'il n'y soit plus compté :\n  {command} build --force{years}"


def find(project: Project, identifier: str) -> Found:
    """Find all that is known of a young person.

    ``identifier``: the pseudonym of the records, or the identifier that the exports give. Raises UsageError: nothing in
    the source, nor in what was copied from it, is about such a young person; DataError: the source cannot be read.
    """
    key = read_key(project.root)
    names = frozenset({identifier} | ({Pseudonyms(key).young(identifier)} if key else set()))
    tables = read_source(project.source).tables
    rows = rows_about(tables, names)
    traces = traces_of(project, lambda copied: bool(rows_about(copied, names)))
    if not (rows or traces.ours):
        raise UsageError(
            "Aucune ligne des données n'est à ce nom.",
            where=project.source,
            got=identifier,
            expected="un pseudonyme de la colonne id_jeune, ou l'identifiant que donne le logiciel de suivi",
            todo="le vérifier dans la table jeunes",
        )
    years = _years(tables, rows)
    ledger = project.params / LEDGER
    sealed = [row for row in handed_over(ledger) if _counts(years, *map(int, _YEAR.findall(row["annees"])))]
    archives = (project.out / row["archive"] for row in sealed)
    kept = kept_for_builds(project.out.resolve()) if rows else ()
    gone = tuple(dict.fromkeys((*traces.ours, *kept, *(path.resolve() for path in archives if path.is_file()))))
    handed = (
        f"édition interne {row['annees']}, exemplaire du {_day(row['date'])} pour {row['pour']}" for row in sealed
    )
    releases = (*_released(ledger, years), *handed)
    published = tuple(int(folder.name) for folder in year_folders(project.out))
    return Found(project, names, tables, rows, gone, traces, releases, published)


def _counts(years: set[int], *reports: int) -> bool:
    """Whether reports show one of the years: theirs, or the one before."""
    return bool({year - back for year in reports for back in (0, 1)} & years)


def _released(ledger: Path, years: set[int]) -> Iterator[str]:
    for release in read_releases(ledger):
        if _counts(years, release.year):
            day = f" du {_day(release.shared)}" if release.shared else ""
            recalled = ", retirée depuis" if release.recalled else ""
            yield f"édition à diffuser {release.year}, n° {release.name.partition('-')[2]}{day}{recalled}"


def _listed(paths: Iterable[Path], between: str = ", ") -> str:
    return between.join(map(os.path.relpath, paths))


def _day(text: str) -> str:
    return french_date(date.fromisoformat(text[:10]))


def _column(table: Raw, name: str) -> list[str]:
    places = [place for place, header in enumerate(table.header) if simplified(header) == name]
    return [(text or "").strip() for text in table.columns[places[0]].to_pylist()] if places else []


def _ids(table: Raw) -> set[str]:
    return {*_column(table, "id_jeune")}


def _follow_ups(tables: Mapping[str, Raw], names: Set[str]) -> set[str]:
    if "suivis" not in tables:
        return set()
    table = tables["suivis"]
    pairs = zip(_column(table, "id_jeune"), _column(table, "id_suivi"), strict=False)
    return {follow_up for person, follow_up in pairs if person in names and follow_up}


def rows_about(tables: Mapping[str, Raw], names: Set[str]) -> dict[str, list[int]]:
    """Give the ranks of the rows about a young person, or about one of the follow-ups; tables without any are left out.

    ``names``: what the young person may be called by in ``id_jeune``.
    """
    follow_ups = _follow_ups(tables, names)
    every = {name: _rows(table, names, follow_ups) for name, table in tables.items()}
    return {name: ranks for name, ranks in every.items() if ranks}


def _rows(table: Raw, names: Set[str], follow_ups: set[str]) -> list[int]:
    """Ranks of the rows about the young person, or about one of the follow-ups."""
    persons, about = _column(table, "id_jeune"), _column(table, "id_suivi")
    return [
        rank
        for rank in range(len(table.lines))
        if (persons and persons[rank] in names) or (about and about[rank] in follow_ups)
    ]


def _years(tables: Mapping[str, Raw], rows: Mapping[str, Sequence[int]]) -> set[int]:
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
    project: Project, tables: Mapping[str, Raw], rows: Mapping[str, Sequence[int]], pseudonym: str, now: datetime
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

    Raises DataError: the young person is still there: the workbook is written in a way that is not foreseen.
    """
    draft = path.with_name(f".{path.stem}-nouveau{path.suffix}")
    ods = path.suffix.lower() == ".ods"
    with zipfile.ZipFile(path) as read, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as written:
        members = {} if ods else {member: simplified(name) for name, member in sheet_members(read).items()}
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
