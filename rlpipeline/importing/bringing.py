"""An import from beginning to end: the workbook, the draft and its account, the tables in their place."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from openpyxl.utils import get_column_letter

from rlpipeline.errors import DataError, SettingsError, UsageError
from rlpipeline.importing import FILE, FRENCH, refusal
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.account import account_of, gone_of
from rlpipeline.importing.answers import Answers, Row, read_answers, shown, unanswered, write_answers
from rlpipeline.importing.filling import Filled
from rlpipeline.importing.lines import Group, Words
from rlpipeline.importing.proposing import groups_of, tables_of
from rlpipeline.importing.pseudonyms import KEY, Pseudonyms, forget_digests, read_forgotten, read_key
from rlpipeline.importing.sources import READABLE
from rlpipeline.importing.writing import DRAFT, copied, install, keep_out_of_git, rows_of, standing, write_draft
from rlpipeline.records.checking import load
from rlpipeline.records.names import words_in
from rlpipeline.records.personal import personal_values
from rlpipeline.records.tables import table_named
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Service
from rlpipeline.settings.project import Project

OLD_RULES = "import.yml"
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
    """Read exports by the workbook of the service, which is written anew; once it is complete, write the draft.

    The files are those of the workbook where none is given. UsageError where there is no such file, or no table in it;
    DataError where a file cannot be read, or an answer, by its sheet and cell, cannot be followed; SettingsError where
    the key of the pseudonyms is lost.
    """
    path, old = project.root / FILE, project.root / OLD_RULES
    former = read_answers(path) if path.is_file() else _of_old_rules(old, service)
    key = read_key(project.root, create=not (path.is_file() or old.is_file()))
    if key is None:
        raise refusal(SettingsError, "clé perdue", project.root / KEY)
    active = [row for row in former[a.TABLES] if row["tableau"]]
    rows = tables_of(list(_files(files, project)), former) if files else active
    if not rows:
        raise refusal(UsageError, "aucun tableau", ", ".join(map(str, files)) or path)
    groups = groups_of(rows, former, service)
    words = Words(former[a.WORDS], service)
    filled = Filled(groups, words, Pseudonyms(key), read_forgotten(project.root), former[a.PEOPLE])
    found: Answers = {sheet: [] for sheet in a.SHEETS} | {a.TABLES: rows, a.WORDS: list(words.rows.values())}
    found[a.COLUMNS] = [row for group in groups for row, _ in group.columns]
    if all(row.sheet == a.WORDS for row, _ in unanswered(found)):
        found[a.PEOPLE] = [row for resolved in filled.resolved.values() for row in resolved.rows.values()]
    under_way = Import(path, found, filled)
    if not under_way.waits:
        _refuse_persons(filled, groups)
        records, _ = load(str(write_draft(filled.tables, project.root)), service)
        written = {name: rows_of(records, name) for name in filled.tables}
        gone = gone_of(standing(project, service), written)
        found[a.ACCOUNT] = [*gone, *account_of(groups, found[a.WORDS], filled, written)]
        seen = {_told(row): row[a.SEEN] for row in former[a.ACCOUNT]}
        for row in found[a.ACCOUNT]:
            row.cells[a.SEEN] = seen.get(_told(row), "")
            row.wanted = [header for header in row.wanted if not row[header]]
    _keep_others(found, former)
    keep_out_of_git(project.root)
    write_answers(found, service, path)
    return under_way


def validate(under_way: Import, project: Project, service: Service, now: datetime) -> list[str]:
    """Put the draft in the place of the tables that it brings, and keep the answers without what they were shown with.

    What was done, in French; DataError where a question waits, or a difference is not explained.
    """
    found, pending = under_way.found, under_way.pending
    if pending:
        row, header = pending[0]
        counted = f"{row[a.COUNTED]} : {row[a.GAP] or 'non lu'}" if row.sheet == a.ACCOUNT else None
        where = f"{FILE}, {row.place(header)}{f' ; et {len(pending) - 1} autres' if len(pending) > 1 else ''}"
        name = "manque" if under_way.waits else "compte"
        raise refusal(DataError, name, where, counted, classeur=under_way.path)
    if not under_way.filled.tables:
        raise refusal(DataError, "rien de pris", under_way.path)
    said = install(under_way.filled.tables, project, service, now)
    old = project.root / OLD_RULES
    if old.is_file():
        copied(project.root, [old], now)
        old.unlink()
    for sheet, shown_with in ((a.COLUMNS, ("exemples",)), (a.WORDS, (a.PLACE,)), (a.PEOPLE, a.SHEETS[a.PEOPLE][:3])):
        for row in found[sheet]:
            row.cells |= dict.fromkeys(shown_with, "")
    write_answers(found | {a.ACCOUNT: []}, service, under_way.path)
    shutil.rmtree(project.root / DRAFT)
    return said


def _told(row: Row) -> tuple[str, ...]:
    return tuple(row[header] for header in a.SHEETS[a.ACCOUNT][:-1])


def _files(places: Sequence[Path], project: Project) -> Iterator[Path]:
    """The files of an export; the service's own records are none, and are told."""
    own = {Path(project.source).resolve(), (project.root / FILE).resolve()}
    for place in places:
        if not place.exists():
            raise refusal(UsageError, "introuvable", place)
        for path in sorted(place.iterdir()) if place.is_dir() else [place]:
            if path.is_file() and path.name[0] not in ".~" and (path is place or path.suffix.lower() in READABLE):
                if {path.resolve(), path.resolve().parent} & own:
                    raise refusal(UsageError, "ses données", path)
                yield path


def _refuse_persons(filled: Filled, groups: Sequence[Group]) -> None:
    """Nothing that names a person enters a text about young people, and no cell names two educators."""

    def refused(table: str, column: str, name: str, **words: object) -> DataError:
        label = v.target_of(table, column).label
        row = next(row for group in groups for row, _ in group.columns if row[a.TARGET] == label)
        return row.refusal(a.TARGET, name, **words)

    for table in (table_named(name) for name in filled.tables):
        for column in (c.name for c in table.columns if c.kind == "text"):
            texts = sorted({row.get(column, "") for row in filled.tables[table.name]} - {""})
            if column == "educateur":
                coded = {code: name for name, code in filled.educators.items()}
                several = [n for t in texts if re.search(r"[/;&+\n]", n := coded.get(t, "")) or "et" in words_in(n)]
                if several:
                    raise refused(table.name, column, "éducateurs", fois=len(several))
            elif table.about_young_people and texts:
                found = personal_values(pa.array(texts, pa.large_string()), identifier=False)
                if found:
                    raise refused(table.name, column, "personne", quoi=next(iter(found.values())), fois=len(found))


def _keep_others(found: Answers, former: Answers) -> None:
    """Answers about tables, words and persons that this export does not have are kept for those that will."""
    used = {(row[a.GROUP],) for row in found[a.TABLES]}
    for sheet, names, absent in (
        (a.TABLES, (a.GROUP,), {"tableau": ""}),
        (a.COLUMNS, (a.GROUP,), {}),
        (a.WORDS, (a.TARGET, a.WORD), {a.TIMES: "0"}),
        (a.PEOPLE, (a.DIGEST,), {}),
    ):
        known = {tuple(row[name].casefold() for name in names) for row in found[sheet]}
        for row in former[sheet]:
            its = tuple(row[name] if name == a.GROUP else row[name].casefold() for name in names)
            if its not in (used if names == (a.GROUP,) else known):
                found[sheet].append(Row(sheet, row.cells | absent))


def said_of(under_way: Import, command: str) -> str:
    """Where the import stands, and what to do next, in French."""
    said, again = FRENCH["dits"], f"{command} import"
    cells = [f"  {row.place(header)} : {header}" for row, header in under_way.pending]
    if under_way.waits:
        more = [f"  … {len(cells)} en tout"] if len(cells) > FEW else []
        lines = [said["attend"].format(classeur=under_way.path), *cells[:FEW], *more, f"{said['répondre']} : {again}"]
        return "\n".join(lines)
    rows = ", ".join(f"{name} ({len(rows)})" for name, rows in under_way.filled.tables.items()) or v.NOTHING
    lines = [said["brouillon"].format(tables=rows, classeur=under_way.path)]
    if under_way.pending:
        gaps = [f", écart {row[header]}" if header == a.GAP else "" for row, header in under_way.pending]
        counted = [f"{row[a.COUNTED]}{gap}" for (row, _), gap in zip(under_way.pending, gaps, strict=True)]
        cells = [
            f"  {row.place(header)} : {what}" for (row, header), what in zip(under_way.pending, counted, strict=True)
        ]
        return "\n".join([*lines, said["à lire"], *cells, f"Puis : {again}"])
    names = [f"{name} = {code}" for name, code in sorted(under_way.filled.educators.items())]
    lines += [f"Éducateurs, à l'écran seulement : {shown(names, 40)}."] if names else []
    done = f"{said['expliqué']} : {again} --valider" if under_way.filled.tables else said["rien"]
    return "\n".join([*lines, done])


# A service that imported before there was a workbook.


def _of_old_rules(path: Path, service: Service) -> Answers:
    """The answers that ``import.yml`` holds, each to be confirmed; those whom it forgets are forgotten still."""
    found: Answers = {name: [] for name in a.SHEETS}
    rules = (strict_yaml.parse(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else None) or {}
    if rules.get("oublies"):
        forget_digests(path.parent, *rules["oublies"])
    for rank, table in enumerate(rules.get("tableaux") or (), 1):
        letter = get_column_letter(rank)
        for header, decision in table.get("colonnes", {}).items():
            answers = _old_column(decision if isinstance(decision, str) else decision[0], service)
            cells = {"colonne": "?", a.HEADER: " ".join(header.split()), a.PROPOSED: answers.get(a.TARGET, "")}
            found[a.COLUMNS].append(Row(a.COLUMNS, {a.GROUP: letter} | cells | answers))
        cells = {"tableau": str(rank), "fichier": table["fichier"], "feuille": table.get("feuille", "")}
        found[a.TABLES].append(Row(a.TABLES, {a.GROUP: letter} | cells))
    for place, words in (rules.get("valeurs") or {}).items():
        target = v.find_target(*place.partition(".")[::2])
        for word, code in words.items() if target else ():
            meaning = v.word_of(code, target, service) if code and target else a.BLANK
            cells = {a.TARGET: target.label if target else "", a.WORD: word, a.MEANING: meaning}
            found[a.WORDS].append(Row(a.WORDS, cells))
    return found


def _old_column(decision: str, service: Service) -> dict[str, str]:
    """« jeunes.sexe », « suivis[2].statut », « temps[activite=rue].heures », « personne.nom », « ignorée : … »."""
    match = re.fullmatch(r"([a-z_]+)(?:\[([^\]]+)\])?(?:\.([a-z_]+))?", decision)
    if match is None:
        return {a.TARGET: v.LEFT} if decision.startswith(("ignorée", "refusée")) else {}
    table, column = match[1], match[3] or ""
    slots = [part.rpartition("=")[::2] for part in (match[2] or "").split(",") if part]
    of_line = table == "personne" or column in ("annee", "id_suivi", "id_action")
    column = {"identifiant": "id_jeune"}.get(column, column) or (slots[0][0] if slots else "")
    target = v.find_target(v.OF_LINE if of_line else table, column)
    if target is None:
        return {}
    said = [(value, v.find_target(table, of)) if of else (f"n° {value}", None) for of, value in slots]
    return {
        a.TARGET: target.label,
        a.SAID: " ; ".join(v.word_of(text, own, service) if own else text for text, own in said),
    }
