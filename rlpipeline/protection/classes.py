"""What is shared at all, in fewer, wider classes, the same for every year, with their words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from rlpipeline.attack.publications import addresses
from rlpipeline.declared import RATE, CellRange, FigureKey, Links
from rlpipeline.errors import SettingsError
from rlpipeline.figures import (
    CSV_COLUMNS,
    PROTECTED_UNITS,
    SERVICE,
    Col,
    Declarations,
    Row,
    TableData,
    label_of,
)
from rlpipeline.figures.labels import (
    AGE_INCONNU,
    AGES,
    DUREES,
    MOTIFS,
    NON_RENSEIGNEE,
    NOUVEAUX,
    SEXES,
    SITUATIONS,
    SUITES,
    TOTAL,
)
from rlpipeline.figures.tidy import sum_states
from rlpipeline.links import Classes
from rlpipeline.settings.models import Disclosure, Family, Service, WiderClass
from rlpipeline.settings.strict_yaml import packaged
from rlpipeline.states import LISTS, MASQUE, NC, OK, WITHOUT_VALUE

FIRST_AGES = (None, 11, 15, 19, 22, None)
"""From which age each class is, and what follows the last."""
KEY = list(FigureKey._fields)
NR = "NR"
RARE_WITH = {AGE_INCONNU: "plus_21", NR: "G"}
"""Codes shown only where someone is counted, and those they are counted with: their presence would tell."""
UNKNOWN_WORDS = {
    AGE_INCONNU: "ou inconnu",
    NR: "ou non renseigné",
    NON_RENSEIGNEE: "ou non renseignée",
}
CHOSEN: Mapping[str, tuple[str, ...]] = {
    "age": (*AGES, AGE_INCONNU),
    "sexe": (*SEXES, NR),
    "situation": (*SITUATIONS, NON_RENSEIGNEE),
    "duree": tuple(DUREES),
    "motif": tuple(MOTIFS),
    "suite": tuple(SUITES),
}
"""What can be grouped: the classes. Codes of issues too, each within its family."""
ISSUES, FAMILIES, ISSUE_TABLE = "problematique", "famille", "problematiques"
TABLE_OF = {"situation": "situations", "duree": "durees", "motif": "clotures", "suite": "demandes"}
"""The one table that uses the classes of an axis; those of age and sex are used wherever they are."""
SUBJECTS = {"sante": "santé", "juridiques": "justice"}
WHERE = "service.yml, diffusion, classes"
WORDS: Mapping[str, Any] = packaged("protection/mots.yml")
STOCK = "ouverts_31_decembre"
"""The line of the flow of the year that is shared of each territory."""
FEW_BASES = 4
"""Bases that the total of a split of a territory must reach for its parts to be shown."""
PARTLY: Mapping[str, str] = WORDS["partiels"]
"""What is problem of tables of which some lines only are shared."""
ONE_DIMENSION = ("situations", "presence_sociale")
"""Tables of the service that are not crossed; those of a territory never are."""
CROSSED_TABLES = (
    "accompagnes",
    "travail_de_rue",
    "durees",
    "demandes",
    "problematiques",
    "problematiques_jeunes",
)
MEASURED = (TOTAL, "nombre", "jeunes")
"""Columns whose total is small where few persons are split."""
OF_PERSONS = ("problematiques_jeunes", "co_accompagnements")
"""Tables of persons by subject: the sensitive ones are left out."""
GONE = "Action retirée depuis"
AXES = ("ligne", "colonne")
JOINED = {
    "known": ("known", "sum"),
    "rows": ("known", "size"),
    "etat": ("etat", "first"),
    "states": ("etat", "nunique"),
    "valeur": ("valeur", "sum"),
    "numbers": ("valeur", "count"),
}
"""What is taken of the figures that a wider class joins: column and how."""
LEFT_OUT = LISTS["tableau_non_diffuse"]


def classes_of(settings: Disclosure, service: Service) -> Classes:
    """Give the wider classes of the edition to share, by axis and code: those of the settings, those of any service.

    Who has no known age is counted with the oldest, who has no known sex with the boys; the sensitive families are one.
    A class that cannot be is a :class:`SettingsError`.
    """
    wanted = {axis: _codes_of(named) for axis, named in settings.classes.items()}
    _check(wanted, service)
    for axis, rare in (("age", AGE_INCONNU), ("sexe", NR)):
        _join_rare(wanted.setdefault(axis, {}), rare)
    sensitive = [family.code for family in sensitive_families(settings, service)]
    if len(sensitive) > 1:
        wanted[FAMILIES] = {sensitive_row(settings, service): tuple(sensitive)}
    return wanted


def _codes_of(named: Mapping[str, tuple[str, ...] | WiderClass]) -> dict[str, tuple[str, ...]]:
    """Give the codes of wider classes, with words of their own or without."""
    every: dict[str, tuple[str, ...]] = {}
    for code, wider in named.items():
        every[code] = wider.codes if isinstance(wider, WiderClass) else wider
    return every


def _join_rare(named: dict[str, tuple[str, ...]], rare: str) -> None:
    """Count a code that is rarely shown with its host, unless the settings count it with others."""
    if any(rare in codes for codes in named.values()):
        return
    host = RARE_WITH[rare]
    hosting = (code for code, codes in named.items() if host in codes)
    code = next(hosting, f"{host}_ou_{rare}")
    named[code] = (*named.get(code, (host,)), rare)


def words_of_classes(settings: Disclosure, service: Service) -> Mapping[str, str]:
    """Name each wider class: as the settings do, else by what it joins."""
    words: dict[str, str] = {}
    for named in classes_of(settings, service).values():
        words |= {code: words_of(codes, service) for code, codes in named.items()}
    for chosen in settings.classes.values():
        for code, wider in chosen.items():
            if isinstance(wider, WiderClass):
                words[code] = wider.libelle
    subjects = map(_subject, sensitive_families(settings, service))
    words[sensitive_row(settings, service)] = " et ".join(subjects).capitalize()
    return words


def _subject(family: Family) -> str:
    """Name a sensitive family."""
    return SUBJECTS.get(family.code, family.libelle.lower())


def family_of_issues(service: Service) -> dict[str, str]:
    """Give the family of each issue."""
    families: dict[str, str] = {}
    for family in service.problematiques:
        for issue in family.codes:
            families[issue.code] = family.code
    return families


def _check(wanted: Classes, service: Service) -> None:
    """Refuse classes that cannot be."""
    families = family_of_issues(service)
    axes = {**CHOSEN, ISSUES: tuple(families)}
    for axis, named in wanted.items():
        if axis not in axes:
            problem = f"On ne sait pas regrouper « {axis} »."
            raise SettingsError(problem, where=WHERE, expected=", ".join(axes))
        _check_axis(axis, named, axes[axis], families)


def _check_axis(
    axis: str,
    named: Mapping[str, Collection[str]],
    codes: Collection[str],
    families: Mapping[str, str],
) -> None:
    """Refuse classes of an axis that join what it has not, or anything twice, or issues of several families."""
    joined = [*chain.from_iterable(named.values())]
    existing = {*codes, *families.values()}
    unknown = (code for code in joined if code not in codes)
    twice = (code for code in joined if joined.count(code) > 1)
    reused = (code for code in named if code in existing)
    mixed = list[str]()
    for code, codes_of_class in named.items():
        if len({*map(families.get, codes_of_class)}) > 1:
            mixed.append(code)
    _refuse_first(axis, unknown, f"l'un de {', '.join(codes)}")
    _refuse_first(axis, twice, "chaque code dans une seule classe")
    _refuse_first(axis, reused, "un nouveau code")
    _refuse_first(axis, mixed, "des problématiques d'une seule famille")


def _refuse_first(axis: str, wrong: Iterable[str], expected: str) -> None:
    """Raise an error about the first code that is wrong, if there is one."""
    for code in wrong:
        problem = f"Le code « {code} » ne convient pas aux classes de « {axis} »."
        raise SettingsError(problem, where=WHERE, expected=expected)


def sensitive_families(settings: Disclosure, service: Service) -> tuple[Family, ...]:
    """List the sensitive families of the service; one that it does not have is a :class:`SettingsError`."""
    families = {family.code: family for family in service.problematiques}
    unknown = [name for name in settings.sensibles if name not in families]
    if unknown and settings.sensibles != Disclosure().sensibles:
        problem = f"« {unknown[0]} » n'est pas une famille de problématiques du service."
        raise SettingsError(
            problem, where="service.yml, diffusion, sensibles", expected=", ".join(families)
        )
    return tuple(families[name] for name in settings.sensibles if name in families)


def sensitive_row(settings: Disclosure, service: Service) -> str:
    """Name the one row of the sensitive families; empty where there is none."""
    codes = [family.code for family in sensitive_families(settings, service)]
    if codes == ["sante", "juridiques"]:
        return "sante_justice"
    return "_".join(codes)


def words_of(codes: Collection[str], service: Service) -> str:
    """Name several classes by one: from where the first begins to where the last ends, if they follow one another."""
    usual = [code for code in codes if code not in UNKNOWN_WORDS]
    rare = [UNKNOWN_WORDS[code] for code in codes if code in UNKNOWN_WORDS]
    words = _ages_in_words(usual) or _joined(usual or codes, service)
    if rare and usual:
        return f"{words} ({rare[0]})"
    return words


def _joined(codes: Iterable[str], service: Service) -> str:
    """Name classes one after the other."""
    labels: dict[str, str] = {}
    for family in service.problematiques:
        labels[family.code] = family.libelle
    for family in service.problematiques:
        labels |= {issue.code: issue.libelle for issue in family.codes}
    return " ou ".join(labels.get(code) or label_of(code) for code in codes)


def _ages_in_words(codes: Sequence[str]) -> str:
    """Name ages that follow one another; nothing for other codes."""
    ages = [*AGES]
    start = ages.index(codes[0]) if codes and codes[0] in ages else 0
    end = start + len(codes)
    if len(codes) < 2 or codes != ages[start:end]:
        return ""
    least = FIRST_AGES[start]
    following = FIRST_AGES[end]
    if least is None:
        if following:
            return f"Moins de {following} ans"
        return "Tous les âges"
    if following:
        return f"{least} à {following - 1} ans"
    return f"{least} ans et plus"


def wider_classes(indicator_id: str, classes: Classes, links: Links) -> dict[str, str]:
    """Give the wider class of each code of a table that has one."""
    if indicator_id not in links.persons:
        return {}
    table = links.tables[indicator_id]
    wider = dict[str, str]()
    by_sex = table.columns.variable == "sexe"
    by_age = table.columns.variable == "age"
    used = {"age": table.of_actions or by_sex or by_age, "sexe": by_sex}
    for axis, named in classes.items():
        is_of_table = TABLE_OF.get(axis, ISSUE_TABLE) == indicator_id
        if used.get(axis, is_of_table):
            wider |= _class_of_codes(named)
    if not table.of_actions:
        return wider
    alone = _of_one_known(classes.get("age", {}))  # their publics are all known
    return {old: code for old, code in wider.items() if code not in alone}


def _class_of_codes(named: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Give the wider class of each code."""
    wider: dict[str, str] = {}
    for code, codes in named.items():
        wider |= dict.fromkeys(codes, code)
    return wider


def _of_one_known(named: Mapping[str, Collection[str]]) -> set[str]:
    """List the classes that join one code with what is not known."""
    alone = set[str]()
    for code, codes in named.items():
        known = {*codes}.difference(UNKNOWN_WORDS)
        if len(known) == 1:
            alone.add(code)
    return alone


def regroup(figures: pd.DataFrame, classes: Classes, links: Links) -> pd.DataFrame:
    """Join classes in every table that uses them: one row per figure, where the first of those that it joins was."""
    wider = {id: wider_classes(id, classes, links) for id in figures["indicateur"].unique()}
    known = ~figures["etat"].isin(WITHOUT_VALUE)
    lines, columns = (_in_classes(figures, axis, wider) for axis in AXES)
    counted = figures.assign(ligne=lines, colonne=columns, known=known)
    by_cell = counted.groupby([*KEY, "unite"], sort=False, as_index=False)
    grouped = by_cell.agg(**JOINED)
    of_several = pd.Series(sum_states(grouped["known"], grouped["rows"]), index=grouped.index)
    state = grouped["etat"].where(grouped["states"] == 1, of_several)
    without = state.isin(WITHOUT_VALUE) | (grouped["numbers"] == 0)
    joined = grouped.assign(etat=state, valeur=grouped["valeur"].mask(without))
    return joined[[*CSV_COLUMNS]].astype(figures.dtypes.to_dict())


def _in_classes(
    figures: pd.DataFrame, axis: str, wider: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Give the wider class of each line or column, its own code where it has none."""
    pairs = zip(figures["indicateur"], figures[axis], strict=True)
    return [wider[id].get(code, code) for id, code in pairs]


T = TypeVar("T", Row, Col)


def with_classes_of(
    data: TableData, figures: pd.DataFrame, wider: Mapping[str, str], words: Mapping[str, str]
) -> TableData:
    """Give a table the figures of the edition to share, with the words of the lines and columns that it has."""
    gone = {axis: _gone(data, figures, wider, axis) for axis in AXES}
    of_year = figures[figures["annee"].eq(data.year)]
    counted = of_year[of_year["unite"].isin(PROTECTED_UNITS)]
    rows = _renamed(data.rows, gone["ligne"], wider, words)
    columns = _renamed(data.columns, gone["colonne"], wider, words)
    lines = _lacking(counted["ligne"], rows)
    others = _lacking(counted["colonne"], columns)
    labels = {code: _label(code, words) for code in (*lines, *others)}
    if data.spec.of_actions:
        labels |= dict.fromkeys(others, GONE)
    more_rows = [Row(code, labels[code]) for code in lines]
    more = [Col(code, labels[code]) for code in others]
    rows = _before_total(rows, more_rows)
    columns = _before_total(columns, more)
    texts = _texts_of(data, gone, wider)
    return replace(data, rows=rows, columns=columns, figures=figures, texts=texts)


def _label(code: str, words: Mapping[str, str]) -> str:
    """Name a line or a column, a wider class or not."""
    return words.get(code) or label_of(code)


def _gone(data: TableData, figures: pd.DataFrame, wider: Mapping[str, str], axis: str) -> set[str]:
    """List the lines or columns of a table that the edition to share does not have."""
    shown = {*figures[axis]}
    codes = {*data.figures[axis]}
    return {code for code in codes if wider.get(code, code) not in shown}


def _texts_of(
    data: TableData, gone: Mapping[str, set[str]], wider: Mapping[str, str]
) -> pd.DataFrame:
    """Keep the texts of the lines and columns that are there, the first of those that a class joins."""
    texts = data.texts
    for axis in AXES:
        texts = texts[~texts[axis].isin(gone[axis])]
        texts = texts.assign(**{axis: texts[axis].replace(wider)})
    return texts.drop_duplicates([*AXES], ignore_index=True)


def _renamed(
    items: Iterable[T], gone: Collection[str], wider: Mapping[str, str], words: Mapping[str, str]
) -> tuple[T, ...]:
    """Name lines or columns by their wider classes, each where the first of those that it joins was."""
    joined = {*wider.values()}
    each = dict[str, T]()
    for item in items:
        if item.code in gone:
            continue
        code = wider.get(item.code, item.code)
        label = words.get(code, item.label) if code in joined else item.label
        each.setdefault(code, replace(item, code=code, label=label))
    return tuple(each.values())


def _lacking(codes: pd.Series[str], items: Iterable[Row | Col]) -> list[str]:
    """List the lines or columns that have figures and that the exact table does not have, or has no more."""
    shown = {item.code for item in items}
    return [code for code in dict.fromkeys(codes) if code not in shown]


def _before_total(items: tuple[T, ...], more: Sequence[T]) -> tuple[T, ...]:
    """Put more lines or columns before that of the total, behind all where there is none."""
    kinds = [item.kind for item in items]
    place = kinds.index("total") if "total" in kinds else len(kinds)
    return items[:place] + tuple(more) + items[place:]


def shared_cells(
    figures: pd.DataFrame, settings: Disclosure, service: Service, declared: Declarations
) -> pd.DataFrame:
    """Keep the figures that may be shared, exact or rounded, before classes are joined.

    The situation that is not known has a line of zeros where nobody is counted in it. With one commune there is no
    portrait: what is about persons of one territory is left out. Where the total of a table of a territory is small,
    it is all that is kept: rounded parts would mislead.
    """
    every = _without_splits_of_few(_with_unknown_situation(figures), settings, declared)
    table = every["indicateur"]
    line = every["ligne"]
    column = every["colonne"]
    of_one = every["territoire"].ne(SERVICE)
    on_total = column.eq(TOTAL)
    family = line.map(family_of_issues(service))
    is_issue = table.eq(ISSUE_TABLE) & family.notna()
    sensitive = [one.code for one in sensitive_families(settings, service)]
    by_sex = [id for id, of in declared.about_persons.items() if of.columns.variable == "sexe"]
    is_margin = on_total | (line.eq(TOTAL) & table.isin(by_sex))
    is_crossed = table.isin(ONE_DIMENSION) | (table.isin(CROSSED_TABLES) & of_one)
    shared = ~table.isin(declared.not_shared)
    shared &= table.ne("orientations") | line.eq(TOTAL)
    shared &= table.ne("flux_paei") | line.eq(STOCK) | ~of_one
    shared &= ~(table.isin(OF_PERSONS) & line.isin(settings.sensibles))
    shared &= ~is_issue | (on_total & ~of_one & ~family.isin(sensitive))
    shared &= is_margin | ~is_crossed
    if len(service.communes) == 1:
        protected = table.isin(declared.about_persons) & every["unite"].isin(PROTECTED_UNITS)
        shared &= ~(of_one & protected)
    return every[shared].reset_index(drop=True)


def _without_splits_of_few(
    figures: pd.DataFrame, settings: Disclosure, declared: Declarations
) -> pd.DataFrame:
    """Keep the total alone of the tables of a territory whose total is small."""
    keys = addresses(figures)
    few = set[tuple[str, int, str]]()
    for key, value in zip(keys, figures["valeur"].tolist(), strict=True):
        if 0 <= value < few_of(key, declared.links, settings.base):
            few.add(key.place)
    of_total = figures["colonne"].isin((*MEASURED, NOUVEAUX))
    is_total = of_total & figures["ligne"].eq(TOTAL)
    is_shown = np.array([key.place not in few for key in keys], bool)
    return figures[is_total | is_shown].reset_index(drop=True)


def _with_unknown_situation(figures: pd.DataFrame) -> pd.DataFrame:
    """Add a line of zeros before the total, where some line has a number: its presence would say someone is counted."""
    line = figures["ligne"]
    place = figures["territoire"]
    of_situations = figures["indicateur"].eq("situations")
    numbered = of_situations & figures["etat"].ne(NC)
    with_lines = place[numbered & line.ne(TOTAL)]
    there = place[of_situations & line.eq(NON_RENSEIGNEE)]
    without = place.isin(with_lines) & ~place.isin(there)
    totals = figures[numbered & line.eq(TOTAL) & without]
    zeros = totals.assign(ligne=NON_RENSEIGNEE, valeur=0.0, etat=OK)
    places = np.append(figures.index, totals.index - 0.5)
    order = np.argsort(places, kind="stable")
    return pd.concat([figures, zeros]).iloc[order].reset_index(drop=True)


def few_of(key: FigureKey, links: Links, base: int) -> int:
    """Give the least total of a territory's table that shows its lines, for such a total; 0 for the others."""
    of_lines = key.indicateur in links.split and key.ligne == TOTAL and key.colonne in MEASURED
    if of_lines and key.territoire != SERVICE:
        return FEW_BASES * base
    return 0


def without_rates_of_rounded(figures: pd.DataFrame, links: Links) -> pd.DataFrame:
    """Mask the rates of counts that are not published exactly: they would give them back."""
    hidden = pd.Series(False, index=figures.index)
    for link in (link for link in links.all if link.sign == RATE):
        is_known = _is_of_exact(figures, link.right[0])
        hidden |= cells_of(figures, link.left[0]) & ~is_known
    hidden &= figures["etat"].eq(OK)
    values = figures["valeur"].mask(hidden)
    states = figures["etat"].mask(hidden, MASQUE)
    return figures.assign(valeur=values, etat=states)


def cells_of(figures: pd.DataFrame, cells: CellRange) -> pd.Series[bool]:
    """Mark the figures of a column of a table."""
    of_table = figures["indicateur"].eq(cells.table)
    return of_table & figures["colonne"].eq(str(cells.column))


def _is_of_exact(figures: pd.DataFrame, counted: CellRange) -> pd.Series[bool]:
    """Mark the lines of the communes whose count is published exactly."""
    is_exact = cells_of(figures, counted) & figures["ligne"].eq(str(counted.line))
    counts = figures.loc[is_exact & figures["etat"].eq(OK), ["annee", "territoire"]]
    exact = [*counts.itertuples(index=False, name=None)]
    lines = pd.MultiIndex.from_frame(figures[["annee", "ligne"]])
    return pd.Series(lines.isin(exact), figures.index)
