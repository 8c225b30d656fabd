"""An import from beginning to end: the workbook, the draft and its account, the tables in their place, a copy of the
former ones first."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from rlpipeline.characters import guarded, unaccented
from rlpipeline.errors import DataError, SettingsError, ToolError, UsageError
from rlpipeline.importing import FILE, FRENCH, counted, refusal
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.account import account_of
from rlpipeline.importing.answers import (
    Answers,
    Row,
    read_answers,
    shown,
    unanswered,
    write_answers,
)
from rlpipeline.importing.filling import Filled, Values
from rlpipeline.importing.people import FORGOTTEN, KEY, forget_digests, read_forgotten, read_key
from rlpipeline.importing.proposing import Grids, read_tables, tables_of
from rlpipeline.importing.tables import READABLE
from rlpipeline.records.frames import Records
from rlpipeline.records.sources import is_database
from rlpipeline.records.store import load
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Service
from rlpipeline.settings.project import FILE as PROJECT_FILE
from rlpipeline.settings.project import Project
from rlpipeline.spreadsheets.conversion import export_source

FOLDER, COPIES, DRAFT, OLD_RULES = "source", "copies", "brouillon-import", "import.yml"
PRIVATE = (
    f"/{FOLDER}/",
    f"/{COPIES}/",
    f"/{DRAFT}/",
    f"/{KEY}",
    f"/{FORGOTTEN}",
    f"/{FILE}",
    "/outputs/",
)
FEW = 6


@dataclass
class Import:
    """Where an import stands: the workbook, its rows with those that wait for an answer, what the answers give."""

    path: Path
    found: Answers
    filled: Filled

    @property
    def waits(self) -> bool:
        """Whether a question has no answer: nothing is written then."""
        return any(row.sheet != a.ACCOUNT for row, _ in unanswered(self.found))

    @property
    def pending(self) -> list[tuple[Row, str]]:
        """What keeps it from its end: questions, else numbers that differ and reasons that nobody has read."""
        differ = [(row, a.GAP) for row in self.found[a.ACCOUNT] if row[a.GAP] not in ("", "0")]
        return [*differ, *unanswered(self.found)]


def bring_in(project: Project, service: Service, files: Sequence[Path]) -> Import:
    """Read exports, those of the workbook where none is given; write this anew and, once it is complete, the draft.
    UsageError where there is no such file, no table in it, or the records are a database; DataError where a file cannot
    be read, or an answer cannot be followed; SettingsError where the key of the pseudonyms is lost."""
    if "://" in project.source or is_database(project.source):
        raise refusal(UsageError, "une base", project.root / PROJECT_FILE)
    path, old = project.root / FILE, project.root / OLD_RULES
    former = read_answers(path) if path.is_file() else {name: [] for name in a.SHEETS}
    key = read_key(project.root, create=not (path.is_file() or old.is_file()))
    if key is None:
        raise refusal(SettingsError, "clé perdue", project.root / KEY)
    if (
        old.is_file()
    ):  # of a service that imported before there was a workbook: who is forgotten stays so
        rules = strict_yaml.parse(old.read_text(encoding="utf-8"), str(old)) or {}
        forget_digests(project.root, *(rules.get("oublies") or ()))
    grids: Grids = {}
    active = [row for row in former[a.TABLES] if row["tableau"]]
    rows = tables_of(list(_files(files, project)), former, service, grids) if files else active
    if not rows:
        raise refusal(UsageError, "aucun tableau", ", ".join(map(str, files)) or path)
    tables = read_tables(rows, former, service, grids)
    filled = Filled(tables, service, key, read_forgotten(project.root), former)
    columns = {id(row): row for table in tables for row, _ in table.columns}
    found: Answers = {
        a.TABLES: rows,
        a.COLUMNS: [*columns.values()],
        a.WORDS: [*filled.words.values()],
    }
    found |= {a.PEOPLE: [], a.ACCOUNT: []}
    if all(row.sheet == a.WORDS for row, _ in unanswered(found)):
        found[a.PEOPLE] = [
            row for resolved in filled.resolved.values() for row in resolved.rows.values()
        ]
    under_way = Import(path, found, filled)
    if not under_way.waits:
        draft = write_draft(filled.tables, project.root)
        written, findings = load(str(draft), service, plausible=False)
        if personal := next((finding for finding in findings if finding.code == "E302"), None):
            shutil.rmtree(draft)
            label = v.TARGET_OF[personal.table, personal.colonne or ""].label
            row = next(row for row in found[a.COLUMNS] if row[a.TARGET] == label)
            raise row.refusal(a.TARGET, "personne", fois=len(personal.lignes))
        found[a.ACCOUNT] = account_of(rows, tables, filled, standing(project, service), written)
        seen = {tuple(row[header] for header in a.TOLD): row[a.SEEN] for row in former[a.ACCOUNT]}
        for row in found[a.ACCOUNT]:
            row.cells[a.SEEN] = seen.get(tuple(v.text(row[header]) for header in a.TOLD), "")
            row.wanted = [header for header in row.wanted if not row[header]]
    for (
        sheet,
        by,
        names,
        absent,
    ) in a.KEPT:  # the answers about other files, and words that are in these no more
        known = {tuple(unaccented(row[name]) for name in names) for row in found[by]}
        others = (
            row
            for row in former[sheet]
            if tuple(unaccented(row[name]) for name in names) not in known
        )
        found[sheet] += [Row(sheet, {**row.cells, **absent}) for row in others]
    keep_out_of_git(project.root)
    write_answers(found, service, path)
    return under_way


def _files(places: Sequence[Path], project: Project) -> Iterator[Path]:
    own = {Path(project.source).resolve(), (project.root / FILE).resolve()}
    for place in places:
        if not place.exists():
            raise refusal(UsageError, "introuvable", place)
        if place.is_file() and place.suffix.lower() not in READABLE:
            raise refusal(UsageError, "illisible", place, sortes=", ".join(READABLE))
        for path in sorted(place.iterdir()) if place.is_dir() else [place]:
            if path.name[0] not in ".~":
                if {path.resolve(), path.resolve().parent} & own:
                    raise refusal(UsageError, "ses données", path)
                yield path


def write_draft(tables: Mapping[str, Sequence[Values]], root: Path) -> Path:
    """Write the tables aside, readable by their owner alone; ``jeunes`` and ``suivis`` may be missing there."""
    folder = root / DRAFT
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for name, rows in tables.items():
        path, columns = folder / f"{name}.csv", table_named(name).column_names
        path.touch(mode=0o600)
        frame = pd.DataFrame(rows, columns=columns, dtype=object).fillna("").map(guarded)
        frame.to_csv(path, index=False, lineterminator="\n")
    return folder


def validate(under_way: Import, project: Project, service: Service, now: datetime) -> list[str]:
    """Put the tables of the draft in the place of those of the service, and keep the answers without what they were
    shown with. What was done, in French; DataError where a question waits, a difference is not explained, or the
    workbook that the project reads holds errors, which would be lost; ToolError where the system refuses."""
    found, pending = under_way.found, under_way.pending
    if pending:
        row, header = pending[0]
        told = f"{row[a.COUNTED]} : {row[a.GAP] or 'non lu'}" if row.sheet == a.ACCOUNT else None
        more = counted(" ; et {n} autre{s}", len(pending) - 1) if len(pending) > 1 else ""
        name = "manque" if under_way.waits else "compte"
        raise refusal(
            DataError, name, f"{FILE}, {row.place(header)}{more}", told, classeur=under_way.path
        )
    if not under_way.filled.tables:
        raise refusal(DataError, "rien de pris", under_way.path)
    try:
        said = _install(project, service, now)
    except OSError as error:
        raise refusal(ToolError, "pas écrit", error.filename, error.strerror) from error
    for sheet, shown_with in (
        (a.COLUMNS, ("exemples",)),
        (a.WORDS, (a.PLACE,)),
        (a.PEOPLE, a.SHEETS[a.PEOPLE][:3]),
    ):
        for row in found[sheet]:
            row.cells |= dict.fromkeys(shown_with, "")
    write_answers(found | {a.ACCOUNT: []}, service, under_way.path)
    return said


def _install(project: Project, service: Service, now: datetime) -> list[str]:
    source, folder, draft, old = (
        Path(project.source),
        _folder(project),
        project.root / DRAFT,
        project.root / OLD_RULES,
    )
    before, drafted = standing(project, service), load(str(draft), service, plausible=False)[0]
    places = [
        place
        for place in dict.fromkeys((source, folder, project.root / FILE, old))
        if place.exists()
    ]
    copy = copied(project.root, places, now) if {source, folder, old} & {*places} else None
    old.unlink(missing_ok=True)
    typed = [name for name in TABLE_NAMES if before and len(before[name])]
    if typed and not folder.is_dir():
        export_source(str(source), str(folder), service)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    written = [name for name in TABLE_NAMES if (draft / f"{name}.csv").is_file()]
    for name in written:
        (draft / f"{name}.csv").replace(folder / f"{name}.csv")
    draft.rmdir()
    if source.resolve() != folder.resolve():
        path, line = project.root / PROJECT_FILE, f"source: {FOLDER}"
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        changed, times = re.subn(r"(?m)^source:.*$", line, text, count=1)
        path.write_text(changed if times else f"{text}{line}\n", encoding="utf-8")
    said = [f"Écrit dans {folder} :"]
    for name in written:
        former = len(before[name]) if before else 0
        said.append(
            counted(
                "  {table} : {n} ligne{s}, {avant} avant",
                len(drafted[name]),
                table=name,
                avant=former,
            )
        )
    unchanged = ", ".join(name for name in typed if name not in written)
    said += [f"Inchangées : {unchanged}."] if unchanged else []
    return said + ([f"L'ancien contenu est copié dans {copy}."] if copy else [])


def _folder(project: Project) -> Path:
    source = Path(project.source)
    return project.root / FOLDER if source.is_file() or not source.exists() else source


def standing(project: Project, service: Service) -> Records | None:
    """The records that an import would replace; None where there are none."""
    source, folder = Path(project.source), _folder(project)
    place = folder if folder.is_dir() else source
    there = place.is_file() or any(path.suffix.lower() == ".csv" for path in place.glob("*"))
    return load(str(place), service, plausible=False)[0] if there else None


def copied(root: Path, places: Sequence[Path], now: datetime) -> Path:
    """Copy files before they change, and give the folder of the copy, readable by its owner alone."""
    name = now.strftime("%Y-%m-%d-%Hh%Mm%Ss")
    copy, rank = root / COPIES / name, 2
    while copy.exists():
        copy = copy.with_name(f"{name}-{rank}")
        rank += 1
    (root / COPIES).mkdir(mode=0o700, exist_ok=True)
    copy.mkdir(mode=0o700)
    for place in map(Path.resolve, places):  # « . » has no name
        if place.is_file():
            shutil.copy2(place, copy / place.name)
        else:
            (copy / place.name).mkdir()
            for path in place.glob("*.[cC][sS][vV]"):
                shutil.copy2(path, copy / place.name)
    return copy


def keep_out_of_git(root: Path) -> None:
    """Have git ignore what is private."""
    path = root / ".gitignore"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if missing := [line for line in PRIVATE if line not in lines]:
        path.write_text("\n".join([*lines, *missing, ""]), encoding="utf-8")


def said_of(under_way: Import, command: str) -> str:
    """Where the import stands, and what to do next, in French."""
    said, again, pending = FRENCH["dits"], f"{command} import", under_way.pending
    if under_way.waits:
        sheets = ", ".join(
            f"{sheet} : {times}"
            for sheet, times in Counter(row.sheet for row, _ in pending).items()
        )
        lines = [counted(said["attend"], len(pending), classeur=under_way.path, feuilles=sheets)]
        lines += [f"  {row.place(header)} : {header}" for row, header in pending[:FEW]]
        lines += [counted(said["autres"], len(pending) - FEW)] if len(pending) > FEW else []
        return "\n".join([*lines, f"{said['répondre']} : {again}"])
    rows = (
        ", ".join(f"{name} ({len(rows)})" for name, rows in under_way.filled.tables.items())
        or v.NOTHING
    )
    lines = [
        said["brouillon"].format(tables=rows, classeur=under_way.path),
        *([said["à lire"]] if pending else []),
    ]
    for row, header in pending:
        gap = f", écart {row[header]}" if header == a.GAP else ""
        lines.append(f"  {row.place(header)} : {row[a.COUNTED]}{gap}")
    names = [f"{name} = {code}" for name, code in sorted(under_way.filled.educators.items())]
    lines += [f"Éducateurs, à l'écran seulement : {shown(names, 40)}."] if names else []
    done = f"{said['expliqué']} : {again} --valider" if under_way.filled.tables else said["rien"]
    return "\n".join([*lines, f"Puis : {again}" if pending else done])
