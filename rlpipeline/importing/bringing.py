"""An import from beginning to end: the workbook, the draft and its account, the tables in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from openpyxl.utils import get_column_letter
from pydantic import BaseModel, ConfigDict

from rlpipeline.errors import DataError, SettingsError, UsageError
from rlpipeline.importing import answers as a
from rlpipeline.importing.account import account_of
from rlpipeline.importing.answers import FILE, Correspondence, Row, read_correspondence, shown
from rlpipeline.importing.filling import Filled, Filling
from rlpipeline.importing.lines import Words
from rlpipeline.importing.proposing import Group, groups_of, tables_of
from rlpipeline.importing.pseudonyms import KEY, Pseudonyms, forget_digests, read_forgotten, read_key
from rlpipeline.importing.vocabulary import KINDS, LEFT, OF_LINE, Target, find_target, target_of, targets, word_of
from rlpipeline.importing.workbook import write_correspondence
from rlpipeline.importing.writing import DRAFT, Written, copied, install, keep_out_of_git, write_draft
from rlpipeline.records.checking import load
from rlpipeline.records.personal import personal_values
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.records.tabular import SQLITE_SUFFIXES, TEXT_SUFFIXES, WORKBOOK_SUFFIXES
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Service
from rlpipeline.settings.project import Project

OLD_RULES = "import.yml"
_OLD_TARGET = re.compile(r"(?P<table>[a-z_]+)(?:\[(?P<slot>[^\]]+)\])?(?:\.(?P<column>[a-z_]+))?")
_OLD_PERSON = {"identifiant": "id_jeune", "nom": "nom", "prenom": "prenom", "nom_complet": "nom_complet"}
FEW = 6


@dataclass
class Import:
    """Where an import stands.

    Parameters
    ----------
    path
        The workbook.
    found
        Its rows, those that wait for an answer among them.
    filled
        What the answers give so far.
    """

    path: Path
    found: Correspondence
    filled: Filled = field(default_factory=Filled)

    @property
    def waits(self) -> bool:
        """Whether a question has no answer: nothing is written then."""
        return any(row.sheet != a.ACCOUNT for row, _ in self.found.unanswered)

    @property
    def unexplained(self) -> list[tuple[Row, str]]:
        """What keeps a complete import from being put in place: numbers that differ, reasons that nobody has read."""
        differ = [(row, "écart") for row in self.found[a.ACCOUNT] if row["écart"] not in ("", "0")]
        return [*differ, *((row, header) for row, header in self.found.unanswered if row.sheet == a.ACCOUNT)]


def bring_in(project: Project, service: Service, files: Sequence[Path]) -> Import:
    """Read exports by the workbook of the service, which is written anew; once it is complete, write the draft.

    Parameters
    ----------
    files
        Files and folders of the export; those of the workbook where there are none.

    Raises
    ------
    UsageError
        There is no such file, or no table in it.
    DataError
        A file cannot be read, or an answer cannot be followed: the message names sheet and cell.
    SettingsError
        The key of the pseudonyms is lost.
    """
    path = project.root / FILE
    former = read_correspondence(path) if path.is_file() else _of_old_rules(project.root, service)
    key = _key(project.root, path.is_file() or (project.root / OLD_RULES).is_file())
    active = [row for row in former[a.TABLES] if row["tableau"]]
    rows = tables_of(list(_files(files, project)), former, service) if files else active
    if not rows:
        raise UsageError(
            "Aucun tableau n'a été trouvé.",
            where=", ".join(map(str, files)) or str(path),
            expected="un fichier .csv, .xlsx, .ods ou .sqlite dont une ligne nomme les colonnes",
            todo=f"donner les fichiers de l'export, ou leur dossier : import FICHIER…{_first_time(path)}",
        )
    groups = groups_of(rows, former, service)
    words, pseudonyms = Words(former[a.WORDS], service), Pseudonyms(key)
    filling = Filling(service, pseudonyms, read_forgotten(project.root), words, former[a.PEOPLE])
    filled = filling.fill(groups)
    columns = [row for group in groups for row, _ in group.columns]
    found = Correspondence(
        {a.TABLES: rows, a.COLUMNS: columns, a.WORDS: list(words.rows.values()), a.ACCOUNT: []} | {a.PEOPLE: []}
    )
    if not found.unanswered or all(row.sheet == a.WORDS for row, _ in found.unanswered):
        found.rows[a.PEOPLE] = filling.questions
    under_way = Import(path, found, filled)
    if not under_way.waits:
        _refuse_persons(filled, groups)
        draft = write_draft(filled.tables, project.root)
        records, _ = load(str(draft), service)
        found.rows[a.ACCOUNT] = account_of(groups, found[a.WORDS], filled, records, service)
        seen = {_told(row): row[a.SEEN] for row in former[a.ACCOUNT]}
        for row in found[a.ACCOUNT]:
            row.cells[a.SEEN] = seen.get(_told(row), "")
            row.wanted = [header for header in row.wanted if not row[header]]
    _keep_others(found, former)
    keep_out_of_git(project.root)
    write_correspondence(found, service, path)
    return under_way


def validate(under_way: Import, project: Project, service: Service, now: datetime) -> Written:
    """Put the draft in the place of the tables that it brings, and keep the answers without what they were shown with.

    Raises
    ------
    DataError
        A question waits, or a difference is not explained.
    """
    pending = under_way.found.unanswered if under_way.waits else under_way.unexplained
    if pending:
        row, header = pending[0]
        what = "Une réponse manque." if under_way.waits else "Le compte n'est pas expliqué."
        more = f" ; et {len(pending) - 1} autres" if len(pending) > 1 else ""
        raise DataError(
            what,
            where=f"{FILE}, {row.place(header)}{more}",
            expected="une réponse"
            if under_way.waits
            else "un écart de 0, et « oui » dans « vu » après avoir lu la raison",
            got=f"{row['ce qui est compté']} : {row['écart'] or 'non lu'}" if row.sheet == a.ACCOUNT else None,
            todo=f"ouvrir {under_way.path}, répondre, l'enregistrer, puis relancer la même commande",
        )
    written = install(under_way.filled.tables, project, service, now)
    old = project.root / OLD_RULES
    if old.is_file():
        copied(project.root, [old], now)
        old.unlink()
    found = under_way.found
    for sheet, shown_with in ((a.COLUMNS, ("exemples",)), (a.WORDS, ("où",)), (a.PEOPLE, a.SHEETS[a.PEOPLE][:3])):
        for row in found[sheet]:
            row.cells |= dict.fromkeys(shown_with, "")
    found.rows[a.ACCOUNT] = []
    write_correspondence(found, service, under_way.path)
    for path in (project.root / DRAFT).iterdir():
        path.unlink()
    (project.root / DRAFT).rmdir()
    return written


def _told(row: Row) -> tuple[str, ...]:
    return tuple(row[header] for header in a.SHEETS[a.ACCOUNT][:-1])


def _first_time(path: Path) -> str:
    return "" if path.is_file() else f" ; {FILE} sera écrit là"


def _key(root: Path, was_imported: bool) -> bytes:
    key = read_key(root, create=not was_imported)
    if key is None:
        raise SettingsError(
            "La clé des pseudonymes n'est plus là.",
            where=str(root / KEY),
            expected="le fichier que le premier import a écrit",
            todo=f"la reprendre d'une sauvegarde ; sinon retirer {FILE} : tous les jeunes auront un autre pseudonyme",
        )
    return key


def _files(places: Sequence[Path], project: Project) -> Iterator[Path]:
    """The files of an export; the service's own records are none, and are told."""
    own = {Path(project.source).resolve(), (project.root / FILE).resolve()}
    for place in places:
        if not place.exists():
            raise UsageError("Ce fichier est introuvable.", where=str(place), todo="corriger son nom")
        listed = sorted(place.iterdir()) if place.is_dir() else [place]
        kept = [p for p in listed if p.is_file() and p.name[0] not in ".~"]
        readable = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES)
        kept = [p for p in kept if p.suffix.lower() in readable or not place.is_dir()]
        for path in kept:
            if path.resolve() in own or path.resolve().parent in own:
                raise UsageError("Ce sont les données du service, non un export.", where=str(path))
            yield path


def _refuse_persons(filled: Filled, groups: Sequence[Group]) -> None:
    """Nothing that names a person enters a text about young people.

    Raises
    ------
    DataError
        A column holds telephone numbers, addresses or names.
    """
    for name, rows in filled.tables.items():
        table = table_named(name)
        for column in (column for column in table.columns if table.about_young_people and column.kind == "text"):
            texts = sorted({row.get(column.name, "") for row in rows} - {""})
            found = personal_values(pa.array(texts, pa.large_string()), identifier=False) if texts else {}
            if found and column.name != "educateur":
                label = target_of(name, column.name).label
                row = next(row for group in groups for row, _ in group.columns if row[a.TARGET] == label)
                what = f"Cette colonne a ce qui semble être {next(iter(found.values()))} ({len(found)} valeurs)."
                raise row.refusal(a.TARGET, what, f"choisir « {LEFT} », ou corriger l'export")


def _keep_others(found: Correspondence, former: Correspondence) -> None:
    """Answers about tables, words and persons that this export does not have are kept for those that will."""
    used = {row["colonnes"] for row in found[a.TABLES]}
    headers = [frozenset(r["en-tête"] for r in found[a.COLUMNS] if r["colonnes"] == letter) for letter in used]
    for letter in dict.fromkeys(row["colonnes"] for row in former[a.TABLES]):
        columns = [row for row in former[a.COLUMNS] if row["colonnes"] == letter]
        own = frozenset(row["en-tête"] for row in columns)
        if not own or any(len(own & other) >= 0.5 * len(own | other) for other in headers):
            continue
        free = next(name for rank in range(1, 999) if (name := get_column_letter(rank)) not in used)
        used.add(free)
        for row in (*columns, *(row for row in former[a.TABLES] if row["colonnes"] == letter)):
            cells = {**row.cells, "colonnes": free}
            found[row.sheet].append(Row(row.sheet, cells | ({"tableau": ""} if row.sheet == a.TABLES else {})))
    for sheet, names in ((a.WORDS, (a.TARGET, a.WORD)), (a.PEOPLE, ("empreinte",))):
        known = {tuple(row[name].casefold() for name in names) for row in found[sheet]}
        others = [row for row in former[sheet] if tuple(row[name].casefold() for name in names) not in known]
        found[sheet].extend(Row(sheet, row.cells | ({"fois": "0"} if sheet == a.WORDS else {})) for row in others)


# What is said, in French.


def said_of(under_way: Import, command: str) -> str:
    """Where the import stands, and what to do next."""
    again = f"{command} import"
    if under_way.waits:
        cells = [f"  {row.place(header)} : {header}" for row, header in under_way.found.unanswered]
        more = [f"  … {len(cells)} en tout"] if len(cells) > FEW else []
        return "\n".join(
            [
                f"Des réponses manquent dans {under_way.path} (cases jaunes) :",
                *cells[:FEW],
                *more,
                f"Ouvrir ce classeur, répondre, l'enregistrer, puis relancer : {again}",
            ]
        )
    rows = ", ".join(f"{name} ({len(rows)})" for name, rows in under_way.filled.tables.items())
    lines = [f"Brouillon écrit : {rows}.", f"Le compte est dans {under_way.path}, feuille « {a.ACCOUNT} »."]
    if under_way.unexplained:
        lines.append("À lire avant de valider (« oui » dans la colonne « vu », ou corriger une réponse) :")
        lines += [
            f"  {row.place(header)} : {row['ce qui est compté']}{f', écart {row[header]}' if header == 'écart' else ''}"
            for row, header in under_way.unexplained
        ]
        return "\n".join([*lines, f"Puis : {again}"])
    return "\n".join(
        [*lines, *_educators(under_way.filled), f"Tout est expliqué. Pour remplacer les données : {again} --valider"]
    )


def _educators(filled: Filled) -> list[str]:
    names = [f"{name} = {code}" for name, code in sorted(filled.educators.items())]
    return [f"Éducateurs, à l'écran seulement : {shown(names, 40)}."] if names else []


def said_of_written(written: Written, command: str) -> str:
    """What was written, what came and went, what to do next."""
    rows = [
        f"  {name} : {count} lignes ajoutées, {written.went[name]} retirées" for name, count in written.came.items()
    ]
    copy = [f"L'ancien contenu est copié dans {written.copy}."] if written.copy else []
    stay = [f"Inchangées : {', '.join(written.unchanged)}."] if written.unchanged else []
    return "\n".join([f"Écrit dans {written.folder} :", *rows, *stay, *copy, f"Vérifier : {command} check"])


# A service that imported before there was a workbook.


class _OldTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    fichier: str
    feuille: str = ""
    colonnes: Mapping[str, str | tuple[str, ...]] = {}


class _OldRules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    tableaux: tuple[_OldTable, ...] = ()
    valeurs: Mapping[str, Mapping[str, str]] = {}
    oublies: tuple[str, ...] = ()


def _of_old_rules(root: Path, service: Service) -> Correspondence:
    """The answers that ``import.yml`` holds, each to be confirmed; those whom it forgets are forgotten still."""
    found = Correspondence()
    if not (root / OLD_RULES).is_file():
        return found
    rules = strict_yaml.read(root / OLD_RULES, _OldRules)
    if rules.oublies:
        forget_digests(root, *rules.oublies)
    for rank, table in enumerate(rules.tableaux, 1):
        letter = get_column_letter(rank)
        filled: set[str] = set()
        for header, decision in table.colonnes.items():
            cells = _old_column(decision if isinstance(decision, str) else decision[0], service)
            target = targets().get(cells.get(a.TARGET, ""))
            filled |= {target.table} if target and target.table != OF_LINE else set()
            shared = {
                "colonnes": letter,
                "colonne": "?",
                "en-tête": " ".join(header.split()),
                a.PROPOSED: cells.get(a.TARGET, ""),
            }
            found[a.COLUMNS].append(Row(a.COLUMNS, shared | cells))
        kinds = [kind for kind, tables in KINDS.items() if filled and filled <= {*tables}]
        kind = min(kinds, key=lambda name: len(KINDS[name]), default="")
        cells = {
            "tableau": str(rank),
            "fichier": table.fichier,
            "feuille": table.feuille,
            "colonnes": letter,
            a.KIND: kind,
        }
        found[a.TABLES].append(Row(a.TABLES, cells))
    for place, words in rules.valeurs.items():
        name, _, column = place.partition(".")
        target = find_target(name, column)
        for word, code in words.items():
            if target is None:
                continue
            meaning = word_of(code, target, service) if code else a.BLANK
            found[a.WORDS].append(Row(a.WORDS, {a.TARGET: target.label, a.WORD: word, a.MEANING: meaning}))
    return found


def _old_column(decision: str, service: Service) -> dict[str, str]:
    if decision.startswith(("ignorée", "refusée")):
        return {a.TARGET: LEFT}
    match = _OLD_TARGET.fullmatch(decision)
    if match is None:
        return {}
    said = [part.rpartition("=")[::2] for part in (match["slot"] or "").split(",") if part]
    name, column = match["table"], match["column"] or (said[0][0] if said else "")
    if name == "personne":
        return {a.TARGET: target_of(OF_LINE, _OLD_PERSON[column]).label} if column in _OLD_PERSON else {}
    if name not in TABLE_NAMES or column not in table_named(name).column_names:
        return {}
    table = OF_LINE if column in ("annee", "id_suivi", "id_action") else name
    target = find_target(table, column)
    if target is None:
        return {}
    words = (_old_saying(value, find_target(name, of), service) if of else f"n° {value}" for of, value in said)
    return {a.TARGET: target.label, a.SAID: " ; ".join(words)}


def _old_saying(value: str, target: Target | None, service: Service) -> str:
    return word_of(value, target, service) if target else value
