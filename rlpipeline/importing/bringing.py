"""An import from beginning to end: the workbook, the draft and its account, the tables in place."""

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from rlpipeline.characters import guarded
from rlpipeline.errors import DataError, SettingsError, ToolError, UsageError
from rlpipeline.importing import FILE, FRENCH, counted, refusal, shown
from rlpipeline.importing.account import Draft, account_of
from rlpipeline.importing.answers import (
    AccountRow,
    AnswerRow,
    Answers,
    TableRow,
    read_answers,
    write_answers,
)
from rlpipeline.importing.people import (
    FORGOTTEN,
    KEY,
    Pseudonyms,
    forget_digests,
    read_forgotten,
    read_key,
)
from rlpipeline.importing.proposing import Files, Proposed, locate, propose
from rlpipeline.importing.reading import Read, read
from rlpipeline.importing.tables import READABLE
from rlpipeline.importing.vocabulary import (
    NOTHING,
    TARGET_OF,
    Codes,
    plain_text,
)
from rlpipeline.importing.writing import Values, Written, write
from rlpipeline.records.findings import Finding
from rlpipeline.records.frames import Records
from rlpipeline.records.names import simplified
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
TOGETHER = "ensemble"
"""Folder of the draft beside the tables that stay, while it is judged."""
FEW = 6
"""Yellow cells that are listed on screen."""


@dataclass(frozen=True)
class Import:
    """Where an import is: the workbook, its rows with what waits for an answer, what is written."""

    path: Path
    answers: Answers
    written: Written

    @property
    def waits(self) -> bool:
        """Whether a question has no answer: nothing is written then."""
        return any(not isinstance(row, AccountRow) for row, _ in self.answers.unanswered())

    @property
    def pending(self) -> list[tuple[AnswerRow, str]]:
        """What keeps it from its end: numbers that differ, then questions."""
        differ = [(row, "gap") for row in self.answers.account if row.differs]
        return [*differ, *self.answers.unanswered()]


def bring_in(project: Project, service: Service, files: Sequence[Path]) -> Import:
    """Read exports, those of the workbook where none is given; write it anew, then the draft.

    Raises
    ------
    UsageError
        Where there is no such file, no table in it, or the records are a database.
    DataError
        Where a file cannot be read, or an answer cannot be followed.
    SettingsError
        Where the key of the pseudonyms is lost.
    """
    if "://" in project.source or is_database(project.source):
        raise refusal(UsageError, "une base", project.root / PROJECT_FILE)
    path, codes = project.root / FILE, Codes(service)
    former = read_answers(path) if path.is_file() else Answers()
    pseudonyms = Pseudonyms(_key(project, path))
    sheets = Files()
    located = []
    if files:
        located = locate(_files(files, project), former, sheets)
    rows: Sequence[TableRow] = located if files else _former_tables(former)
    if not rows:
        raise refusal(UsageError, "aucun tableau", ", ".join(map(str, files)) or path)
    proposed = propose(rows, former, codes, sheets)
    lines = read(proposed.settled, codes, former.words)
    forgotten = read_forgotten(project.root)
    written = write(lines, pseudonyms, codes, former.persons, forgotten)
    answers = Answers(proposed.rows, proposed.columns, [*lines.words.values()])
    if answers.names_persons:
        answers = replace(answers, persons=written.questions)
    if not answers.unanswered():
        found = _draft(project, codes, proposed, lines, written)
        answers = replace(answers, account=_seen_before(account_of(found), former.account))
    answers = answers.with_others(former)
    keep_out_of_git(project.root)
    write_answers(answers, codes, path)
    return Import(path, answers, written)


def _former_tables(former: Answers) -> Sequence[TableRow]:
    """The tables answered about, those too that a person added below the others."""
    added = [row for row in former.tables if not row.path]
    rows = [row for row in former.tables if row.number and row.path]
    paths = {row.file: row.path for row in rows}
    for number, row in enumerate(added, len(rows) + 1):
        row.number, row.path = str(number), paths.get(row.file, "")
    return [*rows, *added]


def _key(project: Project, path: Path) -> bytes:
    """The key of the pseudonyms; who a former kind of import forgot stays so."""
    old = project.root / OLD_RULES
    key = read_key(project.root, create=not (path.is_file() or old.is_file()))
    if key is None:
        raise refusal(SettingsError, "clé perdue", project.root / KEY)
    if old.is_file():
        rules = strict_yaml.parse(old.read_text(encoding="utf-8"), str(old)) or {}
        forget_digests(project.root, *(rules.get("oublies") or ()))
    return key


def _files(places: Iterable[Path], project: Project) -> Iterator[Path]:
    """The files of an export, in their folders too; UsageError for what is none."""
    own = {Path(project.source).resolve(), (project.root / FILE).resolve()}
    for place in places:
        if not place.exists():
            raise refusal(UsageError, "introuvable", place)
        if place.is_file() and place.suffix.lower() not in READABLE:
            raise refusal(UsageError, "illisible", place, sortes=", ".join(READABLE))
        for path in sorted(place.iterdir()) if place.is_dir() else [place]:
            if path.name.startswith((".", "~")):
                continue
            if not own.isdisjoint((path.resolve(), path.resolve().parent)):
                raise refusal(UsageError, "ses données", path)
            yield path


def _draft(
    project: Project, codes: Codes, proposed: Proposed, lines: Read, written: Written
) -> Draft:
    """Write the draft and read it back; DataError where it holds what seems to be a person."""
    folder = write_draft(written.tables, project.root)
    records, findings = load(str(folder), codes.service, plausible=False)
    for finding in findings:
        if finding.code == "E302":
            shutil.rmtree(folder)
            raise _personal(finding, proposed)
    before = standing(project, codes.service)
    judged = _judged(project, codes.service, folder)
    return Draft(proposed.rows, proposed.tables, lines, written, codes, before, records, judged)


def _judged(project: Project, service: Service, draft: Path) -> list[Finding]:
    """What is found in the draft beside the tables that stay, and was not before."""
    place, drafted = _place(project), {path.stem for path in draft.glob("*.csv")}
    known: list[Finding] = []
    judged = draft
    if place:
        judged = draft / TOGETHER
        known = load(str(place), service, plausible=False)[1]
        _write_together(place, judged, service, drafted)
        for path in draft.glob("*.csv"):
            shutil.copy2(path, judged)
    findings = load(str(judged), service)[1]
    if place:
        shutil.rmtree(judged)
    lost = [item for item in findings if item.is_error and item.lignes and item not in known]
    return [item for item in findings if item.table in drafted or item in lost]


def _write_together(place: Path, folder: Path, service: Service, drafted: Set[str]) -> None:
    """Copy the tables that stay; none of a workbook that holds errors."""
    if place.is_dir():
        folder.mkdir()
        for path in place.glob("*.[cC][sS][vV]"):
            if simplified(path.stem) not in drafted:
                shutil.copy2(path, folder)
        return
    try:
        export_source(str(place), str(folder), service)
    except DataError:
        folder.mkdir(exist_ok=True)


def _personal(finding: Finding, proposed: Proposed) -> DataError:
    """The error of a column in which persons seem to be named."""
    label = TARGET_OF[finding.table, finding.colonne or ""].label
    row = next(row for row in proposed.columns if row.target == label)
    return row.refusal("target", "personne", fois=len(finding.lignes))


def _seen_before(rows: Sequence[AccountRow], former: Iterable[AccountRow]) -> Sequence[AccountRow]:
    """The account, what somebody has read before marked."""
    seen = {row.statement: row.seen for row in former}
    for row in rows:
        row.seen = seen.get(tuple(map(plain_text, row.statement)), "")
    return rows


def write_draft(tables: Mapping[str, Sequence[Values]], root: Path) -> Path:
    """Write the tables aside, readable by their owner alone."""
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
    """Put the draft in the place of the tables of the service; what was done, in French.

    The answers are kept, without what they were shown with.

    Raises
    ------
    DataError
        Where a question waits, a difference is not explained, or the workbook that the project
        reads holds errors, which would be lost.
    ToolError
        Where the system refuses.
    """
    pending = under_way.pending
    if pending:
        raise _not_ready(under_way, *pending[0], len(pending) - 1)
    if not under_way.written.tables:
        raise refusal(DataError, "rien de pris", under_way.path)
    try:
        done = _Installing(project, service, _folder(project)).install(now)
    except OSError as error:
        raise refusal(ToolError, "pas écrit", error.filename, error.strerror) from error
    under_way.answers.forget_examples()
    write_answers(under_way.answers, Codes(service), under_way.path)
    return done


def _not_ready(under_way: Import, row: AnswerRow, name: str, others: int) -> DataError:
    """The error of a cell that keeps an import from its end."""
    more = ""
    if others:
        more = counted(" ; et {n} autre{s}", others)
    where = f"{FILE}, {row.place(name)}{more}"
    got = None
    if isinstance(row, AccountRow):
        got = f"{row.counted} : {row.gap or 'non lu'}"
    error = "compte"
    if under_way.waits:
        error = "manque"
    return refusal(DataError, error, where, got, classeur=under_way.path)


@dataclass(frozen=True)
class _Installing:
    """The tables of a draft on their way to their place."""

    project: Project
    service: Service
    folder: Path

    def install(self, now: datetime) -> list[str]:
        """Put them there, a copy of the former ones made first; what was done, in French."""
        before = standing(self.project, self.service)
        drafted = load(str(self._draft), self.service, plausible=False)[0]
        copy = self._copied(now)
        (self.project.root / OLD_RULES).unlink(missing_ok=True)
        typed = [name for name in TABLE_NAMES if before and len(before[name])]
        if typed and not self.folder.is_dir():
            export_source(self.project.source, str(self.folder), self.service)
        written = self._moved()
        self._read_there()
        done = [f"Écrit dans {self.folder} :"]
        for name in written:
            former = 0
            if before:
                former = len(before[name])
            line = "  {table} : {n} ligne{s}, {avant} avant"
            done.append(counted(line, len(drafted[name]), table=name, avant=former))
        unchanged = [name for name in typed if name not in written]
        if unchanged:
            done.append(f"Inchangées : {', '.join(unchanged)}.")
        if copy:
            return [*done, f"L'ancien contenu est copié dans {copy}."]
        return done

    @property
    def _draft(self) -> Path:
        return self.project.root / DRAFT

    def _moved(self) -> list[str]:
        """Move the tables of the draft to their place; their names, in order."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        names = {path.stem for path in self._draft.glob("*.csv")}
        for name in names:
            (self._draft / f"{name}.csv").replace(self.folder / f"{name}.csv")
        self._draft.rmdir()
        return [name for name in TABLE_NAMES if name in names]

    def _copied(self, now: datetime) -> Path | None:
        """The copy of what changes; None where nothing is there."""
        root, source = self.project.root, Path(self.project.source)
        data = {source, self.folder, root / OLD_RULES}
        every = dict.fromkeys((source, self.folder, root / FILE, root / OLD_RULES))
        places = [place for place in every if place.exists()]
        if data & {*places}:
            return copied(root, places, now)
        return None

    def _read_there(self) -> None:
        """Have the project read what was written."""
        if Path(self.project.source).resolve() == self.folder.resolve():
            return
        path, line = self.project.root / PROJECT_FILE, f"source: {FOLDER}"
        text = ""
        if path.is_file():
            text = path.read_text(encoding="utf-8")
        changed, times = re.subn(r"(?m)^source:.*$", line, text, count=1)
        path.write_text(changed if times else f"{text}{line}\n", encoding="utf-8")


def _folder(project: Project) -> Path:
    """Where the tables of a project are, or go."""
    source = Path(project.source)
    if source.is_file() or not source.exists():
        return project.root / FOLDER
    return source


def _place(project: Project) -> Path | None:
    """Where the records that an import would replace are; None where there are none."""
    source, folder = Path(project.source), _folder(project)
    place = source
    if folder.is_dir():
        place = folder
    is_there = place.is_file() or any(path.suffix.lower() == ".csv" for path in place.glob("*"))
    if is_there:
        return place
    return None


def standing(project: Project, service: Service) -> Records | None:
    """The records that an import would replace; None where there are none."""
    place = _place(project)
    if place:
        return load(str(place), service, plausible=False)[0]
    return None


def copied(root: Path, places: Iterable[Path], now: datetime) -> Path:
    """Copy files before they change, and give the folder of the copy, its owner's alone."""
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
            continue
        (copy / place.name).mkdir()
        for path in place.glob("*.[cC][sS][vV]"):
            shutil.copy2(path, copy / place.name)
    return copy


def keep_out_of_git(root: Path) -> None:
    """Have git ignore what is private."""
    path = root / ".gitignore"
    lines = []
    if path.is_file():
        lines = path.read_text(encoding="utf-8").splitlines()
    missing = [line for line in PRIVATE if line not in lines]
    if missing:
        path.write_text("\n".join([*lines, *missing, ""]), encoding="utf-8")


def summary(under_way: Import, command: str) -> str:
    """Where the import is, and what to do next, in French."""
    again = f"{command} import"
    lines = _waiting(under_way, again) if under_way.waits else _drafted(under_way, again)
    return "\n".join(lines)


def _waiting(under_way: Import, again: str) -> list[str]:
    """The cells that wait for an answer."""
    texts, pending = FRENCH["dits"], under_way.pending
    times = Counter(row.title for row, _ in pending)
    sheets = ", ".join(f"{title} : {number}" for title, number in times.items())
    lines = [counted(texts["attend"], len(pending), classeur=under_way.path, feuilles=sheets)]
    for row, name in pending[:FEW]:
        lines.append(f"  {row.place(name)} : {row.questions()[name].header}")
    if len(pending) > FEW:
        lines.append(counted(texts["autres"], len(pending) - FEW))
    return [*lines, f"{texts['répondre']} : {again}"]


def _drafted(under_way: Import, again: str) -> list[str]:
    """What the draft holds, and what of its account is to be read."""
    texts, written = FRENCH["dits"], under_way.written
    tables = ", ".join(f"{name} ({len(rows)})" for name, rows in written.tables.items())
    draft = texts["brouillon"].format(tables=tables or NOTHING, classeur=under_way.path)
    pending = under_way.pending
    lines = [draft, *([texts["à lire"]] if pending else [])]
    for row, name in pending:
        if isinstance(row, AccountRow):
            gap = ""
            if name == "gap":
                gap = f", écart {row.gap}"
            lines.append(f"  {row.place(name)} : {row.counted}{gap}")
    names = [f"{name} = {code}" for name, code in sorted(written.educators.items())]
    if names:
        lines.append(f"Éducateurs, à l'écran seulement : {shown(names, 40)}.")
    if pending:
        return [*lines, f"Puis : {again}"]
    is_taken = bool(written.tables)
    return [*lines, f"{texts['expliqué']} : {again} --valider" if is_taken else texts["rien"]]
