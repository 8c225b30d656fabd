"""Made-up layouts imported in this process: questions answered as their author would, columns and cells compared."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from rlpipeline.importing.asking import Import, open_import
from rlpipeline.importing.blocks import JOINED
from rlpipeline.importing.complements import AROUND
from rlpipeline.importing.filled import Filled, Row
from rlpipeline.importing.fitting import FAMILIES
from rlpipeline.importing.planning import Plan
from rlpipeline.importing.proposing import NOTHING
from rlpipeline.importing.pseudonyms import Pseudonyms, identifier_key
from rlpipeline.importing.questions import WORDS, Question, by_kind
from rlpipeline.importing.rules import (
    FILE,
    FILLED,
    LEAVE_ROW,
    LEFT,
    LINES,
    OF_SHEET,
    ONE,
    Target,
    is_left_out,
    read_rules,
    rules_text,
    targets_of,
)
from rlpipeline.records.official_communes import by_code
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service

LAYOUTS = Path(__file__).parent / "layouts"
PERSONS = (
    "jeunes.id_jeune",
    "suivis.id_jeune",
    "situations.id_jeune",
    "co_accompagnements.id_jeune",
    "presences.id_jeune",
)
RENAMED = ("id_jeune", "id_suivi", "id_action", "educateur")
ONLY_NUMBER = {"participations": "nombre", "temps": "heures", "financements": "montant_eur"}
TELLING = (
    "jeunes",
    "suivis",
    "participations",
    *(n for n in TABLE_NAMES if n not in ("jeunes", "suivis", "participations")),
)
"""The tables in which an identifier is best known by what stands beside it come first."""
KEY = bytes(32)


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def said_of_layouts() -> dict[str, Any]:
    """What those who made the layouts say of them."""
    return dict(loaded(LAYOUTS / "layouts.yml"))


@dataclass
class Measured:
    """How a layout went.

    Parameters
    ----------
    columns, right
        Columns of the layout, and those that the import understood; what it understood wrongly.
    silent
        Cells and rows of the records that differ from the truth and are not listed.
    questions
        What was asked: those of one kind are one question, with one more for each that the author answers otherwise,
        the words of a column being one.
    replayed
        Whether the same export gives the same records again, without a question.
    """

    name: str
    columns: int = 0
    wrong: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    questions: set[str] = field(default_factory=set)
    replayed: bool = False

    @property
    def right(self) -> int:
        return self.columns - len(self.wrong)


class Layout:
    """One layout and what its author says of it."""

    def __init__(self, name: str) -> None:
        self.name, self.folder = name, LAYOUTS / name
        self.said = said_of_layouts()[name]
        self.truth_columns = loaded(self.folder / "columns.yml")
        self.measured = Measured(name)

    @cached_property
    def service(self) -> Service:
        communes = [by_code()[code] for code in self.said["communes"]]
        return Service(nom="SPS", departement=communes[0].departement, communes=tuple(one.settled for one in communes))

    def opened(self) -> Import:
        """The import, before any answer."""
        return open_import([self.folder / "files"], self.service, self.folder, {})

    def measure(self) -> Measured:
        under_way = self.opened()
        plan = under_way.plan()
        while plan.questions:
            for question in by_kind(plan.questions)[0]:  # as in a terminal: what comes next depends on it
                kind, where, what = (*question.key.split(" | "), "")[:3]
                answer = under_way.answers[question.key] = self.answer(question, kind, where, what)
                self.measured.questions.add(question.kind)
                if answer != question.choices[0].answer:
                    self.measured.questions.add(question.where if question.kind == WORDS else question.key)
            plan = under_way.plan()
        self._columns(plan)
        filled = under_way.fill(plan, KEY)
        self.measured.replayed = self._replayed(under_way, plan) == filled.tables
        self._cells(plan, filled, under_way)
        return self.measured

    def _replayed(self, under_way: Import, plan: Plan) -> Mapping[str, list[Row]] | tuple[Question, ...]:
        """What the same export gives by the rules that the first import left, or what it asks."""
        with TemporaryDirectory() as root:
            (Path(root) / FILE).write_text(rules_text(under_way.decided(plan)), encoding="utf-8")
            rules = read_rules(Path(root))
        again = Import(self.service, rules, under_way.read, {})
        second = again.plan()
        return second.questions or again.fill(second, KEY).tables

    # What the author of the layout would answer.

    def answer(self, question: Question, kind: str, where: str, what: str) -> str:
        if kind == "tableau":
            return self._about(where, question)
        if kind == "colonne":
            return self._column(question, where, what)
        if kind == "case":
            return str((self.described(where, what) or {}).get("rule", {}).get("when_ticked", ""))
        if kind == "valeur":
            return self._meaning(where, what)
        if kind == "complément":
            table, _, column = what.partition(".")
            return self._constant(where, table, column, question)
        return question.choices[0].answer

    def _about(self, where: str, question: Question) -> str:
        """The table of the records that most columns of a table fill."""
        sheets = [sheet for sheet in self.truth_columns["sheets"] if _same_place(sheet, where)]
        filled = Counter(
            place.split(".")[0] for sheet in sheets for column in sheet["columns"] for place in column.get("fills", ())
        )
        if {*filled} == {"presences", "temps"}:
            return "logbook"
        best = max(filled, key=lambda name: filled[name], default="")
        if not best:
            return NOTHING
        family = next(one for one in FAMILIES if best in one)
        offered = [choice.answer for choice in question.choices if choice.answer in family]
        return offered[0] if offered else best

    def _column(self, question: Question, where: str, what: str) -> str:
        """What is right among the answers proposed, else what the author types."""
        described = self.described(where, what)
        default = question.choices[0].answer
        if described is None:
            return default
        right = [one.answer for one in question.choices if self.is_right(described, one.answer.split(" + "))]
        return default if default in right else right[0] if right else _typed(described, self.original(what))

    def original(self, header: str) -> str:
        """The header that the author wrote."""
        return header

    def _meaning(self, place: str, word: str) -> str:
        for sheet in self.truth_columns["sheets"]:
            for column in sheet["columns"]:
                if place in column.get("fills", ()):
                    if str(column.get("rule", {}).get("leave_out_when")) == word:
                        return LEAVE_ROW
                    for text, code in column.get("values", {}).items():
                        if " ".join(str(text).split()) == word and code is not None:
                            return str(code)
        return ""

    def _constant(self, where: str, table: str, column: str, question: Question) -> str:
        if (table, column) == ("actions", "seances"):
            asked = loaded(self.folder / "questions.yml")
            return ONE if any(one["question"].startswith("Chaque ligne") for one in asked) else LINES
        for one in self.truth_columns["constants"]:
            said_there = all(str(one.get(of, where)) in where for of in ("file", "sheet"))
            if str(one["fills"]).startswith(f"{table}.{column}") and said_there:
                value = str(one["value"])
                if value == one.get("sheet") and any(choice.answer == OF_SHEET for choice in question.choices):
                    return OF_SHEET
                same = (f"{AROUND}{value}", f"{value}, la dernière année")
                return next(
                    (c.answer for c in question.choices if c.answer.startswith(same) or c.label.startswith(same)), value
                )
        return "" if column not in ("annee", "unite", "statut") else question.choices[0].answer

    # Columns.

    def described(self, block: str, header: str) -> Mapping[str, Any] | None:
        for sheet in self.truth_columns["sheets"]:
            if not _same_place(sheet, block):
                continue
            for column in sheet["columns"]:
                if _plain(column.get("header", "")) == _plain(header.replace(JOINED, " / ")):
                    return column
        return None

    def is_right(self, described: Mapping[str, Any], decision: list[str]) -> bool:
        expected = set(described.get("fills", ()))
        if not expected:
            if described.get("rule", {}).get("leave_out_when") is not None:
                return decision[0].startswith("lignes écartées")
            refused = described.get("refused")
            return is_left_out(decision[0]) or bool(refused and decision[0] in NAMES and "nom" in str(refused))
        if is_left_out(decision[0]):
            return False
        return all(self._fits(str(one), one, expected, described) for one in decision)

    def _fits(self, text: str, one: str, expected: set[str], described: Mapping[str, Any]) -> bool:
        target = targets_of(one)[0]
        if text in NAMES:
            return bool(expected & set(PERSONS)) and "jeunes.date_naissance" not in expected
        named = f"{target.table}.{target.column}" if target.column else f"{target.table}.{target.slot[0][0]}"
        if target.column == "annee":
            return any(place.endswith((".annee", ".date", ".date_debut")) for place in expected)
        if target.column in ("id_suivi", "id_action"):
            return any(place.endswith(target.column) for place in expected)
        slot = dict(target.slot)
        rule = {key.split(".")[-1]: str(value) for key, value in described.get("rule", {}).items() if "." in key}
        if "when_ticked" in described.get("rule", {}) and not target.column:
            rule[target.slot[0][0]] = str(described["rule"]["when_ticked"])
        rule |= {"annee": str(described["rule"]["annee"])} if "annee" in described.get("rule", {}) else {}
        agrees = all(not name or rule.get(name, value) == value for name, value in slot.items())
        rows = (
            any(place.split(".")[0] == target.table for place in expected) if not target.column else named in expected
        )
        return agrees and rows

    def _columns(self, plan: Plan) -> None:
        seen: set[tuple[str, str]] = set()
        for table in plan.tables:
            for header, decision in table.rule.colonnes.items():
                texts = [decision] if isinstance(decision, str) else list(decision)
                described = self.described(table.block.name, header)
                if described is None:
                    if not is_left_out(texts[0]) and not header.startswith("(colonne"):
                        self.measured.wrong.append(f"{table.block.name} | {header} : {texts}, unknown to the author")
                    continue
                seen.add((table.block.name, header))
                if not self.is_right(described, texts):
                    self.measured.wrong.append(f"{table.block.name} | {header} : {texts}, not {dict(described)}"[:260])
        names = {name for name, _ in seen}
        for sheet in self.truth_columns["sheets"]:
            for column in sheet["columns"]:
                if not column.get("header"):
                    continue
                self.measured.columns += 1
                there = any(_same_place(sheet, name) and self.described(name, h) is column for name, h in seen)
                if not there and ("fills" in column):
                    self.measured.wrong.append(
                        f"{sheet['file']} {sheet.get('sheet', '')} | {column['header']} : not read"
                    )
        assert names or not self.measured.columns

    # Cells.

    def _cells(self, plan: Plan, filled: Filled, under_way: Import) -> None:
        listed = {(_plain(one.file), one.line) for one in filled.unreadable}
        listed |= {(_plain(one.file), one.line) for one in filled.refused}
        values = Counter(_plain(one.value) for one in filled.unreadable)
        headers = {(_plain(table.block.name), h): texts for table in plan.tables for h, texts in table.targets()}
        self.listed = Counter(
            text for one in filled.unreadable for text in headers.get((_plain(one.file), one.column), ())
        )
        self.listed += Counter(one.column for one in filled.lacking)  # what the records require, named with its line
        self.refused = len({(one.file, one.line) for one in filled.refused})
        paths = (self.folder / "truth" / f"{name}.csv" for name in sorted(TABLE_NAMES, key=TELLING.index))
        for path in filter(Path.is_file, paths):
            with path.open(encoding="utf-8", newline="") as stream:
                truth = list(csv.DictReader(stream))
            self._table(path.stem, truth, filled.tables.get(path.stem, []), filled)
        truths = {path.stem for path in (self.folder / "truth").glob("*.csv")}
        self.measured.silent += [
            f"{name}: a table that the truth has not" for name in filled.tables if name not in truths
        ]
        for one in self.truth_columns.get("unreadable", ()):
            place = f"{one['file']}, feuille « {one['sheet']} »" if one.get("sheet") else one["file"]
            if (_plain(place), one["line"]) not in listed and not values[_plain(str(one.get("value") or ""))]:
                self.measured.silent.append(
                    f"{place}, line {one['line']}, {one.get('header')} not listed: {one.get('value')}"
                )

    def _table(self, name: str, truth: list[Row], rows: list[Row], filled: Filled) -> None:
        columns = list(truth[0] if truth else ())
        expected = [_canonical(name, row, columns) for row in truth]
        got = [_canonical(name, row, columns) for row in rows]
        expected = [row for row in expected if not _says_nothing(name, row)]
        got = [row for row in got if not _says_nothing(name, row)]
        beside = {column for row in rows for column, text in row.items() if text and column not in columns}
        self.measured.silent += [f"{name}.{column}: a column that the truth has not" for column in sorted(beside)]
        renaming = _renaming(name, columns, expected, got, self)
        left = Counter(tuple(row.values()) for row in expected)
        more = Counter(
            tuple(renaming.get((c, row[c]), row[c]) if c in RENAMED else row[c] for c in columns) for row in got
        )
        missing, extra = list((left - more).elements()), list((more - left).elements())
        # A row that differs by cells left empty, each listed, is told; any other difference is silent.
        for row in missing:
            near = max(extra, key=lambda other: sum(a == b for a, b in zip(row, other, strict=True)), default=None)
            if near is None:
                self.refused -= 1
                if self.refused < 0:
                    self.measured.silent.append(f"{name}: row missing {row}")
                continue
            extra.remove(near)
            for column, one, other in zip(columns, row, near, strict=True):
                if one != other and not (other == "" and self._is_listed(f"{name}.{column}")):
                    self.measured.silent.append(f"{name}.{column}: {other!r} where the truth is {one!r} ({row})")
        self.measured.silent += [f"{name}: row too many {row}" for row in extra]

    def _is_listed(self, place: str) -> bool:
        """Whether a cell left empty is one of those listed: each is counted once."""
        self.listed[place] -= 1
        return self.listed[place] >= 0


def _typed(described: Mapping[str, Any], header: str) -> str:
    """What a column fills, as it is written in ``import.yml``."""
    rule = described.get("rule", {})
    if "fills" not in described:
        mark = str(rule["leave_out_when"]) if "leave_out_when" in rule else ""
        return f"{LEFT}{FILLED if mark == 'filled' else mark}" if mark else "ignorée : dit l'auteur"
    if set(described["fills"]) & set(PERSONS) and "jeunes.date_naissance" not in described["fills"]:
        several = len(rule.get("key", ())) > 1
        return f"personne.{('prenom' if header.casefold().startswith('pr') else 'nom') if several else 'identifiant'}"
    targets = []
    for place in (one for one in described["fills"] if one not in PERSONS):
        table, _, column = place.partition(".")
        slot = {"": str(rule["group"])} if "group" in rule else {}
        slot |= {
            key.split(".")[-1]: str(value)
            for key, value in rule.items()
            if key.startswith(f"{table}.") and key != place
        }
        slot |= {"annee": str(rule["annee"])} if "annee" in rule and column != "annee" else {}
        if "when_ticked" in rule:
            slot, column = {column: str(rule["when_ticked"])}, ""
        targets.append(str(Target(table, column, tuple(slot.items()))))
    return " + ".join(targets)


NAMES = ("personne.identifiant", "personne.nom", "personne.prenom", "personne.nom_complet")


def _same_place(sheet: Mapping[str, Any], block: str) -> bool:
    place = f"{sheet['file']}, feuille « {sheet['sheet']} »" if sheet.get("sheet") else sheet["file"]
    return _plain(place) == _plain(block)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", str(text)).strip().casefold()


def _canonical(name: str, row: Mapping[str, str], columns: list[str]) -> Row:
    made = {}
    for column in columns:
        text = (row.get(column) or "").strip()
        if table_named(name).column(column).kind == "number":
            text = "" if text == "NC" else f"{float(text):g}" if text else ""
        made[column] = text if column in RENAMED else text.casefold()
    return made


def _says_nothing(name: str, row: Row) -> bool:
    return name in ONLY_NUMBER and ONLY_NUMBER[name] in row and not row[ONLY_NUMBER[name]]


def _renaming(
    name: str, columns: list[str], expected: list[Row], got: list[Row], layout: Layout
) -> dict[tuple[str, str], str]:
    """Each identifier of ours to that of the truth: the one it is made of, else that whose rows are most alike.

    One-to-one over all tables.
    """
    known: dict[tuple[str, str], str] = layout.__dict__.setdefault("renaming", {})
    made = Pseudonyms(KEY)
    for column, prefix in (("id_jeune", "J"), ("id_suivi", "S")):
        theirs = {made.of(prefix, identifier_key(row[column])): row[column] for row in expected if row.get(column)}
        known |= {(column, row[column]): theirs[row[column]] for row in got if row.get(column) in theirs}
    for column in (c for c in RENAMED if c in columns):
        for _ in range(2):
            theirs, ours = _profiles(column, columns, expected, {}), _profiles(column, columns, got, known)
            taken = {text for (c, _), text in known.items() if c == column}
            pairs = sorted(
                ((sum((one & other).values()), a, b) for a, one in ours.items() for b, other in theirs.items()),
                key=lambda pair: (-pair[0], pair[1], pair[2]),
            )
            for score, a, b in pairs:
                if score and (column, a) not in known and b not in taken:
                    known[column, a] = b
                    taken.add(b)
    return known


def _profiles(
    column: str, columns: list[str], rows: list[Row], known: Mapping[tuple[str, str], str]
) -> dict[str, Counter[Any]]:
    """What stands beside each identifier, row by row: whole rows first, then cells."""
    found: dict[str, Counter[Any]] = {}
    for row in rows:
        if row[column]:
            beside = [(c, known.get((c, row[c]), row[c])) for c in columns if c != column and row[c]]
            counts = found.setdefault(row[column], Counter())
            counts.update(beside)
            counts[tuple(beside)] += 3
            for one in range(len(beside)):
                counts[tuple(beside[:one] + beside[one + 1 :])] += 1
    return found


def layouts(held_out: bool) -> Iterator[str]:
    """Names of the layouts that are held out, or of the others."""
    for name, said in said_of_layouts().items():
        if said["held_out"] == held_out:
            yield name
