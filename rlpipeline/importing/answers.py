"""``correspondance.xlsx``: its rows as answers, read back, and written as a person sees them.

A sheet is a class of rows, a question one field of it, declared once: header, help, answers. An
answer that is missing is yellow, one that is proposed blue.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from xlsxwriter.utility import xl_col_to_name

from rlpipeline.characters import unaccented
from rlpipeline.errors import DataError
from rlpipeline.execution.output_folder import write_whole
from rlpipeline.importing import FILE, FRENCH, refusal, shown
from rlpipeline.importing.vocabulary import (
    KINDS,
    LEFT,
    NOTHING,
    TARGETS,
    YEAR,
    Blank,
    Codes,
    Doubtful,
    Keep,
    Meaning,
    Order,
    Same,
    Seen,
    Sign,
    Together,
    Unit,
    WhereRead,
    plain_text,
    plain_texts,
    targets_of_kind,
)
from rlpipeline.records.names import LISTS
from rlpipeline.records.sources import sheets_of
from rlpipeline.records.tabular import cell_name
from rlpipeline.spreadsheets.looks import OPTIONAL, QUIET, TEXT, TITLE, WRAP, Book, Page

HEADER_ROW, MOST_ROWS, SPARE = 4, 2000, 30
OF_FORM = "(de forme) "
"""What begins the question about all words of one form."""
_YELLOW, _BLUE = {"bg_color": "#FFF176"}, {"bg_color": "#E3F2FD"}
_HELP = {**QUIET, "font_size": 8, "text_wrap": True, "valign": "bottom"}
_REFUSAL = {
    "error_title": "Réponse inconnue",
    "error_message": "Choisir une réponse de la liste.",
}


@dataclass(frozen=True)
class Question:
    """What a column of a sheet is.

    Attributes
    ----------
    header, help
        Its name, and what stands above it.
    answers
        What may be chosen; another answer is refused, unless the question is open.
    source
        The formula of what its drop-down shows, where that is not ``answers``: a list by its name,
        ``{group}`` and the like being the columns of the same row.
    width
        In characters.
    is_open, is_hidden, is_proposed
        Whether another answer may be typed; whether nobody sees the column; whether its answer is
        blue as long as it is the one proposed.
    """

    header: str
    help: str = ""
    answers: type[StrEnum] | None = None
    source: str = ""
    width: int = 13
    is_open: bool = False
    is_hidden: bool = False
    is_proposed: bool = False

    def parsed(self, text: str) -> str | None:
        """The answer that a text is, accents and case apart; None where it is none."""
        answers = {unaccented(answer.strip()): answer for answer in self.answers or ()}
        found = answers.get(unaccented(text.strip()))
        return found or (text if self.is_open or self.answers is None else None)


def question(header: str, help: str = "", **more: Any) -> Any:
    """A field that is a column of a sheet; empty as long as it has no answer."""
    return field(default="", metadata={"question": Question(header, help, **more)})


SEEN_HELP = "Écrire oui une fois la ligne lue et juste."
_TARGETS = '=INDIRECT("cibles_"&MATCH(INDEX(natures,MATCH({group},lettres,0)),genres,0))'
"""Where a column may go: that follows what a line of its tables is."""


@dataclass(eq=False)
class AnswerRow:
    """A row of a sheet: its answers, the line that it has once written, the questions asked.

    ``offers`` are what the drop-down of its open question shows, a list called ``choices``.
    """

    title: ClassVar[str]
    heading: ClassVar[str]
    line: int = field(default=0, kw_only=True)
    asked: list[str] = field(default_factory=list, kw_only=True)
    offers: Sequence[str] = field(default=(), kw_only=True)

    @classmethod
    def questions(cls) -> Mapping[str, Question]:
        """Name of each field that is a column to its question, in their order."""
        return {item.name: item.metadata["question"] for item in fields(cls) if item.metadata}

    @classmethod
    def rank(cls, name: str) -> int:
        """The place of a question among the columns, from 0."""
        return [*cls.questions()].index(name)

    @property
    def is_filled(self) -> bool:
        """Whether something is written in it."""
        return any(getattr(self, name) for name in self.questions())

    @property
    def unanswered(self) -> list[str]:
        """The questions that were asked and have no answer."""
        return [name for name in self.asked if not getattr(self, name)]

    def is_only_proposed(self, name: str) -> bool:
        """Whether an answer is one that nobody has confirmed."""
        is_alone = not getattr(self, "seen", "")
        proposed = ""
        if self.questions()[name].is_proposed:
            proposed = getattr(self, "proposed", "")
        return is_alone and bool(proposed) and getattr(self, name) == proposed

    def ask(self, *names: str) -> None:
        """Ask for an answer where there is none."""
        empty = [name for name in names if not getattr(self, name)]
        self.asked += [name for name in empty if name not in self.asked]

    def place(self, name: str) -> str:
        """Sheet and cell, as a person looks for them."""
        cell = cell_name(self.line - 1, self.rank(name))
        return f"feuille « {self.title} », cellule {cell}"

    def refusal(self, name: str, error: str, fois: int = 0, **parts: object) -> DataError:
        """The error of an answer that cannot be followed, by its name in ``mots.yml``."""
        answer = getattr(self, name)
        got = "une cellule vide"
        if answer:
            got = f"« {answer} »"
        return refusal(DataError, error, f"{FILE}, {self.place(name)}", got, fois, **parts)

    def one_of(self, name: str, allowed: Iterable[str], text: str | None = None) -> str:
        """The answer, or a part of it, that is one of a few words; DataError for another."""
        words = {word.casefold(): word for word in allowed}
        answer = (getattr(self, name) if text is None else text).casefold()
        if answer and answer not in words:
            raise self.refusal(name, "pas dans la liste", liste=shown([*words.values()]))
        return words.get(answer, "")


@dataclass(eq=False)
class TableRow(AnswerRow):
    """A table found in a file, and what is said of all its lines."""

    title = "Tableaux"
    heading = (
        "1. Une ligne par tableau trouvé dans vos fichiers. Dire ce qu'est une ligne de chacun, "
        "puis « oui » dans « vu »."
    )
    number: str = question("tableau")
    file: str = question("fichier", width=26)
    sheet: str = question("feuille", width=16)
    group: str = question(
        "colonnes",
        "Les tableaux de mêmes en-têtes ont la même lettre : leurs colonnes se répondent une fois.",
    )
    headers: str = question(
        "ligne des en-têtes",
        "Le numéro que montre le tableur ; « 4-5 » pour deux lignes. Des jeunes en colonnes : la "
        "lettre de la colonne des en-têtes (« A »), puis celles de la première et de la dernière.",
    )
    first: str = question("première ligne", "La première ligne sous les en-têtes.")
    last: str = question("dernière ligne", "La dernière, sans le total ni les notes du bas.")
    kind: str = question(
        "une ligne est…",
        "Que décrit une ligne ? « rien » : le tableau n'est pas repris. Un jeune qui a trois "
        "suivis sur sa ligne : « un jeune et son suivi ».",
        source="=genres",
        width=24,
    )
    year: str = question(
        "année",
        "Une colonne, un titre au-dessus des lignes, ou écrire l'année (2024). « sans objet » si "
        "rien n'en a besoin.",
        answers=WhereRead,
        width=20,
        is_open=True,
    )
    commune: str = question(
        "commune",
        "Une colonne, un titre, ou écrire la commune de toutes les lignes. « sans objet » si rien "
        "n'en a besoin.",
        answers=WhereRead,
        source="=communes",
        width=22,
        is_open=True,
    )
    left_out: str = question(
        "lignes à écarter",
        "Lignes à laisser : « Nom = Total* », « lignes 12, 40-43 » ; plusieurs, séparées par « ; ». "
        "L'étoile vaut n'importe quelle suite.",
    )
    fixed: str = question(
        "partout le même",
        "Ce qui vaut pour toutes les lignes et qu'aucune colonne ne dit : « lieu de la rencontre = "
        "Local ; éducateur = Awa ». « à savoir » montre le titre. « rien » : rien de plus.",
        source="=INDIRECT({choices})",
        width=26,
        is_open=True,
    )
    hidden: Doubtful | None = question(
        "lignes masquées",
        "Des lignes que le tableur cache : « à savoir » dit lesquelles.",
        answers=Doubtful,
    )
    struck: Doubtful | None = question(
        "lignes barrées",
        "Des lignes que le tableur barre : « à savoir » dit lesquelles.",
        answers=Doubtful,
    )
    copies: Doubtful | None = question(
        "lignes déjà lues",
        "Des lignes identiques à celles d'un tableau plus haut : une feuille copiée compte deux "
        "fois. « à savoir » dit lequel.",
        answers=Doubtful,
    )
    seen: str = question("vu", SEEN_HELP, answers=Seen, width=6)
    note: str = question("à savoir", width=40)
    proposed: str = question("proposé", is_hidden=True)
    path: str = question("chemin", is_hidden=True)
    choices: str = question("choix", is_hidden=True)

    def tell(self, note: str) -> None:
        """Add to what is to be known of it."""
        self.note = " ; ".join(filter(None, (self.note, note)))

    @property
    def is_turned(self) -> bool:
        """Whether its lines are columns: its headers are in one, named by its letter."""
        return self.headers.isalpha()

    @property
    def lines(self) -> tuple[str, str, str]:
        """Where its headers and its lines are, as they are answered."""
        return self.headers, self.first, self.last

    @property
    def line_kind(self) -> str:
        """What a line is; « rien » as long as nobody says it."""
        return self.one_of("kind", KINDS) or NOTHING

    @property
    def is_nothing(self) -> bool:
        """Whether it is answered that nothing is taken."""
        return self.kind.casefold() == NOTHING

    @property
    def whole_year(self) -> int | None:
        """The year of the whole table, where it is written."""
        if YEAR.fullmatch(self.year):
            return int(self.year)
        return None

    @property
    def whole_commune(self) -> str:
        """The commune of the whole table, where it is written."""
        if self.commune in [*WhereRead]:
            return ""
        return self.commune


@dataclass(eq=False)
class ColumnRow(AnswerRow):
    """A column of the tables that share their headers."""

    title = "Colonnes"
    heading = (
        "2. Une ligne par colonne de vos tableaux. Dire où elle va ; ce qui est en jaune attend "
        "votre réponse."
    )
    group: str = question(
        "colonnes",
        "Les tableaux de mêmes en-têtes ont la même lettre : leurs colonnes se répondent une fois.",
    )
    letter: str = question("colonne", width=8)
    header: str = question("en-tête", width=26)
    samples: str = question("exemples", "Les valeurs les plus fréquentes.", width=44)
    share: str = question("remplie")
    different: str = question("différents")
    target: str = question(
        "va dans",
        "Choisir dans la liste ; « ne pas reprendre » pour ce qui n'entre pas. La liste suit ce "
        "qu'est une ligne.",
        source=_TARGETS,
        width=44,
        is_proposed=True,
    )
    header_says: str = question(
        "l'en-tête dit",
        "Ce que l'en-tête, ou toute la colonne, dit de plus : une activité, un public, une "
        "catégorie, une année, un jour, « n° 2 » pour un deuxième suivi, « éducateur = Awa ». "
        "Plusieurs : « ; ».",
        source='=INDIRECT("dit_"&MATCH({target},cibles,0))',
        width=26,
        is_open=True,
    )
    also: str = question(
        "va aussi dans",
        "Où la même case va encore : un lieu qui est aussi une commune, une date qui est aussi "
        "celle du premier contact. Plusieurs : « ; ».",
        source=_TARGETS,
        width=26,
        is_open=True,
    )
    lookup: str = question(
        "codes lus dans",
        "Le tableau qui donne le mot de chaque code de cette colonne, par son fichier et sa "
        "feuille. Vider la case s'il n'y en a pas.",
        is_open=True,
    )
    separator: str = question(
        "séparateur",
        "Si une case contient plusieurs réponses, le signe qui les sépare ; « aucun » sinon.",
        answers=Sign,
        source="=signes",
        is_open=True,
    )
    together: Together | None = question(
        "à plusieurs",
        "Des cases nomment plusieurs éducateurs (« Awa / Karim ») : chacun a fait toutes ces "
        "heures, ils se les partagent, ou c'est un seul nom.",
        answers=Together,
    )
    order: Order | None = question(
        "jour et mois", "Dans 03/04/2024, le jour ou le mois d'abord ?", answers=Order
    )
    unit: Unit | None = question(
        "unité",
        "Heures : h (1,5), min (90) ou h:mm (1.30 = 1 h 30). âge : la case est un âge, à la fin "
        "de l'année.",
        answers=Unit,
    )
    blank: str = question(
        "vide veut dire",
        "« comme au-dessus » : écrit une fois pour plusieurs lignes. « rien n'est noté » : on ne "
        "sait pas, ce n'est pas zéro. « rien » : il n'y a rien à compter. "
        "L'en-tête d'une autre colonne : ce qu'elle dit.",
        answers=Blank,
        width=18,
        is_open=True,
    )
    seen: str = question("vu", SEEN_HELP, answers=Seen, width=6)
    note: str = question("à savoir", width=40)
    proposed: str = question("proposé", is_hidden=True)
    kind: str = question("proposé pour", is_hidden=True)

    @property
    def is_proposed(self) -> bool:
        """Whether where it goes is what was proposed."""
        return self.target == self.proposed

    def is_moot(self, kind: str) -> bool:
        """Whether where it goes is still to be proposed for lines of a kind, or again for another."""
        is_new = not self.line
        return self.is_proposed and self.kind != kind and bool(self.kind or is_new)

    @property
    def is_left(self) -> bool:
        """Whether it is answered that the column is not taken."""
        return self.target.casefold() == LEFT


@dataclass(eq=False)
class WordRow(AnswerRow):
    """A word of a coded column, or a cell that nobody can read for sure."""

    title = "Mots"
    heading = (
        "3. Une ligne par mot que le programme ne connaît pas, ou qu'il propose de lire ainsi. "
        "Dire ce qu'il veut dire."
    )
    target: str = question(
        "va dans", "La donnée que ce mot remplit (feuille « Colonnes »).", width=44
    )
    word: str = question("mot", "Tel qu'il est écrit dans vos fichiers.", width=32)
    times: str = question("fois", "Combien de cases l'ont.")
    where: str = question("où", "Où c'est écrit dans vos fichiers.", width=34)
    meaning: str = question(
        "veut dire",
        "Choisir dans la liste. Un mot qui dit deux choses : « Travail de rue ; en ligne ». Une "
        "date ou un nombre illisible : l'écrire juste, ou « laisser vide ».",
        answers=Meaning,
        source="=INDIRECT({choices})",
        width=36,
        is_open=True,
        is_proposed=True,
    )
    note: str = question("à savoir", width=40)
    proposed: str = question("proposé", is_hidden=True)
    choices: str = question("choix", is_hidden=True)

    @property
    def is_of_form(self) -> bool:
        """Whether it is about all words of one form."""
        return self.word.startswith(OF_FORM)

    @property
    def key(self) -> tuple[str, str]:
        """What it is about: a word of one target."""
        return self.target, unaccented(self.word)


@dataclass(eq=False)
class PersonRow(AnswerRow):
    """Who or what is named more than once with a difference, or nearly alike."""

    title = "Personnes et actions"
    heading = (
        "4. Qui est nommé plusieurs fois avec une différence, ou presque du même nom : le même, "
        "ou deux ?"
    )
    who: str = question(
        "qui ou quoi",
        "Le nom, tel que vos fichiers l'écrivent. Une ligne à vous, en bas, dit que deux sont le "
        "même : « AD / Assia ».",
        width=30,
    )
    difference: str = question(
        "ce qui diffère", "Ce que vos fichiers en disent de différent.", width=50
    )
    where: str = question("où", "Où c'est écrit dans vos fichiers.", width=34)
    same: Same | None = question(
        "le même ou deux",
        "« deux » : ce sont deux jeunes, deux actions ou deux éducateurs, presque du même nom.",
        answers=Same,
    )
    keep: Keep | None = question(
        "garder",
        "Si c'est le même : quelle valeur garder. Sans effet pour deux.",
        answers=Keep,
    )
    digest: str = question("empreinte", is_hidden=True)

    def is_only_proposed(self, name: str) -> bool:
        """Whether what is kept is not confirmed: it is not said that they are one."""
        return name == "keep" and not self.same


@dataclass(eq=False)
class AccountRow(AnswerRow):
    """A number that was counted twice, or what did not enter and why."""

    title = "Compte"
    heading = (
        "5. Ce qui est entré, compté deux fois : dans vos fichiers, et dans les données écrites. "
        "À lire avant --valider."
    )
    table: str = question("table", width=18)
    counted: str = question(
        "ce qui est compté",
        "Les lignes, puis par année et par commune, les jeunes, les sommes, les cases.",
        width=44,
    )
    exported: str = question(
        "dans l'export", "Compté dans vos fichiers, sans passer par les données."
    )
    written: str = question("dans les données", "Compté dans les tables écrites.")
    gap: str = question("écart", "0, une fois ôté ce qui est expliqué ligne par ligne.")
    why: str = question(
        "pourquoi, ligne par ligne",
        "Ce qui n'est pas entré, et où le retrouver dans vos fichiers.",
        width=80,
    )
    seen: str = question("vu", SEEN_HELP, answers=Seen, width=6)
    places: str = ""  # the reason without what is written there

    @property
    def differs(self) -> bool:
        """Whether its two numbers differ without a reason."""
        return self.gap not in ("", "0")

    @property
    def statement(self) -> tuple[str, ...]:
        """What it says, whether it was read or not."""
        return tuple(getattr(self, name) for name in self.questions() if name != "seen")


R = TypeVar("R", bound=AnswerRow)
SHEETS: tuple[type[AnswerRow], ...] = (TableRow, ColumnRow, WordRow, PersonRow, AccountRow)


@dataclass(frozen=True)
class Answers:
    """The rows of the workbook."""

    tables: Sequence[TableRow] = ()
    columns: Sequence[ColumnRow] = ()
    words: Sequence[WordRow] = ()
    persons: Sequence[PersonRow] = ()
    account: Sequence[AccountRow] = ()

    def sheets(self) -> Iterator[tuple[type[AnswerRow], Sequence[AnswerRow]]]:
        """Each sheet and its rows."""
        found = (self.tables, self.columns, self.words, self.persons, self.account)
        yield from zip(SHEETS, found, strict=True)

    def unanswered(self) -> list[tuple[AnswerRow, str]]:
        """The cells that are yellow, in the order of the sheets."""
        rows = [row for _, of_sheet in self.sheets() for row in of_sheet]
        return [(row, name) for row in rows for name in row.unanswered]

    @property
    def names_persons(self) -> bool:
        """Whether it is known whom lines name, whatever else is asked."""
        others = [name for row, name in self.unanswered() if not isinstance(row, WordRow)]
        return {*others} <= {"blank", "together", "fixed", "unit"}

    def with_others(self, former: "Answers") -> "Answers":
        """These rows with the former answers about other files, and words that these hold no more."""
        known = [row for row in former.tables if row.path]
        tables = _absent(known, self.tables, "group")
        columns = _absent(former.columns, self.tables, "group")
        answered = [row for row in former.words if row.meaning]
        words = _absent(answered, self.words, "key")
        persons = _absent(former.persons, self.persons, "digest")
        tables = [replace(row, number="") for row in tables]
        words = [replace(row, times="0") for row in words]
        both = (
            [*self.tables, *tables],
            [*self.columns, *columns],
            [*self.words, *words],
            [*self.persons, *persons],
        )
        return Answers(*both, self.account)

    def forget_examples(self) -> None:
        """Take out of these rows what they were shown with, which names persons."""
        for column in self.columns:
            column.samples = ""
        for word in self.words:
            word.where = ""
        for person in self.persons:
            person.who = person.difference = person.where = ""
        for row in self.account:
            row.why = row.places or row.why


def _absent(rows: Iterable[R], others: Iterable[AnswerRow], what: str) -> list[R]:
    """The rows that differ from all others in one thing."""
    known = {getattr(other, what) for other in others}
    return [row for row in rows if getattr(row, what) not in known]


def read_answers(path: Path) -> Answers:
    """Read the workbook as a person left it, other sheets let alone.

    Raises
    ------
    DataError
        Where a sheet of ours is missing, or an answer is none of its list.
    """
    sheets = {sheet.name: sheet.rows for sheet in sheets_of(path)}
    found = [[*_rows_of(kind, sheets.get(kind.title, []), path)] for kind in SHEETS]
    return Answers(*found)  # type: ignore[arg-type]


def _rows_of(kind: type[R], grid: Sequence[Sequence[object]], path: Path) -> Iterator[R]:
    """Read the rows of a sheet, wherever its columns are."""
    start = _header_of(kind, grid, path)
    names = {question.header: name for name, question in kind.questions().items()}
    headers = [names.get(plain_text(cell)) for cell in grid[start]]
    for number, cells in enumerate(grid[start + 1 :], start + 2):
        row = kind(line=number)
        for name, cell in zip(headers, cells, strict=False):
            if name:
                _answer(row, name, str(cell or "") if name == "path" else plain_text(cell))
        if row.is_filled:
            yield row


def _header_of(kind: type[AnswerRow], grid: Sequence[Sequence[object]], path: Path) -> int:
    """The row of the headers of a sheet, from 0; DataError where there is none."""
    first_two = [question.header for question in kind.questions().values()][:2]
    for number, cells in enumerate(grid):
        if plain_texts(cells[:2]) == first_two:
            return number
    listed = ", ".join(first_two)
    raise refusal(DataError, "feuille absente", path, feuille=kind.title, en_tetes=listed)


def _answer(row: AnswerRow, name: str, text: str) -> None:
    """Put an answer in a row; DataError where it is none."""
    question = row.questions()[name]
    parsed = question.parsed(text) if text else ""
    setattr(row, name, text if parsed is None else parsed)
    if parsed is None:
        raise row.refusal(name, "pas dans la liste", liste=shown([*(question.answers or ())]))


# As a person sees it.


def write_answers(found: Answers, codes: Codes, path: Path) -> None:
    """Write the workbook, readable by its owner alone, in one go; rows know their lines then."""
    book = Book()
    offers = _name_offers(found)
    for kind, rows in found.sheets():
        _write_sheet(book, kind, rows)
    lists = {name: [*texts] for name, texts in _lists(codes)} | offers
    _write_lists(book, {name: texts for name, texts in lists.items() if texts})
    for name, field_name in (("natures", "kind"), ("lettres", "group")):
        letter = xl_col_to_name(TableRow.rank(field_name), True)
        cells = f"{letter}${HEADER_ROW + 1}:{letter}${MOST_ROWS}"
        book.file.define_name(name, f"={TableRow.title}!{cells}")
    write_whole(path, book.content())


def _name_offers(found: Answers) -> dict[str, Sequence[str]]:
    """Name the lists that rows offer, each once; name to list."""
    lists: dict[tuple[str, ...], str] = {(): ""}
    offering: Sequence[TableRow | WordRow] = [*found.tables, *found.words]
    for row in offering:
        row.choices = lists.setdefault(tuple(row.offers), f"choix_{len(lists)}")
    return {name: offers for offers, name in lists.items() if name}


def _lists(codes: Codes) -> Iterator[tuple[str, Iterable[str]]]:
    """The lists that drop-downs show, by name."""
    yield "genres", KINDS
    yield "cibles", TARGETS
    for rank, kind in enumerate(KINDS, 1):
        yield f"cibles_{rank}", [LEFT, *(target.label for target in targets_of_kind(kind))]
    for rank, target in enumerate(TARGETS.values(), 1):
        yield f"dit_{rank}", codes.sayings(target)
    yield "signes", [*Sign]
    yield "communes", [*WhereRead, *(commune.nom for commune in codes.service.communes)]


def _write_lists(book: Book, lists: Mapping[str, Sequence[str]]) -> None:
    """Write lists in a sheet that nobody sees, each under its name."""
    page = book.page(LISTS, 1)
    page.sheet.hide()
    for place, (name, texts) in enumerate(lists.items(), 1):
        letter = xl_col_to_name(place - 1, True)
        book.file.define_name(name, f"={LISTS}!{letter}$1:{letter}${len(texts)}")
        for line, text in enumerate(texts, 1):
            page.put(line, place, text)


def _write_sheet(book: Book, kind: type[AnswerRow], rows: Sequence[AnswerRow]) -> None:
    """Write a sheet: what it is for, its questions, rows, some more where tables may be added."""
    page, is_wide = book.page(kind.title, HEADER_ROW), kind in (TableRow, ColumnRow)
    page.put(1, 1, kind.heading, TITLE)
    page.put(2, 1, FRENCH["légende"], QUIET)
    page.sheet.set_row(HEADER_ROW - 2, 90 if is_wide else 60)
    page.sheet.freeze_panes(HEADER_ROW, 3 if is_wide else 2)
    spare = 0
    if kind in (TableRow, PersonRow):
        spare = SPARE
    last = HEADER_ROW + max(len(rows), 1) + spare
    for name in kind.questions():
        _write_question(page, kind, name, last)
    for line, row in enumerate(rows, HEADER_ROW + 1):
        row.line = line
        for name in kind.questions():
            _write_answer(page, row, name)


def _write_question(page: Page, kind: type[AnswerRow], name: str, last: int) -> None:
    """Write a question above its column, its help there and beside each cell, its drop-down."""
    question, place = kind.questions()[name], kind.rank(name)
    page.put(HEADER_ROW - 1, place + 1, question.help or None, _HELP)
    page.put(HEADER_ROW, place + 1, question.header, OPTIONAL)
    page.sheet.set_column(place, place, question.width, None, {"hidden": question.is_hidden})
    rule: dict[str, Any] = {"validate": "any"}
    if question.help:
        rule |= {"input_title": question.header[:32], "input_message": question.help}
    if question.answers or question.source:
        rule |= {"validate": "list", "show_error": not question.is_open, **_REFUSAL}
        rule["source"] = _formula(kind, question.source) or [*(question.answers or ())]
    page.sheet.data_validation(HEADER_ROW, place, last - 1, place, rule)


def _formula(kind: type[AnswerRow], source: str) -> str:
    """A formula about the first row, from that about any row."""
    letters = {name: xl_col_to_name(kind.rank(name), True) for name in kind.questions()}
    return source.format(**{name: f"{letter}{HEADER_ROW + 1}" for name, letter in letters.items()})


def _write_answer(page: Page, row: AnswerRow, name: str) -> None:
    """Write an answer, blue where it is proposed, yellow where it is missing."""
    question, place, answer = row.questions()[name], row.rank(name), getattr(row, name)
    look: dict[str, object] = {**TEXT, "valign": "top"}
    if answer and row.is_only_proposed(name):
        look |= _BLUE
    if not question.is_hidden:
        look |= WRAP
    page.put(row.line, place + 1, answer or None, look)
    if name in row.unanswered:
        line = row.line - 1
        mark = {"type": "blanks", "format": page.book.style(_YELLOW)}
        page.sheet.conditional_format(line, place, line, place, mark)
