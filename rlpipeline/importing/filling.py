"""The rows of the records, from exports and what was decided of them: every row is in, or refused with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rlpipeline.importing.blocks import Unreadable
from rlpipeline.importing.cells import (
    summed,
)
from rlpipeline.importing.filled import OF_SUIVI, Entry, Filled, Origin, Row, Work
from rlpipeline.importing.planning import Plan, TablePlan
from rlpipeline.importing.pseudonyms import Pseudonyms
from rlpipeline.importing.rows import Persons, TableFilling
from rlpipeline.importing.rules import (
    EARLIEST,
    LINES,
    ImportRules,
)
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service


def fill(plan: Plan, service: Service, pseudonyms: Pseudonyms, rules: ImportRules) -> Filled:
    """Give the rows of the records.

    Parameters
    ----------
    rules
        Those whose ``oublies`` are not to come in again.
    """
    return _Filling(Work(plan, service, pseudonyms, frozenset(rules.oublies))).filled()


@dataclass
class _Filling:
    work: Work
    contradicted: set[tuple[int, str]] = field(default_factory=set)

    def filled(self) -> Filled:
        entries: list[Entry] = []
        for table in self.work.plan.tables:
            self._note_persons(table)
        for table in self.work.plan.tables:
            self.work.result.unreadable += table.block.damaged
            filling = TableFilling(self.work, table)
            entries += filling.entries()
            self.work.result.accounts.append(filling.account)
            self.work.result.rows_read += filling.account.rows
            self.work.result.rows_used += filling.account.entered_rows
        self._follow_ups(entries)
        joined = self._joined(entries)
        self._note_strangers(entries, {row["id_jeune"] for row in joined.get("jeunes", ())})
        self._earliest(joined)
        self.work.result.lacking = list(_lacking(joined, {id(one.row): one.origin for one in entries}))
        self.work.result.tables = {name: joined[name] for name in TABLE_NAMES if name in joined}
        self.work.result.unreadable.sort(key=lambda one: (one.file, one.line, one.column))
        return self.work.result

    def _note_persons(self, table: TablePlan) -> None:
        """Learn which name is whose, where a table says both."""
        names = Persons.of(table, self.work.service)
        if not names.name_columns:
            return
        telling = names.birth if names.identifier is None else names.identifier
        for row in table.block.rows:
            if telling is not None and row[telling]:  # a name alone is that of whoever bears it elsewhere
                self.work.directory.add(names.name(row), names.person(row, self.work.pseudonyms))

    def _follow_ups(self, entries: list[Entry]) -> None:
        """Give the follow-up of what is about one, where the export names the young person alone."""
        of_person: dict[str, list[Row]] = defaultdict(list)
        for entry in entries:
            if entry.table == "suivis":
                of_person[entry.row["id_jeune"]].append(entry.row)
        for entry in entries:
            if entry.table not in OF_SUIVI or entry.row.get("id_suivi"):
                continue
            active = _active(of_person[entry.row.pop("id_jeune", "")], entry.row)
            if len(active) == 1:
                entry.row["id_suivi"] = active.pop()
                self.work.result.notes[f"{entry.table}, lignes rattachées au suivi en cours à leur date"] += 1
            else:
                how = "plusieurs suivis du jeune sont" if active else "aucun suivi du jeune n'est"
                self.work.refuse(entry.origin, f"{entry.table} : {how} en cours à cette date")
        entries[:] = [entry for entry in entries if entry.table not in OF_SUIVI or entry.row.get("id_suivi")]

    def _note_strangers(self, entries: Sequence[Entry], known: Collection[str]) -> None:
        """Say how many rows name a young person whom the export's own table of young people has not."""
        for entry in entries if known else ():
            person = entry.row.get("id_jeune")
            if person and person not in known:
                self.work.result.notes[f"{entry.origin.plan.block.name}, lignes dont le jeune n'a pas de fiche"] += 1

    def _joined(self, entries: Sequence[Entry]) -> dict[str, list[Row]]:
        """Rows with the same key are one; what they say otherwise is listed, and the first is kept."""
        joined: dict[str, list[Row]] = defaultdict(list)
        by_key: dict[tuple[str, ...], tuple[Row, Origin]] = {}
        for entry in entries:
            table = table_named(entry.table)
            rows = joined[entry.table]
            key = (entry.table, *(entry.row.get(name, "") for name in table.key))
            if not table.key or key not in by_key:
                by_key[key] = (entry.row, entry.origin)
                rows.append(entry.row)
                continue
            self.work.result.merged[entry.table] += 1
            self._merge(entry, *by_key[key])
        return joined

    def _merge(self, entry: Entry, first: Row, origin: Origin) -> None:
        same_line = entry.origin is origin
        for name, value in entry.row.items():
            lines = entry.origin.plan.rule.complements.get("actions.seances") == LINES
            adds = (entry.table, name) == ("participations", "nombre") or (name == "seances" and lines)
            if adds and value and entry.origin.plan is origin.plan:
                first[name] = summed(first.get(name, ""), value)
            elif not first.get(name):
                first[name] = "" if (id(first), name) in self.contradicted else value
            elif value and value != first[name] and not same_line:
                self._contradict(entry, name, first, origin)

    def _contradict(self, entry: Entry, name: str, first: Row, origin: Origin) -> None:
        """Leave empty what two rows say otherwise, and list both cells."""
        for one, other, value in ((origin, entry.origin, first[name]), (entry.origin, origin, entry.row[name])):
            header = next((h for h, t in one.plan.targets() if f"{entry.table}.{name}" in t), name)
            reason = f"contredite par la ligne {other.line}" + (
                "" if one.plan is other.plan else f" de {other.plan.block.name}"
            )
            self.work.result.unreadable.append(Unreadable(one.plan.block.name, one.line, header, value, reason))
        first[name] = ""
        self.contradicted.add((id(first), name))

    def _earliest(self, joined: Mapping[str, list[Row]]) -> None:
        """Where it was decided so, the first contact is the first follow-up."""
        if not any(one.rule.complements.get("jeunes.premier_contact") == EARLIEST for one in self.work.plan.tables):
            return
        first: dict[str, str] = {}
        for row in joined.get("suivis", []):
            if row.get("date_debut"):
                first[row["id_jeune"]] = min(row["date_debut"], first.get(row["id_jeune"], "9999"))
        for row in joined.get("jeunes", []):
            if not row.get("premier_contact"):
                row["premier_contact"] = first.get(row["id_jeune"], "")
                self.work.result.notes["premier contact pris au premier suivi"] += 1


def _lacking(joined: Mapping[str, Sequence[Row]], origins: Mapping[int, Origin]) -> Iterator[Unreadable]:
    """The empty cells on which ``check`` will stop."""
    for name, rows in joined.items():
        required = [one.name for one in table_named(name).columns if not one.nullable and one.kind != "number"]
        for row in rows:
            ended = name == "suivis" and row.get("statut") == "PAEI" and row.get("date_fin")
            origin = origins[id(row)]
            for column in [*required, *(["motif_cloture"] if ended else [])]:
                if not row.get(column):
                    place = f"{name}.{column}"
                    yield Unreadable(origin.plan.block.name, origin.line, place, "", "obligatoire")


def _active(rows: Sequence[Row], about: Row) -> set[str]:
    """The follow-ups active at a date or in a year, a PAEI before the others; else the only one that there is."""
    if len({row["id_suivi"] for row in rows}) == 1:
        return {rows[0]["id_suivi"]}
    first = about.get("date") or f"{about.get('annee')}-01-01"
    last = about.get("date") or f"{about.get('annee')}-12-31"
    there = [row for row in rows if row.get("date_debut", "") <= last and (row.get("date_fin") or "9999") >= first]
    plans = {row["id_suivi"] for row in there if row.get("statut") == "PAEI"}
    return plans if len(plans) == 1 else {row["id_suivi"] for row in there}
