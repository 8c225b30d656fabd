"""What a cell may hold, as a spreadsheet's own validation says it while one types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rlpipeline.records.schema import Reference
from rlpipeline.records.schema_columns import FIRST_YEAR, LAST_YEAR, OUTSIDE
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry.columns import FIRST_ROW, LAST_ROW, Place

LONGEST_MESSAGE = 255
_EPOCH = date(1899, 12, 30)
_ENDS: dict[tuple[str, str], str] = {("suivis", "date_fin"): "date_debut"}
"""Columns that may not come before another."""


@dataclass(frozen=True)
class Rule:
    """A validation of one column.

    Parameters
    ----------
    kind, formula, until
        Its type in the spreadsheet's words, and its formulas; ``between`` where there are two.
    strict
        Whether the spreadsheet refuses anything else, or lets it through after a question.
    error
        What it says then, in French.
    prompt
        What it says when the cell is selected; empty for nothing.
    """

    kind: Literal["list", "whole", "date", "custom"]
    formula: str
    error: str
    strict: bool = True
    until: str | None = None
    prompt: str = ""


def rule_of(place: Place, service: Service) -> Rule | None:
    """The validation of a column; None where any text will do."""
    reference = _reference(place)
    if reference is not None:
        return _in_another_table(reference)
    if place.table.key == (place.column.name,):
        return _unlike_the_others(place)
    makers: dict[str, Callable[[Place, Service], Rule]] = {
        "code": _one_of_the_codes,
        "flag": _one_of_the_codes,
        "commune": _commune,
        "territory": _territory,
        "date": _day,
        "birth": _birth,
        "year": _year,
        "number": _number,
    }
    maker = makers.get(place.column.kind)
    return maker(place, service) if maker else None


def reference_name(reference: Reference) -> str:
    """Name of the range of the values typed in the table referred to."""
    return f"connus_{reference.table}"


def reference_range(target: Place) -> str:
    """That range: it grows with what is typed."""
    column = f"{target.table.name}!${target.letter}${FIRST_ROW}"
    whole = f"{column}:${target.letter}${LAST_ROW}"
    return f"OFFSET({column},0,0,MAX(1,COUNTA({whole})),1)"


def _reference(place: Place) -> Reference | None:
    return next((item for item in place.table.references if item.column == place.column.name), None)


def _in_another_table(reference: Reference) -> Rule:
    error = (
        f"Cette valeur n'est pas dans la feuille « {reference.table} », colonne {reference.target} : l'y ajouter. "
        "La garder quand même ?"
    )
    return Rule("list", reference_name(reference), error, strict=False)


def _unlike_the_others(place: Place) -> Rule:
    cells = f"${place.letter}${FIRST_ROW}:${place.letter}${LAST_ROW}"
    error = "Cet identifiant est déjà dans la colonne : il doit n'y être qu'une fois. Le garder quand même ?"
    return Rule("custom", f"COUNTIF({cells},{place.first})=1", error, strict=False)


def _one_of_the_codes(place: Place, _: Service) -> Rule:
    error = "Choisir dans la liste (flèche à droite de la cellule). La feuille « Listes » les donne tous."
    return Rule("list", place.list_name, error)


def _commune(place: Place, service: Service) -> Rule:
    error = (
        "Ce n'est pas le nom d'une commune du service. Une autre commune s'écrit par son nom, par son code INSEE "
        f"(feuille « Codes des communes »), ou « {OUTSIDE} ». Garder ce qui est écrit ?"
    )
    names = ", ".join(commune.nom for commune in service.communes)
    prompt = f"{names}, ou {OUTSIDE} (ailleurs)" if names else "Nom, ou code INSEE : feuille « Codes des communes »."
    if len(prompt) > LONGEST_MESSAGE:
        prompt = "Nom, ou code INSEE : les communes du service sont dans la feuille « Listes »."
    return Rule("list", place.list_name, error, strict=False, prompt=prompt)


def _territory(place: Place, _: Service) -> Rule:
    error = "Ce n'est pas l'un des territoires des paramètres du service (communes, EPCI, QPV). Le garder quand même ?"
    return Rule("list", place.list_name, error, strict=False)


def _day(place: Place, _: Service) -> Rule:
    first, last = _serial(date(FIRST_YEAR, 1, 1)), _serial(date(LAST_YEAR, 12, 31))
    start = _ENDS.get((place.table.name, place.column.name))
    if start is None:
        return Rule("date", str(first), "Date attendue, comme 17/05/2023.", until=str(last))
    error = "Date attendue, comme 17/05/2023 ; elle ne peut pas venir avant celle du début."
    return Rule("date", f"MAX({first},{place.other(start).first})", error, until=str(last))


def _serial(day: date) -> int:
    """The number by which a spreadsheet keeps a day; its 29 February 1900, which never was, comes before March."""
    serial = (day - _EPOCH).days
    return serial if day >= date(1900, 3, 1) else serial - 1


def _birth(place: Place, _: Service) -> Rule:
    """A text, so that no spreadsheet takes the year 2008 for a day of 1905."""
    cell = place.first
    day = f"DATE(RIGHT({cell},4),MID({cell},4,2),LEFT({cell},2))"
    whole = f'AND(LEN({cell})=10,MID({cell},3,1)&MID({cell},6,1)="//",MONTH({day})=MID({cell},4,2)*1)'
    middle, half_width = (FIRST_YEAR + LAST_YEAR) // 2, (LAST_YEAR - FIRST_YEAR) // 2
    formula = f"IFERROR(IF(LEN({cell})=4,ABS({cell}-{middle})<={half_width},{whole}),FALSE)"
    return Rule("custom", formula, "Date attendue, comme 17/05/2008, ou année seule, comme 2008.")


def _year(_: Place, __: Service) -> Rule:
    return Rule("whole", str(FIRST_YEAR), "Année de quatre chiffres attendue, comme 2023.", until=str(LAST_YEAR))


def _number(place: Place, _: Service) -> Rule:
    column, cell = place.column, place.first
    bounds = [f"{cell}>={column.minimum:.11g}"] if column.minimum is not None else []
    bounds += [f"{cell}<={column.maximum:.11g}"] if column.maximum is not None else []
    bounds += [f"{cell}=INT({cell})"] if column.whole else []
    inside = f"AND({','.join([f'ISNUMBER({cell})', *bounds])})"
    bounded = column.minimum and column.minimum > 0 and column.maximum is not None
    limits = f" de {column.minimum:g} à {column.maximum:g}" if bounded else ""
    kind = "Nombre entier attendu" if column.whole else f"Nombre attendu{limits}, comme 1,5"
    error = f"{kind}, sans unité. S'il n'est pas connu : laisser vide ou écrire NC. Zéro veut dire « aucun »."
    return Rule("custom", f'OR(UPPER({cell})="NC",{inside})', error)
