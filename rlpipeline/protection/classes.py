"""Fewer, wider classes before protection, the same for every year, and the words of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import pandas as pd

from rlpipeline.declared import FigureKey, Links
from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS, Col, Row, TableData, label_of
from rlpipeline.figures.labels import AGE_INCONNU, AGES, DUREES, MOTIFS, NON_RENSEIGNEE, SEXES, SITUATIONS, SUITES
from rlpipeline.figures.tidy import WITHOUT_VALUE, sum_states
from rlpipeline.links import Classes
from rlpipeline.settings.models import Disclosure, Family, Service, WiderClass
from rlpipeline.settings.strict_yaml import packaged

FIRST_AGES = (None, 11, 15, 19, 22, None)
"""From which age each class is, and what follows the last."""
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
SUBJECTS = {"sante": "santé", "juridiques": "justice"}
WHERE = "service.yml, diffusion, classes"
WORDS: Mapping[str, Any] = packaged("protection/mots.yml")


def classes_of(settings: Disclosure, service: Service) -> Classes:
    """Give the wider classes of the edition to share, by axis and code: those of the settings, those of any service.

    Who has no known age is counted with the oldest, who has no known sex with the boys; the sensitive families are one.
    A class that cannot be is a :class:`SettingsError`.
    """
    wanted = {
        axis: {code: one.codes if isinstance(one, WiderClass) else one for code, one in named.items()}
        for axis, named in settings.classes.items()
    }
    _check(wanted, service)
    for axis, rare in (("age", AGE_INCONNU), ("sexe", NR)):
        named, host = wanted.setdefault(axis, {}), RARE_WITH[rare]
        if not any(rare in codes for codes in named.values()):
            code = next((code for code, codes in named.items() if host in codes), f"{host}_ou_{rare}")
            named[code] = (*named.get(code, (host,)), rare)
    if len(sensitive := sensitive_families(settings, service)) > 1:
        wanted[FAMILIES] = {sensitive_row(settings, service): tuple(family.code for family in sensitive)}
    return wanted


def words_of_classes(settings: Disclosure, service: Service) -> Mapping[str, str]:
    """Name each wider class: as the settings do, else by what it joins."""
    every = [one for named in classes_of(settings, service).values() for one in named.items()]
    own = [one for named in settings.classes.values() for one in named.items()]
    subjects = [SUBJECTS.get(one.code, one.libelle.lower()) for one in sensitive_families(settings, service)]
    return {
        **{code: words_of(codes, service) for code, codes in every},
        **{code: wider.libelle for code, wider in own if isinstance(wider, WiderClass)},
        sensitive_row(settings, service): " et ".join(subjects).capitalize(),
    }


def _check(wanted: Classes, service: Service) -> None:
    families = {code.code: family.code for family in service.problematiques for code in family.codes}
    axes = {**CHOSEN, ISSUES: tuple(families)}
    for axis, named in wanted.items():
        if axis not in axes:
            raise SettingsError(f"On ne sait pas regrouper « {axis} ».", where=WHERE, expected=", ".join(axes))
        every = [code for codes in named.values() for code in codes]
        across = [code for code, codes in named.items() if len({families.get(one) for one in codes}) > 1]
        for wrong, expected in (
            ([code for code in every if code not in axes[axis]], f"l'un de {', '.join(axes[axis])}"),
            ([code for code in every if every.count(code) > 1], "chaque code dans une seule classe"),
            ([code for code in named if code in {*axes[axis], *families.values()}], "un nouveau code"),
            (across, "des problématiques d'une seule famille"),
        ):
            if wrong:
                said = f"Le code « {wrong[0]} » ne convient pas aux classes de « {axis} »."
                raise SettingsError(said, where=WHERE, expected=expected)


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


def words_of(codes: Collection[str], service: Service) -> str:
    """Name several classes by one: from where the first begins to where the last ends, if they follow one another."""
    labels = {family.code: family.libelle for family in service.problematiques}
    labels |= {one.code: one.libelle for family in service.problematiques for one in family.codes}
    usual = [code for code in codes if code not in UNKNOWN_WORDS]
    rare = [UNKNOWN_WORDS[code] for code in codes if code in UNKNOWN_WORDS]
    words = " ou ".join(labels.get(code) or label_of(code) for code in usual or codes)
    start = [*AGES, *usual[:1]].index(usual[0]) if usual else 0
    end = start + len(usual)
    if len(usual) > 1 and usual == [*AGES][start:end]:
        least, following = FIRST_AGES[start], FIRST_AGES[end]
        words = f"{least} ans et plus" if least else "Tous les âges"
        if following:
            words = f"{least} à {following - 1} ans" if least else f"Moins de {following} ans"
    return f"{words} ({rare[0]})" if rare and usual else words


def wider_classes(indicator_id: str, classes: Classes, links: Links) -> dict[str, str]:
    """Give the wider class of each code of a table that has one."""
    if indicator_id not in links.persons:
        return {}
    wider: dict[str, str] = {}
    table = links.tables[indicator_id]
    used = {"age": table.of_actions or table.columns in ("age", "sexe"), "sexe": table.columns == "sexe"}
    for axis, named in classes.items():
        if used.get(axis, TABLE_OF.get(axis, ISSUE_TABLE) == indicator_id):
            wider |= {old: code for code, codes in named.items() for old in codes}
    if table.of_actions:  # their publics are all known
        alone = {code for code, codes in classes.get("age", {}).items() if len({*codes} - {*UNKNOWN_WORDS}) == 1}
        return {old: code for old, code in wider.items() if code not in alone}
    return wider


def regroup(figures: pd.DataFrame, classes: Classes, links: Links) -> pd.DataFrame:
    """Join classes in every table that uses them: one row per figure, where the first of those that it joins was."""
    ids = figures["indicateur"].tolist()
    wider = {id: wider_classes(id, classes, links) for id in {*ids}}
    coded = {axis: zip(ids, figures[axis].tolist(), strict=True) for axis in ("ligne", "colonne")}
    joined = {axis: [wider[id].get(code, code) for id, code in pairs] for axis, pairs in coded.items()}
    counted = figures.assign(**joined, known=~figures["etat"].isin(WITHOUT_VALUE))
    grouped = counted.groupby([*KEY, "unite"], sort=False, as_index=False).agg(
        known=("known", "sum"),
        rows=("known", "size"),
        etat=("etat", "first"),
        states=("etat", "nunique"),
        valeur=("valeur", "sum"),
        numbers=("valeur", "count"),
    )
    of_several = pd.Series(sum_states(grouped["known"], grouped["rows"]), index=grouped.index)
    state = grouped["etat"].where(grouped["states"] == 1, of_several)
    value = grouped["valeur"].mask(state.isin(WITHOUT_VALUE) | (grouped["numbers"] == 0))
    return grouped.assign(etat=state, valeur=value)[[*CSV_COLUMNS]].astype(figures.dtypes.to_dict())


T = TypeVar("T", Row, Col)


def with_classes_of(
    data: TableData, figures: pd.DataFrame, wider: Mapping[str, str], words: Mapping[str, str]
) -> TableData:
    """Give a table the figures of the edition to share, with the words of the lines and columns that it has."""
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
                label = words.get(code, item.label) if code in wider.values() else item.label
                each.setdefault(code, replace(item, code=code, label=label))
        return tuple(each.values())

    rows = renamed(data.rows, "ligne")
    if data.id == "situations" and NON_RENSEIGNEE in shown["ligne"] - {row.code for row in rows}:
        place = next((rank for rank, row in enumerate(rows) if row.kind == "total"), len(rows))
        rows = (*rows[:place], Row(NON_RENSEIGNEE, label_of(NON_RENSEIGNEE)), *rows[place:])
    columns = renamed(data.columns, "colonne")
    texts = texts.drop_duplicates(["ligne", "colonne"], ignore_index=True)
    return replace(data, rows=rows, columns=columns, figures=figures, texts=texts)
