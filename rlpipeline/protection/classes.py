"""Fewer, wider classes before protection, the same for every year, and the words of them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import pandas as pd

from rlpipeline.declared import Links
from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS, Col, Row, TableData, label_of
from rlpipeline.figures.labels import (
    AGE_INCONNU,
    AGES,
    DUREES,
    MOTIFS,
    NON_RENSEIGNEE,
    PARTENAIRES,
    SEXES,
    SITUATIONS,
    SUITES,
)
from rlpipeline.figures.sums import sum_states
from rlpipeline.figures.tidy import WITHOUT_VALUE
from rlpipeline.settings.models import Disclosure, Family, Service

FIRST_AGE: Mapping[str, int] = {"11_14": 11, "15_18": 15, "19_21": 19, "plus_21": 22}
FIRST_MONTH: Mapping[str, str] = {"6_11_mois": "6 mois", "12_23_mois": "1 an", "24_mois_plus": "2 ans"}
KEY = list(CSV_COLUMNS[:5])
NR = "NR"
RARE_WITH = {AGE_INCONNU: "plus_21", NR: "G"}
"""Codes shown only where someone is counted, and those they are counted with: their presence would tell."""
UNKNOWN_WORDS = {AGE_INCONNU: "ou inconnu", NR: "ou non renseigné", NON_RENSEIGNEE: "ou non renseignée"}
CHOSEN: Mapping[str, tuple[str, ...]] = {
    "age": (*AGES, AGE_INCONNU),
    "sexe": (*SEXES, NR),
    "situation": (*SITUATIONS, NON_RENSEIGNEE),
    "duree": tuple(DUREES),
    "motif": tuple(MOTIFS),
    "suite": tuple(SUITES),
}
"""What can be grouped: the classes. Codes of issues too, each within its family."""
ISSUES, FAMILIES = "problematique", "famille"
TABLE_OF = {
    "situation": "situations",
    "duree": "durees",
    "motif": "clotures",
    "suite": "demandes",
    ISSUES: "problematiques",
    FAMILIES: "problematiques",
}
"""The one table that uses the classes of an axis; those of age and sex are used wherever they are."""
WHERE = "service.yml, diffusion, classes"


def wider_words(codes: Sequence[str], labels: Mapping[str, str]) -> str:
    """Name several classes by one: from where the first begins to where the last ends, if they follow one another.

    Parameters
    ----------
    labels
        Words of each class, for those that do not make one range.
    """
    for axis, name in ((tuple(AGES), _ages), (tuple(DUREES), _durations)):
        start = axis.index(codes[0]) if codes[0] in axis else len(axis)
        end = start + len(codes)
        if tuple(codes) == axis[start:end]:
            return name(codes[0], axis[end]) if end < len(axis) else name(codes[0], "")
    return " ou ".join(labels[code] for code in codes)


def _ages(first: str, following: str) -> str:
    least, next_least = FIRST_AGE.get(first), FIRST_AGE.get(following)
    if least is None:
        return "Tous les âges" if next_least is None else f"Moins de {next_least} ans"
    return f"{least} ans et plus" if next_least is None else f"{least} à {next_least - 1} ans"


def _durations(first: str, following: str) -> str:
    least, next_least = FIRST_MONTH.get(first), FIRST_MONTH.get(following, "")
    less = f"moins d'{next_least}" if next_least.startswith("1 ") else f"moins de {next_least}"
    if least is None:
        return less.capitalize() if next_least else "Toutes les durées"
    return f"{least} à {less}" if next_least else f"{least} et plus"


@dataclass(frozen=True)
class Wider:
    """A wider class: the codes that it joins, and its French words."""

    codes: tuple[str, ...]
    words: str


Classes = Mapping[str, Mapping[str, Wider]]
"""Wider classes by axis and code."""
Families = Mapping[str, tuple[str, ...]]
"""Lines of the families of issues, and of the issues of each, as they are shared."""


@dataclass(frozen=True)
class Lines:
    """What the lines of the shared tables are made of.

    Parameters
    ----------
    durations
        The codes that each wider class of durations joins.
    every_partner
        Whether no partner was left out.
    """

    families: Families
    durations: Mapping[str, frozenset[str]]
    every_partner: bool


def classes_of(settings: Disclosure, service: Service) -> Classes:
    """Give the wider classes of the edition to share: those of the settings, those that hold whatever the settings.

    Returns
    -------
    By axis, code to class. Who has no known age is counted with the oldest, who has no known sex with the boys; the
    sensitive families are one.

    Raises
    ------
    SettingsError
        There is no such axis or class, a class comes twice, or issues of several families are joined.
    """
    wanted: dict[str, dict[str, Wider]] = {}
    for axis, groups in settings.regroupements.items():
        wanted[axis] = {_slug(_words(axis, group, service)): Wider(group, "") for group in groups}
    for axis, named in settings.classes.items():
        for code, one in named.items():
            codes, words = (one, "") if isinstance(one, tuple) else (one.codes, one.libelle)
            wanted.setdefault(axis, {})[code] = Wider(codes, words)
    _check(wanted, service)
    for rare, host in RARE_WITH.items():
        _host(wanted.setdefault("age" if rare == AGE_INCONNU else "sexe", {}), rare, host)
    sensitive = sensitive_families(settings, service)
    if len(sensitive) > 1:
        words = " et ".join(_subject(family) for family in sensitive).capitalize()
        wanted[FAMILIES] = {sensitive_row(settings, service): Wider(tuple(one.code for one in sensitive), words)}
    return {
        axis: {code: replace(one, words=one.words or _words(axis, one.codes, service)) for code, one in named.items()}
        for axis, named in wanted.items()
    }


def sensitive_families(settings: Disclosure, service: Service) -> tuple[Family, ...]:
    """List the sensitive families of the service.

    Raises
    ------
    SettingsError
        ``sensibles`` names a family of issues that the service does not have.
    """
    families = {family.code: family for family in service.problematiques}
    unknown = [name for name in settings.sensibles if name not in families]
    if unknown and settings.sensibles != Disclosure().sensibles:
        near = difflib.get_close_matches(unknown[0], families, n=1, cutoff=0)
        raise SettingsError(
            f"« {unknown[0]} » n'est pas une famille de problématiques du service.",
            where="service.yml, diffusion, sensibles",
            expected=", ".join(families),
            todo=f"la plus proche est « {near[0]} »",
        )
    return tuple(families[name] for name in settings.sensibles if name in families)


def sensitive_row(settings: Disclosure, service: Service) -> str:
    """Name the one row of the sensitive families; empty where there is none."""
    codes = [family.code for family in sensitive_families(settings, service)]
    return "sante_justice" if codes == ["sante", "juridiques"] else "_".join(codes)


def shared_lines(classes: Classes, settings: Disclosure, service: Service) -> Lines:
    """Say what the lines of the shared tables are made of."""
    wider = _codes_of_issues(classes)
    sensitive = sensitive_families(settings, service)
    families: dict[str, tuple[str, ...]] = {}
    for family in service.problematiques:
        issues = () if family in sensitive else dict.fromkeys(wider.get(one.code, one.code) for one in family.codes)
        families[wider.get(family.code, family.code)] = tuple(issues)
    durations = {code: frozenset(one.codes) for code, one in classes.get("duree", {}).items()}
    return Lines(families, durations, not set(settings.sensibles) & set(PARTENAIRES))


def _subject(family: Family) -> str:
    """Name what a family is about: « justice » rather than « juridiques »."""
    return {"sante": "santé", "juridiques": "justice"}.get(family.code, family.libelle.lower())


def _host(named: dict[str, Wider], rare: str, host: str) -> None:
    """Count the persons of a rare code with others, in a class of its own where the settings have none."""
    if any(rare in one.codes for one in named.values()):
        return
    code = next((code for code, one in named.items() if host in one.codes), f"{host}_ou_{rare}")
    named[code] = replace(named.get(code, Wider((host,), "")), codes=(*named.get(code, Wider((host,), "")).codes, rare))


def _check(wanted: Mapping[str, Mapping[str, Wider]], service: Service) -> None:
    families = {code.code: family.code for family in service.problematiques for code in family.codes}
    axes = {**CHOSEN, ISSUES: tuple(families)}
    for axis, named in wanted.items():
        if axis not in axes:
            raise SettingsError(f"On ne sait pas regrouper « {axis} ».", where=WHERE, expected=", ".join(axes))
        codes = [code for one in named.values() for code in one.codes]
        wrong = [code for code in codes if code not in axes[axis] or codes.count(code) > 1]
        if wrong:
            near = difflib.get_close_matches(wrong[0], axes[axis], n=1, cutoff=0)
            raise SettingsError(
                f"« {wrong[0]} » n'est pas une classe de « {axis} », ou y vient deux fois.",
                where=WHERE,
                expected=", ".join(axes[axis]),
                todo=f"la plus proche est « {near[0]} »",
            )
        used = [code for code, one in named.items() if code in axes[axis] or code in {*families.values()}]
        across = [code for code, one in named.items() if axis == ISSUES and len({families[x] for x in one.codes}) > 1]
        if used or across:
            raise SettingsError(
                f"La classe « {(used or across)[0]} » de « {axis} » ne convient pas.",
                where=WHERE,
                expected="un nouveau code" if used else "des problématiques d'une seule famille",
            )


def _words(axis: str, codes: Sequence[str], service: Service) -> str:
    labels = {family.code: family.libelle for family in service.problematiques}
    labels |= {one.code: one.libelle for family in service.problematiques for one in family.codes}
    with_words = [code for code in codes if code not in UNKNOWN_WORDS]
    one_by_one = {code: labels.get(code) or label_of(code) for code in codes}
    words = one_by_one[with_words[0]] if len(with_words) == 1 else wider_words(with_words or codes, one_by_one)
    rare = [UNKNOWN_WORDS[code] for code in codes if code in UNKNOWN_WORDS]
    return f"{words} ({rare[0]})" if rare and with_words else words


def _slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _codes_of_issues(classes: Classes) -> dict[str, str]:
    return {old: code for axis in (ISSUES, FAMILIES) for old, code in _joined(classes.get(axis, {})).items()}


def _joined(named: Mapping[str, Wider]) -> dict[str, str]:
    return {old: code for code, one in named.items() for old in one.codes}


def wider_classes(indicator_id: str, classes: Classes, links: Links) -> dict[str, str]:
    """Give the wider class of each code of a table that has one."""
    table = links.tables.get(indicator_id)
    if table is None or not table.persons:
        return {}
    wider: dict[str, str] = {}
    for axis, named in classes.items():
        by_age = axis == "age" and (table.columns in ("age", "sexe") or table.of_actions)
        if by_age or (axis == "sexe" == table.columns) or TABLE_OF.get(axis) == indicator_id:
            wider |= _joined(named)
    if table.of_actions:  # their publics are all known
        alone = {code for code in wider.values() if len(_with_usual_words(classes["age"][code].codes)) == 1}
        return {old: code for old, code in wider.items() if code not in alone}
    return wider


def _with_usual_words(codes: Iterable[str]) -> list[str]:
    return [code for code in codes if code not in UNKNOWN_WORDS]


def regroup(figures: pd.DataFrame, classes: Classes, links: Links) -> pd.DataFrame:
    """Join classes in every table that uses them.

    Parameters
    ----------
    figures
        Columns of ``indicateurs.csv``, of any number of tables and territories.

    Returns
    -------
    The same, one row per figure, each where the first of those that it joins was.
    """
    renamed = figures.copy(deep=False)
    for indicator_id in figures["indicateur"].unique():
        wider = wider_classes(indicator_id, classes, links)
        if wider:
            of_table = figures["indicateur"].eq(indicator_id)
            for axis in ("ligne", "colonne"):
                codes = renamed[axis]
                renamed[axis] = codes.mask(of_table & codes.isin(wider), codes.map(wider))
    again = renamed.duplicated(KEY, keep=False)
    joined = _summed(renamed[again])
    return pd.concat([renamed[~again], joined]).sort_index().reset_index(drop=True).astype(figures.dtypes.to_dict())


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the figures of one cell; the result stands at the index of the first."""
    counted = rows.assign(known=~rows["etat"].isin(WITHOUT_VALUE), first=rows.index)
    grouped = counted.groupby([*KEY, "unite"], sort=False, as_index=False).agg(
        known=("known", "sum"),
        rows=("known", "size"),
        etat=("etat", "first"),
        states=("etat", "nunique"),
        valeur=("valeur", "sum"),
        numbers=("valeur", "count"),
        first=("first", "first"),
    )
    mixed = grouped["states"] != 1
    state = pd.Series(sum_states(grouped["known"], grouped["rows"]), index=grouped.index)
    grouped["etat"] = grouped["etat"].mask(mixed, state)
    without = grouped["etat"].isin(WITHOUT_VALUE) | (grouped["numbers"] == 0)
    grouped["valeur"] = grouped["valeur"].mask(without)
    return grouped.set_index("first")[list(CSV_COLUMNS)]


def with_classes_of(data: TableData, figures: pd.DataFrame, classes: Classes, links: Links) -> TableData:
    """Give a table the figures of the edition to share, and the lines and columns these have.

    Returns
    -------
    The table, without the words of the lines and columns that are not shared; a wider class is named by its words.
    """
    wider = wider_classes(data.id, classes, links)
    words = {code: one.words for named in classes.values() for code, one in named.items() if code in wider.values()}
    gone_lines = _gone(data.figures["ligne"], figures["ligne"], wider)
    gone_columns = _gone(data.figures["colonne"], figures["colonne"], wider)
    texts = data.texts[~data.texts["ligne"].isin(gone_lines) & ~data.texts["colonne"].isin(gone_columns)]
    texts = texts.assign(ligne=texts["ligne"].replace(wider), colonne=texts["colonne"].replace(wider))
    rows = [row for row in data.rows if row.code not in gone_lines]
    columns = [column for column in data.columns if column.code not in gone_columns]
    return replace(
        data,
        rows=_with_rare_line(data.id, _renamed(rows, wider, words), figures),
        columns=_renamed(columns, wider, words),
        figures=figures,
        texts=texts.drop_duplicates(["ligne", "colonne"], ignore_index=True),
    )


def _gone(before: pd.Series[str], after: pd.Series[str], wider: Mapping[str, str]) -> set[str]:
    """List the codes that had figures and, wider or not, have none."""
    left = set(after)
    return {code for code in set(before) if wider.get(code, code) not in left}


def _with_rare_line(indicator_id: str, rows: tuple[Row, ...], figures: pd.DataFrame) -> tuple[Row, ...]:
    missing = set(figures["ligne"]) - {row.code for row in rows}
    if indicator_id != "situations" or NON_RENSEIGNEE not in missing:
        return rows
    place = next((rank for rank, row in enumerate(rows) if row.kind == "total"), len(rows))
    return (*rows[:place], Row(NON_RENSEIGNEE, label_of(NON_RENSEIGNEE)), *rows[place:])


T = TypeVar("T", Row, Col)


def _renamed(items: Sequence[T], wider: Mapping[str, str], words: Mapping[str, str]) -> tuple[T, ...]:
    """Give each line or column its wider code and words, once."""
    renamed: dict[str, T] = {}
    for item in items:
        code = wider.get(item.code, item.code)
        renamed.setdefault(code, replace(item, code=code, label=words.get(code, item.label)))
    return tuple(renamed.values())
