"""What a condition keeps of the rows of a population, and what of it can keep none.

A condition is read by :meth:`pandas.DataFrame.query`. A value that a column cannot hold would count zero in silence: it
is refused; one that no row has, though another may, is told.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from rlpipeline.errors import UsageError, nearest
from rlpipeline.figures import variables
from rlpipeline.figures.declaration import Frames, Scope
from rlpipeline.figures.variables import Variable
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

EXPECTED = "une comparaison, comme sexe == 'F' ou age >= 16"
ADVICE: Mapping[type[Exception], str] = MappingProxyType(
    {
        SyntaxError: "l'écrire comme Python : == pour égal, and, or, not, les textes entre apostrophes",
        ValueError: "comparer par == : un seul = ne compare pas",
        TypeError: "comparer un nombre à un nombre, un texte à un texte entre apostrophes",
        AttributeError: "s'en tenir à des comparaisons de colonnes",
    }
)
"""What to do about a condition that raises such an error."""


class ComparedText(NamedTuple):
    """A text that a condition compares a column with."""

    column: str
    value: str


@dataclass(frozen=True)
class Filtered:
    """The rows of a population that a condition keeps; two of one condition are equal.

    Parameters
    ----------
    listed
        What lists the rows of the whole population.
    condition
        In the words of :meth:`pandas.DataFrame.query`.
    """

    listed: Frames
    condition: str

    def __call__(self, records: Records, scope: Scope) -> pd.DataFrame:
        """List the rows that are kept.

        Raises
        ------
        UsageError
            The condition cannot be read, or compares a column with what it cannot hold.
        """
        every = self.listed(records, scope)
        try:
            kept: pd.DataFrame = every.query(self.condition, engine="python")
        except Exception as error:  # whatever pandas, numpy or Python says of a condition
            raise _unreadable(self.condition, every, error) from error
        for compared in _matching_none(self.condition, every):
            _check(compared, every, scope.service, self.condition)
        return kept

    def notes(self, records: Records, scope: Scope) -> tuple[str, ...]:
        """Say under a table which rows are counted and, of the whole service, what no row of the year has."""
        said = f"Seules sont comptées les lignes où {self.condition}."
        if not scope.is_service:
            return (said,)
        unmatched = _matching_none(self.condition, self.listed(records, scope))
        return (
            said,
            *(f"Aucune ligne de {scope.year} n'a « {of} » : {at}." for at, of in unmatched),
        )


def _matching_none(condition: str, rows: pd.DataFrame) -> list[ComparedText]:
    """List the texts of a condition that no row has in the column they are compared with."""
    if rows.empty:
        return []
    return [
        compared
        for compared in _compared(condition)
        if compared.column in rows and not _has(rows[compared.column], compared.value)
    ]


def _has(column: pd.Series[Any], value: str) -> bool:
    """Whether a column has a text; of one of days, which a text may name, nothing is said."""
    return is_datetime64_any_dtype(column) or bool((column == value).any())


def _compared(condition: str) -> Iterator[ComparedText]:
    """Give each text that a condition compares a column with; none where it is no plain Python."""
    try:
        read = ast.parse(condition, mode="eval")
    except SyntaxError:
        return
    for node in ast.walk(read):
        if isinstance(node, ast.Compare) and _is_equality(node):
            for value in _texts(node.comparators[0]):
                yield ComparedText(ast.unparse(node.left), value)


def _is_equality(node: ast.Compare) -> bool:
    """Whether a column is held against values that it has or has not, and against no order."""
    return isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn)


def _texts(node: ast.expr) -> list[str]:
    """List the texts that stand on the right of a comparison, alone or in a list."""
    elements = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    constants = [element.value for element in elements if isinstance(element, ast.Constant)]
    return [value for value in constants if isinstance(value, str)]


def _check(compared: ComparedText, rows: pd.DataFrame, service: Service, condition: str) -> None:
    """Refuse a text that a column cannot hold; UsageError with the codes, or how its values are written."""
    column, value = compared
    if todo := _written_without_text(rows[column], value):
        what = f"« {column} » ne se compare pas au texte « {value} »."
        raise UsageError(what, expected=EXPECTED, got=condition, todo=todo)
    codes = _codes(column, service)
    if codes and value not in codes:
        what = f"« {value} » n'est pas une valeur de « {column} »."
        todo = f"la plus proche est « {nearest(value, codes)} »"
        raise UsageError(what, expected=", ".join(codes), got=condition, todo=todo)


def _written_without_text(column: pd.Series[Any], value: str) -> str:
    """Say how a column that holds no texts is compared; nothing of one that does."""
    if is_bool_dtype(column):
        return f"elle dit oui ou non : écrire {column.name}, ou not {column.name}"
    if is_numeric_dtype(column):
        return f"elle tient des nombres : écrire {value} sans apostrophes"
    return ""


def _codes(column: str, service: Service) -> tuple[str, ...]:
    """List the codes that a column may hold, by the variables that read it; none where it holds names."""
    codes: dict[str, None] = {}
    for variable in vars(variables).values():
        if isinstance(variable, Variable) and column == variable.column:
            if variable.of_names:
                return ()
            codes |= dict.fromkeys(variable.all_codes(service))
    return (*codes,)


def _unreadable(condition: str, rows: pd.DataFrame, error: Exception) -> UsageError:
    """Say in French why a condition keeps no rows: a name that is no column, or what cannot be compared."""
    columns = [*map(str, rows.columns)]
    name = getattr(error, "name", None) or _quoted(str(error))
    if isinstance(error, NameError | KeyError) and name and name not in columns:
        what = f"« {name} » n'est pas une colonne de cette population."
        todo = _meant(name, rows)
        return UsageError(what, expected=", ".join(columns), got=condition, todo=todo)
    advice = (todo for kind, todo in ADVICE.items() if isinstance(error, kind))
    todo = next(advice, str(error))
    what = "Cette condition ne se lit pas."
    return UsageError(what, expected=EXPECTED, got=condition, todo=todo)


def _meant(name: str, rows: pd.DataFrame) -> str:
    """Say what a name was meant for that is no column: a value or a variable of one, or the nearest column."""
    holding = [column for column in rows if (rows[column].astype("object") == name).any()]
    if holding:
        return f"c'est une valeur de « {holding[0]} » : l'écrire entre apostrophes, '{name}'"
    variable = getattr(variables, name, None)
    if isinstance(variable, Variable) and variable.column in rows:
        return f"la variable « {name} » se lit dans la colonne « {variable.column} »"
    return f"le plus proche est « {nearest(name, [*map(str, rows.columns)])} »"


def _quoted(words: str) -> str:
    """Give what stands between quotes in a message of pandas; nothing where nothing does."""
    _, _, after = words.partition("'")
    return after.partition("'")[0]
