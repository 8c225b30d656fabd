"""Indicators of the service's own: each is one declaration in a cell of ``mes_indicateurs.ipynb``.

A declaration holds words alone, so that it goes with the figures counted from it, to whoever opens them.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from rlpipeline.errors import SettingsError
from rlpipeline.figures.crossing import Crossing, Measure, crossed, persons, rows
from rlpipeline.figures.indicator import Indicator, labelled
from rlpipeline.figures.labels import AU_MOINS_UN, UNIT_WORDS, label_of
from rlpipeline.figures.population import Population
from rlpipeline.figures.registry import REGISTRY
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tidy import NC, OK, PARTIEL, VIDE, WITHOUT_VALUE, tidy
from rlpipeline.figures.variables import OF_PERSONS, Variable
from rlpipeline.records.frames import Records

NOTEBOOK = "mes_indicateurs.ipynb"
SECTION = "propre au service"
"""Where the tables of the service's own stand: the printed report has none of them."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
Address = tuple[str, str, str]
"""Indicator, line and column of a figure."""
_UNION = {AU_MOINS_UN: "Jeunes concernés (au moins une fois)"}
RATIO = "rapport"
"""Line of the one figure of a ratio; its column is ``valeur``."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the service's own: a population by one variable or two.

    Parameters
    ----------
    id
        Name in texts, workbook and CSV: small letters, digits and underscores.
    title
        Caption, in French.
    population
        What is counted, as ``jeunes_suivis``; ``populations()`` lists them.
    lines, columns
        Variables, as ``quartier``; without ``columns`` there is one column, « Nombre ».
    counts
        ``jeunes_distincts`` or ``lignes``, or ``heures`` for the time of the team; by default young people where
        rows are about them.
    definition
        Sentence of the method annex; by default it says what is crossed.
    """

    id: str
    title: str
    population: str
    lines: str
    columns: str = ""
    counts: Literal["", "lignes", "jeunes_distincts", "heures"] = ""
    definition: str = ""

    def indicator(self, others: Mapping[str, Indicator]) -> Indicator:
        """Make its indicator.

        Raises
        ------
        SettingsError
            A name is unknown, or the variable is none of the population's.
        """
        crossing = self._crossing()
        described = " et ".join(variable.title for variable in crossing.variables)
        indicator = crossed(
            crossing,
            id=self.id,
            title=self.title,
            section=SECTION,
            definition=self.definition or _sentence(f"{crossing.population.title}, par {described}"),
        )
        if not crossing.several_lines:
            return indicator
        # A line of kind « total » is the sum of the others, which distinct persons are not.
        return replace(
            indicator,
            row_labels=lambda records, scope: {**crossing.lines.words(scope.service), **_UNION},
            row_kinds=lambda scope: {},
        )

    def _crossing(self) -> Crossing:
        population = _one_of("de population", self.population, populations(), self.id)
        by_name = variables(population)
        names = (self.lines, *((self.columns,) if self.columns else ()))
        chosen = [_one_of("de variable", name, by_name, self.id) for name in names]
        if len({*names}) < len(names):
            raise _wrong("Une même variable est en lignes et en colonnes.", self.id, got=self.lines)
        columns = chosen[1] if self.columns else None
        measure = self._measure(population, columns)
        if columns and measure.counts == "jeunes_distincts" and not columns.one_each:
            raise _wrong(
                "Un jeune peut compter plusieurs fois dans cette variable : elle va en lignes.", self.id, got=columns.id
            )
        crossing = Crossing(population=population, lines=chosen[0], columns=columns, measures=(measure,))
        return replace(crossing, total=AU_MOINS_UN) if crossing.several_lines else crossing

    def _measure(self, population: Population, columns: Variable | None) -> Measure:
        offered = [*(["jeunes_distincts"] if population.of_persons else []), "lignes"]
        if population.table == "temps":
            offered = ["heures"]
        counts = self.counts or offered[0]
        if counts not in offered:
            raise _wrong("Cette population ne se compte pas ainsi.", self.id, " ou ".join(offered), f"{counts!r}")
        code = "" if columns else "heures" if counts == "heures" else "nombre"
        if counts == "heures":
            return Measure(code=code, unit="heures", counts="somme", of="heures")
        return persons(code) if counts == "jeunes_distincts" else rows(_unit(population), code)


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A figure of the service's own: what one figure is of another.

    Parameters
    ----------
    id, title, definition
        As those of a table.
    of, on
        The figure divided and the one that divides: indicator, line, column.
    unit
        ``%``, or the unit of the quotient, as ``heures par jeune``.
    decimals
        How many decimals its value keeps.
    """

    id: str
    title: str
    of: Address
    on: Address
    unit: str = "%"
    decimals: int = 2
    definition: str = ""

    def indicator(self, others: Mapping[str, Indicator]) -> Indicator:
        """Make its indicator.

        Raises
        ------
        SettingsError
            One of the two figures is not three names, or its indicator is unknown.
        """
        for address in (self.of, self.on):
            if isinstance(address, str) or len(address) != 3:
                raise _wrong(
                    "Un chiffre se donne par trois noms.", self.id, "(indicateur, ligne, colonne)", f"{address!r}"
                )
        parts = [_one_of("d'indicateur", address[0], others, self.id) for address in (self.of, self.on)]

        def compute(records: Records, scope: Scope) -> pd.DataFrame:
            pairs = zip(parts, (self.of, self.on), strict=True)
            return self._figure(*(_cell(one, address, records, scope, self.id) for one, address in pairs))

        def used(records: Records, scope: Scope) -> dict[str, int]:
            return {table: number for one in parts for table, number in one.used(records, scope).items()}

        of, on = (f"{one.title} ({_named(address)})" for one, address in zip(parts, (self.of, self.on), strict=True))
        return Indicator(
            id=self.id,
            title=self.title,
            section=SECTION,
            definition=self.definition or _sentence(f"{of}, rapporté à : {on}"),
            denominator=on,
            unit=UNIT_WORDS.get(self.unit, self.unit),
            source=" ; ".join(dict.fromkeys(one.source for one in parts)),
            tables=tuple(dict.fromkeys(table for one in parts for table in one.tables)),
            scope="service" if "service" in {one.scope for one in parts} else "both",
            additive=False,
            protected=any(one.protected for one in parts),
            compute=compute,
            row_labels=labelled({RATIO: self.title}),
            column_labels=labelled({"valeur": "Valeur"}),
            filter=" ; ".join(dict.fromkeys(one.filter for one in parts)),
            used=used,
        )

    def _figure(self, of: pd.Series[Any], on: pd.Series[Any]) -> pd.DataFrame:
        """Divide; ``vide`` where there is nothing to divide by, ``partiel`` where either is."""
        states = {of["etat"], on["etat"]}
        if states & {*WITHOUT_VALUE}:
            state = NC if NC in states else VIDE
        elif on["valeur"] == 0:
            state = VIDE
        else:
            state = PARTIEL if PARTIEL in states else OK
        factor = 100 if self.unit == "%" else 1
        value = np.nan if state in WITHOUT_VALUE else round(factor * of["valeur"] / on["valeur"], self.decimals)
        return tidy((RATIO,), ("valeur",), [[value]], self.unit, state)


Declaration = Table | Ratio


def _cell(one: Indicator, address: Address, records: Records, scope: Scope, id: str) -> pd.Series[Any]:
    """Give the value and the state of a figure.

    Returns
    -------
    Zero for a code that the table shows only where something is counted; ``nc`` for a line that the year does not have.
    """
    figures = one.compute(records, scope)
    there = figures[(figures["ligne"] == address[1]) & (figures["colonne"] == address[2])]
    if len(there):
        return there.iloc[0]
    if one.crossing is None:
        return pd.Series({"valeur": np.nan, "etat": NC})
    offered = one.crossing.codes(scope.service)
    for name, codes, code in zip(("lignes", "colonnes"), offered, address[1:], strict=True):
        if codes is not None and code not in codes:
            raise _wrong("Ce chiffre n'existe pas.", id, f"{name} : {', '.join(codes)}", _address(address))
    return pd.Series({"valeur": 0.0, "etat": OK})


def check_address(one: Indicator, address: Address, figures: pd.DataFrame, id: str) -> None:
    """Refuse the address of a figure that exists in no year and territory.

    Parameters
    ----------
    one
        Its indicator; what it crosses is checked where it is counted.
    figures
        Of every year and territory. Where nothing is known of any, none is refused.
    id
        Indicator that is of this figure.

    Raises
    ------
    SettingsError
        It does not exist.
    """
    there = (figures["ligne"] == address[1]) & (figures["colonne"] == address[2])
    if one.crossing is None and not there.any() and (figures["etat"] != NC).any():
        shown = f'une ligne et une colonne que montre calcul.indicator("{one.id}")'
        raise _wrong("Ce chiffre n'existe pas.", id, shown, _address(address))


def _address(address: Address) -> str:
    return "/".join(address)


def _named(address: Address) -> str:
    """Name the line and the column of a figure, once where both are the total."""
    return ", ".join(dict.fromkeys(label_of(code) for code in address[1:]))


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _unit(population: Population) -> str:
    """Give the unit of the rows of a population: that of the tables that count them."""
    for one in REGISTRY.values():
        if one.crossing and one.crossing.population is population:
            for measure in one.crossing.measures:
                if measure.counts == "lignes":
                    return measure.unit
    return "suivis" if population.table == "suivis" else population.id


def populations() -> Mapping[str, Population]:
    """Give what a table of one's own may count, by name."""
    every = [one.crossing.population for one in REGISTRY.values() if one.crossing]
    return {one.id: one for one in every}


def variables(population: Population) -> Mapping[str, Variable]:
    """Give what the rows of a population may be told apart by, by name."""
    crossings = [one.crossing for one in REGISTRY.values() if one.crossing]
    own = [variable for one in crossings if one.population is population for variable in one.variables]
    return {one.id: one for one in (*own, *(OF_PERSONS if population.of_persons else ()))}


def offered() -> pd.DataFrame:
    """List what can be declared: the populations, what each is, and its variables."""
    pd.set_option("display.max_colwidth", None)  # names cut short could not be copied
    rows = [(one.id, one.title, ", ".join(variables(one))) for one in populations().values()]
    return pd.DataFrame(rows, columns=["population", "ce qui est compté", "variables"])


def _one_of(what: str, name: str, offered: Mapping[str, Any], id: str) -> Any:
    if name in offered:
        return offered[name]
    near = difflib.get_close_matches(name, offered, n=1, cutoff=0)
    todo = f"le nom le plus proche est « {near[0]} »" if near else None
    raise _wrong(f"Nom inconnu {what}.", id, ", ".join(offered), f"{name!r}", todo)


def _wrong(
    what: str, id: str, expected: str | None = None, got: str | None = None, todo: str | None = None
) -> SettingsError:
    return SettingsError(what, where=f"{NOTEBOOK}, indicateur « {id} »", expected=expected, got=got, todo=todo)


def with_own(
    declared: Iterable[Declaration], otherwise: Mapping[str, Indicator] = MappingProxyType({})
) -> Mapping[str, Indicator]:
    """Give the registry with the service's own indicators after ours.

    Parameters
    ----------
    otherwise
        Those that the service counts in its own way, which ratios are then made of.

    Raises
    ------
    SettingsError
        A declaration is wrong, or its name is taken.
    """
    indicators = {id: otherwise.get(id, one) for id, one in REGISTRY.items()}
    for one in declared:
        if not NAME.fullmatch(one.id):
            raise _wrong("Le nom d'un indicateur ne va pas.", one.id, "minuscules, chiffres et _ , une lettre d'abord")
        if one.id in indicators:
            ours = "un indicateur du rapport" if one.id in REGISTRY else "un autre de vos indicateurs"
            raise _wrong("Ce nom est déjà pris.", one.id, got=ours, todo="choisir un autre nom, comme « mes_… »")
        indicators[one.id] = otherwise.get(one.id) or one.indicator(indicators)
    return indicators


def written(declared: Iterable[Declaration]) -> tuple[Mapping[str, object], ...]:
    """Write declarations as values for JSON."""
    return tuple({"kind": type(one).__name__, **asdict(one)} for one in declared)


def from_written(declared: Iterable[Mapping[str, Any]]) -> tuple[Declaration, ...]:
    """Read declarations again."""
    return tuple(_read(dict(one)) for one in declared)


def _read(content: dict[str, Any]) -> Declaration:
    if content.pop("kind") == Table.__name__:
        return Table(**content)
    addresses = {name: tuple(content[name]) for name in ("of", "on")}
    return Ratio(**{**content, **addresses})


def read_declarations(notebook: Path) -> tuple[Declaration, ...]:
    """Run the cells of the notebook of declarations, and list what they declare.

    Returns
    -------
    Nothing where there is no such notebook.

    Raises
    ------
    SettingsError
        It is no notebook, or a cell fails; with its number.
    """
    if not notebook.is_file():
        return ()
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError) as error:
        raise SettingsError("Ce fichier n'est pas un notebook.", str(notebook)) from error
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return tuple(_declared(sources))


def _declared(sources: Sequence[str]) -> Sequence[Declaration]:
    """List what cells declare, each declaration once whatever names it has."""
    namespace: dict[str, Any] = {"display": lambda *shown: None}
    declared: list[Declaration] = []
    for number, source in enumerate(sources, start=1):
        try:
            for value in _run(source, namespace):
                declared += [one for one in _declarations_in(value) if not any(one is other for other in declared)]
        except Exception as error:
            raise SettingsError(
                "Une déclaration d'indicateur ne va pas.",
                where=f"{NOTEBOOK}, cellule de code n° {number}",
                got=f"{type(error).__name__} : {error}",
                todo="corriger la cellule, ou l'effacer",
            ) from error
    return declared


def _declarations_in(value: Any) -> Sequence[Declaration]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [one for one in values if isinstance(one, get_args(Declaration))]


def _run(source: str, namespace: dict[str, Any]) -> Iterator[Any]:
    """Run a cell, and give what each of its expressions and then each name is worth."""
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Expr):
            yield eval(compile(ast.Expression(statement.value), NOTEBOOK, "eval"), namespace)
        else:
            _check_nothing_lost(statement)
            exec(compile(ast.Module([statement], []), NOTEBOOK, "exec"), namespace)
        yield from [*namespace.values()]


def _check_nothing_lost(statement: ast.stmt) -> None:
    """Refuse a declaration in a loop or a condition that nothing names: it would not be read."""
    calls = [
        one.value.func for one in ast.walk(statement) if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)
    ]
    if {one.id for one in calls if isinstance(one, ast.Name)} & {one.__name__ for one in get_args(Declaration)}:
        raise ValueError("une déclaration sans nom dans une boucle se perd ; écrire une liste, [Table(…) for … in …]")
