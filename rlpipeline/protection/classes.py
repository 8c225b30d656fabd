"""Fewer, wider classes before protection, the same for every year, and the words of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import pandas as pd

from rlpipeline.declared import FigureKey, Links
from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS, Col, Row, TableData, label_of
from rlpipeline.figures.labels import AGE_INCONNU, AGES, DUREES, MOTIFS, NON_RENSEIGNEE, SEXES, SITUATIONS, SUITES
from rlpipeline.figures.tidy import WITHOUT_VALUE, sum_states
from rlpipeline.settings.models import Disclosure, Family, Service

FIRST_AGE: Mapping[str, int] = {"11_14": 11, "15_18": 15, "19_21": 19, "plus_21": 22}
KEY = list(FigureKey._fields)
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
ISSUES, FAMILIES, ISSUE_TABLE = "problematique", "famille", "problematiques"
TABLE_OF = {"situation": "situations", "duree": "durees", "motif": "clotures", "suite": "demandes"}
"""The one table that uses the classes of an axis; those of age and sex are used wherever they are."""
WHERE = "service.yml, diffusion, classes"


@dataclass(frozen=True)
class Wider:
    """A wider class: the codes that it joins, and its French words."""

    codes: tuple[str, ...]
    words: str = ""


Classes = Mapping[str, Mapping[str, Wider]]
"""Wider classes by axis and code."""


def classes_of(settings: Disclosure, service: Service) -> Classes:
    """Give the wider classes of the edition to share, by axis and code: those of the settings, those of any service.

    Who has no known age is counted with the oldest, who has no known sex with the boys; the sensitive families are one.
    A class that cannot be is a :class:`SettingsError`.
    """
    wanted = {
        axis: {
            code: Wider(one) if isinstance(one, tuple) else Wider(one.codes, one.libelle) for code, one in named.items()
        }
        for axis, named in settings.classes.items()
    }
    _check(wanted, service)
    for axis, rare in (("age", AGE_INCONNU), ("sexe", NR)):
        named, host = wanted.setdefault(axis, {}), RARE_WITH[rare]
        if not any(rare in one.codes for one in named.values()):
            code = next((code for code, one in named.items() if host in one.codes), f"{host}_ou_{rare}")
            wider = named.get(code, Wider((host,)))
            named[code] = replace(wider, codes=(*wider.codes, rare))
    sensitive = sensitive_families(settings, service)
    if len(sensitive) > 1:
        subjects = {"sante": "santé", "juridiques": "justice"}
        words = " et ".join(subjects.get(family.code, family.libelle.lower()) for family in sensitive).capitalize()
        wanted[FAMILIES] = {sensitive_row(settings, service): Wider(tuple(one.code for one in sensitive), words)}
    return {
        axis: {code: replace(one, words=one.words or words_of(one.codes, service)) for code, one in named.items()}
        for axis, named in wanted.items()
    }


def _check(wanted: Classes, service: Service) -> None:
    families = {code.code: family.code for family in service.problematiques for code in family.codes}
    axes = {**CHOSEN, ISSUES: tuple(families)}
    for axis, named in wanted.items():
        if axis not in axes:
            raise SettingsError(f"On ne sait pas regrouper « {axis} ».", where=WHERE, expected=", ".join(axes))
        codes = [code for one in named.values() for code in one.codes]
        if wrong := [code for code in codes if code not in axes[axis] or codes.count(code) > 1]:
            said = f"« {wrong[0]} » n'est pas une classe de « {axis} », ou y vient deux fois."
            raise SettingsError(said, where=WHERE, expected=", ".join(axes[axis]))
        used = [code for code, one in named.items() if code in axes[axis] or code in {*families.values()}]
        across = [code for code, one in named.items() if axis == ISSUES and len({families[x] for x in one.codes}) > 1]
        if used or across:
            raise SettingsError(
                f"La classe « {(used or across)[0]} » de « {axis} » ne convient pas.",
                where=WHERE,
                expected="un nouveau code" if used else "des problématiques d'une seule famille",
            )


def sensitive_families(settings: Disclosure, service: Service) -> tuple[Family, ...]:
    """List the sensitive families of the service; one that it does not have is a :class:`SettingsError`."""
    families = {family.code: family for family in service.problematiques}
    unknown = [name for name in settings.sensibles if name not in families]
    if unknown and settings.sensibles != Disclosure().sensibles:
        said = f"« {unknown[0]} » n'est pas une famille de problématiques du service."
        raise SettingsError(said, where="service.yml, diffusion, sensibles", expected=", ".join(families))
    return tuple(families[name] for name in settings.sensibles if name in families)


def sensitive_row(settings: Disclosure, service: Service) -> str:
    """Name the one row of the sensitive families; empty where there is none."""
    codes = [family.code for family in sensitive_families(settings, service)]
    return "sante_justice" if codes == ["sante", "juridiques"] else "_".join(codes)


def words_of(codes: Sequence[str], service: Service) -> str:
    """Name several classes by one: from where the first begins to where the last ends, if they follow one another."""
    labels = {family.code: family.libelle for family in service.problematiques}
    labels |= {one.code: one.libelle for family in service.problematiques for one in family.codes}
    usual = [code for code in codes if code not in UNKNOWN_WORDS]
    rare = [UNKNOWN_WORDS[code] for code in codes if code in UNKNOWN_WORDS]
    words = " ou ".join(labels.get(code) or label_of(code) for code in usual or codes)
    ages = [*AGES, ""]
    start = ages.index(usual[0]) if usual and usual[0] in AGES else len(AGES)
    end = start + len(usual)
    if len(usual) > 1 and usual == ages[start:end]:
        words = _ages(usual[0], ages[end])
    return f"{words} ({rare[0]})" if rare and usual else words


def _ages(first: str, following: str) -> str:
    least, next_least = FIRST_AGE.get(first), FIRST_AGE.get(following)
    if least is None:
        return "Tous les âges" if next_least is None else f"Moins de {next_least} ans"
    return f"{least} ans et plus" if next_least is None else f"{least} à {next_least - 1} ans"


def spelled(classes: Classes) -> dict[str, dict[str, list[str]]]:
    """Give the codes of each wider class, as a release tells them."""
    return {axis: {code: [*one.codes] for code, one in named.items()} for axis, named in classes.items()}


def wider_classes(indicator_id: str, classes: Classes, links: Links) -> dict[str, str]:
    """Give the wider class of each code of a table that has one."""
    if indicator_id not in links.persons:
        return {}
    wider: dict[str, str] = {}
    table = links.tables[indicator_id]
    used = {"age": table.of_actions or table.columns in ("age", "sexe"), "sexe": table.columns == "sexe"}
    for axis, named in classes.items():
        if used.get(axis, TABLE_OF.get(axis, ISSUE_TABLE) == indicator_id):
            wider |= {old: code for code, one in named.items() for old in one.codes}
    if table.of_actions:  # their publics are all known
        alone = {code for code, one in classes.get("age", {}).items() if len({*one.codes} - {*UNKNOWN_WORDS}) == 1}
        return {old: code for old, code in wider.items() if code not in alone}
    return wider


def regroup(figures: pd.DataFrame, classes: Classes, links: Links) -> pd.DataFrame:
    """Join classes in every table that uses them: one row per figure, where the first of those that it joins was."""
    renamed = figures.copy(deep=False)
    for indicator_id in figures["indicateur"].unique():
        if wider := wider_classes(indicator_id, classes, links):
            of_table = figures["indicateur"].eq(indicator_id)
            for axis in ("ligne", "colonne"):
                codes = renamed[axis]
                renamed[axis] = codes.mask(of_table & codes.isin(wider), codes.map(wider))
    again = renamed.duplicated(KEY, keep=False)
    joined = _summed(renamed[again])
    return pd.concat([renamed[~again], joined]).sort_index().reset_index(drop=True).astype(figures.dtypes.to_dict())


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
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


T = TypeVar("T", Row, Col)


def with_classes_of(data: TableData, figures: pd.DataFrame, classes: Classes, links: Links) -> TableData:
    """Give a table the figures of the edition to share, with the words of the lines and columns that it has."""
    wider = wider_classes(data.id, classes, links)
    words = {code: one.words for named in classes.values() for code, one in named.items() if code in wider.values()}
    shown = {axis: {*figures[axis]} for axis in ("ligne", "colonne")}
    gone = {
        axis: {code for code in {*data.figures[axis]} if wider.get(code, code) not in shown[axis]} for axis in shown
    }
    texts = data.texts[~data.texts["ligne"].isin(gone["ligne"]) & ~data.texts["colonne"].isin(gone["colonne"])]
    texts = texts.assign(ligne=texts["ligne"].replace(wider), colonne=texts["colonne"].replace(wider))

    def renamed(items: Sequence[T], axis: str) -> tuple[T, ...]:
        each: dict[str, T] = {}
        for item in items:
            if item.code not in gone[axis]:
                code = wider.get(item.code, item.code)
                each.setdefault(code, replace(item, code=code, label=words.get(code, item.label)))
        return tuple(each.values())

    rows = renamed(data.rows, "ligne")
    if data.id == "situations" and NON_RENSEIGNEE in shown["ligne"] - {row.code for row in rows}:
        place = next((rank for rank, row in enumerate(rows) if row.kind == "total"), len(rows))
        rows = (*rows[:place], Row(NON_RENSEIGNEE, label_of(NON_RENSEIGNEE)), *rows[place:])
    columns = renamed(data.columns, "colonne")
    texts = texts.drop_duplicates(["ligne", "colonne"], ignore_index=True)
    return replace(data, rows=rows, columns=columns, figures=figures, texts=texts)
