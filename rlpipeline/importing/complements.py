"""What no column of an export says: a year, a commune, a unit, what empty cells mean; from its names, or asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.importing.blocks import Block
from rlpipeline.importing.cells import AGE, UNDATED, CellReader, in_minutes
from rlpipeline.importing.fitting import PEOPLE, kind_of
from rlpipeline.importing.pseudonyms import perhaps_several, persons_in
from rlpipeline.importing.questions import NO, YES, Asking, Choice
from rlpipeline.importing.rules import (
    AGE_IN,
    BELOW,
    EARLIEST,
    LATEST_YEAR,
    LINES,
    MINUTES,
    OF_SHEET,
    OF_YEAR,
    ONE,
    SEVERAL_IN,
    UNIT_OF,
    YEAR_OF,
    Target,
    targets_of,
)
from rlpipeline.importing.words import PERSON, Place, is_a_name, meaning, telling_words
from rlpipeline.records.labels import words_of
from rlpipeline.records.schema import Column
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service

OFTEN_EMPTY = 0.15
"""From this part of empty cells on, they most likely say what is above."""
AROUND = "d'après le nom : "
EDUCATOR = "temps.educateur"
OF_EDUCATORS = "éducateurs | "
"""The beginning of the key of the question whether each file or sheet is an educator's."""
HOURS: Place = ("temps", "heures")
ONE_PERSON = frozenset(f"{PERSON}.{what}" for what in ("identifiant", "nom_complet", "nom"))
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
Columns = Mapping[str, tuple[str, ...]]


@dataclass
class Complements:
    """What no column of a table says.

    Parameters
    ----------
    block, name
        The table, and the name by which it is asked about.
    columns
        What each fills.
    before
        What was decided at former imports, and so far.
    main
        The table of the records that its rows are about.
    recent
        The years that the exports speak of, the latest first.
    year_of, of_a_year
        The first column of a year that is asked about, and the tables whose year its answer is.
    alike
        The tables of the same layout, which are asked about once.
    """

    block: Block
    name: str
    columns: Columns
    before: Mapping[str, str]
    main: str
    recent: Sequence[str]
    service: Service
    asking: Asking
    year_of: str = ""
    of_a_year: Sequence[str] = ()
    alike: Sequence[Block] = ()

    def all(self) -> dict[str, str]:
        """Give all that rows lack, by ``table.colonne``; a place is absent while it is asked."""
        filled = [t for decision in self.columns.values() for t in targets_of(decision) if t.table != PERSON]
        complements: dict[str, str] = {}
        tables = [
            name
            for name in TABLE_NAMES
            if any(one.table == name and one.column not in ("id_suivi", "id_action") for one in filled)
            and _is_filled(name, filled, self.main)
        ]
        covered_of = {
            name: {c for one in filled if one.table == name for c in (one.column, *(of for of, _ in one.slot))}
            for name in tables
        }
        self.of_a_year = [
            name
            for name in tables
            if any(one.kind == "year" and one.name not in covered_of[name] for one in table_named(name).columns)
        ]
        for name, covered in covered_of.items():
            for column in table_named(name).columns:
                of_young = (name, column.name) == ("situations", "commune") and "jeunes" in tables  # who says theirs
                if column.name not in covered and not of_young:
                    header = self._year_column() if column.kind == "year" else ""
                    value = f"{YEAR_OF}{header}" if header else self._complement(name, column)
                    complements |= {f"{name}.{column.name}": value} if value is not None else {}
        complements |= self._dates()
        complements |= self._first_contacts()
        said = any(str(one) == "actions.seances" for one in filled)
        if "actions" in tables and not said and self._sessions():
            how = self.before.get("actions.seances") or self.asking.ask(
                f"complément | {self.name} | actions.seances",
                self.name,
                "le même titre revient à plusieurs dates. Chaque ligne est-elle une séance ?",
                [
                    Choice(LINES, "oui : réunir celles de même titre, commune et année, et les compter"),
                    Choice(ONE, "non : chaque ligne est une action"),
                ],
            )
            complements |= {"actions.seances": how} if how else {}
        return complements

    def _complement(self, table: str, column: Column) -> str | None:
        """What is written in every row: what the sheet or the file says today, what was decided, what is answered."""
        place = f"{table}.{column.name}"
        decided = self.before.get(place)
        if column.kind in ("year", "commune") and decided != "":
            around = self._around(column)
            if around is not None:
                return around if decided is not None else self._confirmed(place, around)
        if decided is not None and not (column.kind == "year" and _YEAR.fullmatch(decided)):
            return decided
        titled = place == "suivis.educateur" and self._is_perhaps_of_an_educator()
        if (
            (column.nullable and not titled)
            or column.kind in ("number", "birth", "territory")
            or column.name.startswith("id_")
        ):
            return None
        if column.kind == "code" and (code := self._code_around(table, column)):
            return self._confirmed(place, code)
        choices = list(self._offers(table, column))
        if not choices:
            return None
        if column.kind == "year":
            place = self.year_of = self.year_of or place  # one year is that of all that the rows say
        about = self.of_a_year if column.kind == "year" else [table]
        return self.asking.ask(
            f"complément | {self.name} | {place}",
            self.name,
            f"aucune colonne ne dit « {column.name} » ({column.note}) des lignes de "
            f"{', '.join(f'« {table_named(one).label.lower()} »' for one in about)}. Que faut-il écrire partout ?",
            choices,
        )

    def _is_perhaps_of_an_educator(self) -> bool:
        """Whether the names of the table name somebody, « Suivis de Karima », where no other question says who."""
        asked = any(key.startswith(OF_EDUCATORS) for key in (*self.asking.asked, *self.asking.answers))
        return not asked and bool(self._names_around())

    def _confirmed(self, place: str, value: str) -> str | None:
        """What the names of the sheet, of the title or of the file say, once somebody agreed."""
        said = f"« {place} »"
        if place.endswith(".annee"):
            place = self.year_of = self.year_of or place
            said = ", ".join(f"« {one}.annee »" for one in self.of_a_year)
        answer = self.asking.ask(
            f"complément | {self.name} | {place}",
            self.name,
            f"{said} vaut-il {value} partout, comme le dit le nom de la feuille, du fichier ou le titre ?",
            [Choice(f"{AROUND}{value}", f"{value} partout{self._of_others(place, value)}"), Choice("", "laisser vide")],
            item=f"{said}, d'après le nom de la feuille, du fichier ou le titre",
        )
        return value if answer is None or answer.startswith(AROUND) else answer

    def _of_others(self, place: str, value: str) -> str:
        """What the names of the other tables of the layout say, where it is something else."""
        table, _, name = place.partition(".")
        said = {self._around(table_named(table).column(name), one) for one in self.alike} - {value, None}
        names = {one.code: one.nom for one in self.service.communes}
        words = ", ".join(sorted(names.get(str(one), str(one)) for one in said))
        return f", et dans les autres ce que dit leur nom : {words}" if said else ""

    def _around(self, column: Column, block: Block | None = None) -> str | None:
        """The year or the commune that the sheet, the title or the file names."""
        for text in names_of(block or self.block):
            if column.kind == "year":
                years: set[str] = {*_YEAR.findall(text)}
                if len(years) == 1:
                    return years.pop()
            else:
                words = {*telling_words(text)}
                own = [one.code for one in self.service.communes if set(telling_words(one.nom)) <= words]
                if len(own) == 1:
                    return own[0]
        if column.kind == "commune" and column.required and len(self.service.communes) == 1:
            return self.service.communes[0].code
        return None

    def _code_around(self, table: str, column: Column) -> str | None:
        codes = words_of(column, self.service)
        parts = [part.strip() for text in names_of(self.block) for part in (text, *re.split(r"\s[-–—]\s|20\d\d", text))]
        return next(
            (code for text in parts if text and (code := meaning(text, (table, column.name), codes).code)), None
        )

    def _offers(self, table: str, column: Column) -> Iterator[Choice]:
        """The likeliest first; where no code and no commune is, nothing, for Enter must not choose one."""
        nothing = Choice("", "laisser vide, et « check » le dira")
        if column.kind == "code":
            met = any(one.table == "presences" for one in self._targets())
            first = {
                "activite": "presence_sociale" if met else None,
                "sexe": "NR",
                "unite": "presences" if self._sessions() else "personnes",
            }.get(column.name)
            codes = words_of(column, self.service)
            if first is None:
                yield nothing
            for code in sorted(codes, key=lambda one: one != first):
                yield Choice(code, f"{code} ({codes[code]})")
            if first is None:
                return
        elif column.kind == "commune":
            yield nothing
            yield from (Choice(one.code, f"{one.code} ({one.nom})") for one in self.service.communes)
            return
        elif column.kind == "year":
            yield from self._years()
        elif column.kind in ("identifier", "text"):
            if column.nullable:
                yield nothing
            if len(self._sheets) > 1:  # one answer is that of all of them
                yield Choice(OF_SHEET, f"le nom de chaque feuille : {', '.join(self._sheets)}")
            yield from (Choice(word, f"« {word} »") for word in self._names_around())
            if column.nullable:
                return
        elif (table, column.name) == ("jeunes", "premier_contact"):
            yield Choice(EARLIEST, "la date du premier suivi de chacun")
        else:
            return
        yield nothing

    @property
    def _sheets(self) -> list[str]:
        return [one.sheet for one in self.alike if one.sheet]

    def _names_around(self) -> list[str]:
        """The words of the title, of the sheet and of the file that are rather a name."""
        own = "" if len(self._sheets) > 1 else f"{self.block.title} {self.block.sheet}"
        text = f"{own} {self.block.file.rpartition('.')[0]}"
        return [*dict.fromkeys(word for word in re.findall(r"[^\W\d_]{3,}", text) if is_a_name(word))][:4]

    def _year_column(self) -> str:
        """The column that gives the year of another table that the same rows fill; empty where there is none."""
        for header, decision in self.columns.items():
            if any(one.column == "annee" and not one.slot for one in targets_of(decision)):
                return header
        return ""

    def _targets(self) -> list[Target]:
        return [one for decision in self.columns.values() for one in targets_of(decision)]

    def _years(self) -> Iterator[Choice]:
        """The latest year of the dates, then the year of each date column."""
        dated = dated_columns(self.columns)
        slots = {value for one in self._targets() for name, value in one.slot if name == "annee"}
        years = {str(year) for year in years_of(self.block, dated, self.service)} | slots
        if years:
            yield Choice(LATEST_YEAR, f"{max(years)}, la dernière année des dates (à chaque export, la sienne)")
        yield from (Choice(year, year) for year in sorted(years or self.recent, reverse=True)[:3])
        yield from (Choice(f"{YEAR_OF}{h}", f"l'année de « {h} », ligne par ligne") for h in dated[:4])

    # Cells that say a part of what they mean.

    def _dates(self) -> dict[str, str]:
        """The year of days and of ages that say none, where a column has some."""
        years: dict[str, str] = {}
        for header, decision in self.columns.items():
            for one in targets_of(decision):
                kind = kind_of((one.table, one.column))
                value = self._undated(header) if kind == "date" else self._aged(header) if kind == "birth" else None
                years |= {f"{one.table}.{one.column}": value} if value is not None else {}
        return years

    def _aged(self, header: str) -> str | None:
        """The year in which young people had the ages of a column; None where it holds births, or while it is asked."""
        filled = [text for text in self.block.column(header) if text]
        if sum(bool(AGE.fullmatch(text)) for text in filled) <= 0.5 * len(filled):
            return None
        named = re.search(r"(?:\b20|/)(\d\d)\b(?!/)", header)
        year = f"20{named[1]}" if named else self._around(table_named("situations").column("annee"))
        year = year or self.asking.ask(
            f"âges | {self.name} | {header}",
            self.name,
            f"à la fin de quelle année sont les âges de « {header} » ?",
            [Choice(one, one) for one in self.recent],
        )
        return None if year is None else f"{AGE_IN}{year}"

    def _undated(self, header: str) -> str | None:
        """The year of days that say none; None where all say it, or while it is asked."""
        if not any(UNDATED.fullmatch(text) for text in self.block.column(header)):
            return None
        year = self._around(table_named("situations").column("annee"))
        year = year or self.asking.ask(
            f"dates | {self.name} | {header}",
            self.name,
            f"de quelle année sont les dates de « {header} », qui n'en disent pas ?",
            [Choice(one, one) for one in self.recent],
        )
        return None if year is None else f"{OF_YEAR}{year}"

    def _first_contacts(self) -> dict[str, str]:
        """What to write where the day of the first contact, which the records require, is empty or cannot be read."""
        place = "jeunes.premier_contact"
        if place in self.before:
            return {place: self.before[place]}
        column = table_named("jeunes").column("premier_contact")
        reader = CellReader(("jeunes", "premier_contact"), column, self.service, {})
        for header in (h for h, decision in self.columns.items() if place in decision):
            read = [reader.read(text) if text else "" for text in self.block.column(header)]
            lacking = sum(not isinstance(one, str) or not one for one in read)
            if not lacking:
                break
            answer = self.asking.ask(
                f"complément | {self.name} | {place}",
                self.name,
                f"« {header} » n'a pas de date lisible sur {lacking} des {len(read)} lignes, et "
                "les données en demandent une. Qu'y écrire ?",
                [
                    Choice("", "laisser vide : corriger l'export, ou « check » la demandera"),
                    Choice(EARLIEST, "la date du premier suivi de chacun"),
                ],
            )
            return {place: answer} if answer is not None else {}
        return {}

    def _sessions(self) -> bool:
        """Whether a line is a session: its action comes back on others."""
        names = [h for h, d in self.columns.items() if {"actions.id_action", "actions.libelle"} & {*d}]
        dated = any("actions.annee" in d and _is_dated(self.block.column(h)) for h, d in self.columns.items())
        seen = Counter(zip(*map(self.block.column, names), strict=True))
        return dated and bool(names) and max(seen.values(), default=0) > 1

    # What cells mean together.

    def units(self) -> dict[str, str]:
        """Whether hours are minutes, where the numbers of a column are those of minutes and its name is silent."""
        hours = [h for h, d in self.columns.items() if Target(*HOURS) in targets_of(d)]  # not those of a whole month
        hours = [h for h in hours if f"{UNIT_OF}{h}" not in self.before]
        large = [h for h in hours if in_minutes(h, self.block.column(h))]
        if not large:
            return {}
        answer = self.asking.ask(
            f"unité | {self.name} | {large[0]}",
            self.name,
            f"les nombres de « {large[0]} » sont grands pour des heures. Sont-ce des minutes ?",
            [Choice(MINUTES, "oui, des minutes"), Choice("heures", "non, des heures")],
        )
        return dict.fromkeys((f"{UNIT_OF}{h}" for h in hours), answer) if answer is not None else {}

    def several(self) -> dict[str, str]:
        """Whether the cells of a column name several young people, where some may: each has a row then."""
        answers = {}
        for header in (h for h, decision in self.columns.items() if {*decision} & (ONE_PERSON | {EDUCATOR})):
            texts = self.block.column(header)
            surely = any(len(persons_in(text)) > 1 for text in texts) or _come_back(texts)
            place = f"{SEVERAL_IN}{header}"
            if place in self.before or not (surely or any(map(perhaps_several, texts))):
                continue
            if surely and self.main == "presences":
                answers[place] = YES
                continue
            likely = surely or any(text.count(",") > 1 for text in texts)
            hours = ", avec les mêmes heures" if EDUCATOR in self.columns[header] else ""
            choices = [
                Choice(YES, f"oui : une ligne chacun{hours}"),
                Choice(NO, "non : chaque case en désigne un seul"),
            ]
            answer = self.asking.ask(
                f"plusieurs | {self.name} | {header}",
                self.name,
                f"des cases de « {header} » ont une virgule, un point-virgule ou « et ». "
                "Désignent-elles plusieurs personnes ?",
                choices if likely else choices[::-1],
            )
            answers |= {place: answer} if answer is not None else {}
        return answers

    def below(self, key: str) -> dict[str, str]:
        """Whether cells are empty because they say what the cell above says, where what they say is required."""
        empty = self.often_empty()
        if not empty:
            return {}
        choices = [Choice(YES, "oui : la même chose"), Choice(NO, "non : on ne sait pas")]
        answer = self.asking.ask(
            key,
            self.name,
            f"des cases de {', '.join(f'« {h} »' for h in empty)} sont vides. Disent-elles la "
            "même chose que la case au-dessus ?",
            choices if max(empty.values()) >= OFTEN_EMPTY else choices[::-1],
        )
        return {} if answer is None else {f"{BELOW}{header}": answer for header in empty}

    def often_empty(self) -> dict[str, float]:
        """The columns that should be filled, and which part of them is not."""
        empty = {}
        for header, decision in self.columns.items():
            wanted = any(one.table == PERSON or (one.column and _is_wanted(one)) for one in targets_of(decision))
            texts = self.block.column(header)
            if wanted and texts and texts[0] and not all(texts) and f"{BELOW}{header}" not in self.before:
                empty[header] = sum(not text for text in texts) / len(texts)
        return empty


def names_of(block: Block) -> tuple[str, str, str]:
    """Give the names of the sheet, of the title and of the file."""
    return block.sheet, block.title, block.file.rpartition(".")[0]


def dated_columns(columns: Mapping[str, str | tuple[str, ...]]) -> list[str]:
    """The columns that hold the days of what was done: neither births nor first contacts."""
    dated = []
    for header, decision in columns.items():
        own = [t for t in targets_of(decision) if t.table != "jeunes"]
        if "date" in {kind_of((one.table, one.column)) for one in own}:
            dated.append(header)
    return dated


def years_of(block: Block, headers: Sequence[str], service: Service) -> set[int]:
    """The years of the days of some columns."""
    reader = CellReader(("suivis", "date_debut"), table_named("suivis").column("date_debut"), service, {})
    read = (reader.read(text) for h in headers if h in block.header for text in set(block.column(h)) if text)
    return {int(day[:4]) for day in read if isinstance(day, str) and day}


def recent_years(blocks: Sequence[Block]) -> list[str]:
    """The years that exports speak of, the latest first."""
    years = {year for one in blocks for row in one.rows for text in row for year in _YEAR.findall(text)}
    return sorted(years, reverse=True)[:4]


def _is_filled(table: str, filled: Sequence[Target], main: str) -> bool:
    """Whether what no column says of a table is worth asking: its rows begin here."""
    return table != "jeunes" or main == "jeunes" or sum(one.table == "jeunes" for one in filled) >= 3


def _is_wanted(one: Target) -> bool:
    column = table_named(one.table).column(one.column)
    return one.table not in PEOPLE and not column.nullable and column.kind not in ("number", "date")


def _is_dated(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    return bool(filled) and not all(_YEAR.fullmatch(text) for text in filled)


def _come_back(texts: Sequence[str]) -> bool:
    """Whether what commas separate comes back in other cells: « Karim, Solène », « Solène »."""
    parts = Counter(part.strip() for text in {*texts} for part in text.split(","))
    return any("," in text for text in texts) and sum(n > 1 for n in parts.values()) > len(parts) / 2
