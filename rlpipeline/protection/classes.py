"""What is shared at all, in fewer, wider classes, the same for every year, with their words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from rlpipeline.declared import RATE, FigureKey, Links
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
"""What is said of tables of which some lines only are shared."""
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
LEFT_OUT = LISTS["tableau_non_diffuse"]


def classes_of(settings: Disclosure, service: Service) -> Classes:
    """Give the wider classes of the edition to share, by axis and code: those of the settings, those of any service.

    Who has no known age is counted with the oldest, who has no known sex with the boys; the sensitive families are one.
    A class that cannot be is a :class:`SettingsError`.
    """
    wanted = {
        axis: {
            code: one.codes if isinstance(one, WiderClass) else one for code, one in named.items()
        }
        for axis, named in settings.classes.items()
    }
    _check(wanted, service)
    for axis, rare in (("age", AGE_INCONNU), ("sexe", NR)):
        named, host = wanted.setdefault(axis, {}), RARE_WITH[rare]
        if not any(rare in codes for codes in named.values()):
            code = next(
                (code for code, codes in named.items() if host in codes), f"{host}_ou_{rare}"
            )
            named[code] = (*named.get(code, (host,)), rare)
    if len(sensitive := sensitive_families(settings, service)) > 1:
        wanted[FAMILIES] = {
            sensitive_row(settings, service): tuple(family.code for family in sensitive)
        }
    return wanted


def words_of_classes(settings: Disclosure, service: Service) -> Mapping[str, str]:
    """Name each wider class: as the settings do, else by what it joins."""
    every = [one for named in classes_of(settings, service).values() for one in named.items()]
    own = [one for named in settings.classes.values() for one in named.items()]
    subjects = [
        SUBJECTS.get(one.code, one.libelle.lower()) for one in sensitive_families(settings, service)
    ]
    return {
        **{code: words_of(codes, service) for code, codes in every},
        **{code: wider.libelle for code, wider in own if isinstance(wider, WiderClass)},
        sensitive_row(settings, service): " et ".join(subjects).capitalize(),
    }


def _check(wanted: Classes, service: Service) -> None:
    families = {
        code.code: family.code for family in service.problematiques for code in family.codes
    }
    axes = {**CHOSEN, ISSUES: tuple(families)}
    for axis, named in wanted.items():
        if axis not in axes:
            raise SettingsError(
                f"On ne sait pas regrouper « {axis} ».", where=WHERE, expected=", ".join(axes)
            )
        every = [code for codes in named.values() for code in codes]
        across = [
            code for code, codes in named.items() if len({families.get(one) for one in codes}) > 1
        ]
        for wrong, expected in (
            (
                [code for code in every if code not in axes[axis]],
                f"l'un de {', '.join(axes[axis])}",
            ),
            (
                [code for code in every if every.count(code) > 1],
                "chaque code dans une seule classe",
            ),
            (
                [code for code in named if code in {*axes[axis], *families.values()}],
                "un nouveau code",
            ),
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
        raise SettingsError(
            said, where="service.yml, diffusion, sensibles", expected=", ".join(families)
        )
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
    across = table.columns.variable
    used = {
        "age": table.of_actions or across in ("age", "sexe"),
        "sexe": across == "sexe",
    }
    for axis, named in classes.items():
        if used.get(axis, TABLE_OF.get(axis, ISSUE_TABLE) == indicator_id):
            wider |= {old: code for code, codes in named.items() for old in codes}
    if table.of_actions:  # their publics are all known
        alone = {
            code
            for code, codes in classes.get("age", {}).items()
            if len({*codes} - {*UNKNOWN_WORDS}) == 1
        }
        return {old: code for old, code in wider.items() if code not in alone}
    return wider


def regroup(figures: pd.DataFrame, classes: Classes, links: Links) -> pd.DataFrame:
    """Join classes in every table that uses them: one row per figure, where the first of those that it joins was."""
    ids = figures["indicateur"].tolist()
    wider = {id: wider_classes(id, classes, links) for id in {*ids}}
    coded = {axis: zip(ids, figures[axis].tolist(), strict=True) for axis in ("ligne", "colonne")}
    joined = {
        axis: [wider[id].get(code, code) for id, code in pairs] for axis, pairs in coded.items()
    }
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
        axis: {code for code in {*data.figures[axis]} if wider.get(code, code) not in shown[axis]}
        for axis in shown
    }
    texts = data.texts[
        ~data.texts["ligne"].isin(gone["ligne"]) & ~data.texts["colonne"].isin(gone["colonne"])
    ]
    texts = texts.assign(
        ligne=texts["ligne"].replace(wider), colonne=texts["colonne"].replace(wider)
    )

    def renamed(items: Sequence[T], axis: str) -> tuple[T, ...]:
        each: dict[str, T] = {}
        for item in items:
            if item.code not in gone[axis]:
                code = wider.get(item.code, item.code)
                label = words.get(code, item.label) if code in wider.values() else item.label
                each.setdefault(code, replace(item, code=code, label=label))
        return tuple(each.values())

    texts = texts.drop_duplicates(["ligne", "colonne"], ignore_index=True)
    counted = figures[figures["unite"].isin(PROTECTED_UNITS) & figures["annee"].eq(data.year)]
    rows, columns = renamed(data.rows, "ligne"), renamed(data.columns, "colonne")
    lines = [
        Row(code, words.get(code) or label_of(code)) for code in _lacking(counted["ligne"], rows)
    ]
    more = [
        Col(code, GONE if data.spec.of_actions else words.get(code) or label_of(code))
        for code in _lacking(counted["colonne"], columns)
    ]
    rows, columns = _before_total(rows, lines), _before_total(columns, more)
    return replace(data, rows=rows, columns=columns, figures=figures, texts=texts)


def _lacking(codes: pd.Series[str], items: Sequence[T]) -> list[str]:
    """List the lines or columns that have figures and that the exact table does not have, or has no more."""
    shown = {item.code for item in items}
    return [code for code in dict.fromkeys(codes) if code not in shown]


def _before_total(items: tuple[T, ...], more: Sequence[T]) -> tuple[T, ...]:
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
    whole = _with_unknown_situation(figures)
    keys = [*map(FigureKey, *(whole[name].tolist() for name in KEY))]
    valued = zip(keys, whole["valeur"], strict=True)
    few = {
        key[:3] for key, value in valued if 0 <= value < few_of(key, declared.links, settings.base)
    }
    of_total = whole["ligne"].eq(TOTAL) & whole["colonne"].isin((*MEASURED, NOUVEAUX))
    every = whole[of_total | np.array([key[:3] not in few for key in keys], bool)].reset_index(
        drop=True
    )
    sensitive = sensitive_families(settings, service)
    of_sensitive = {code.code for family in sensitive for code in family.codes}
    codes = {code.code for family in service.problematiques for code in family.codes}
    table, line, column = every["indicateur"], every["ligne"], every["colonne"]
    of_one = every["territoire"].ne(SERVICE)
    on_total = column.eq(TOTAL)
    by_sex = [id for id, of in declared.about_persons.items() if of.columns.variable == "sexe"]
    margin = on_total | (line.eq(TOTAL) & table.isin(by_sex))
    crossed = table.isin(CROSSED_TABLES)
    issues = table.eq("problematiques") & line.isin(codes)
    shared = (
        ~table.isin(declared.not_shared)
        & (table.ne("orientations") | line.eq(TOTAL))
        & (table.ne("flux_paei") | line.eq(STOCK) | ~of_one)
        & ~(table.isin(OF_PERSONS) & line.isin(settings.sensibles))
        & (~issues | (on_total & ~of_one & ~line.isin(of_sensitive)))
        & (margin | ~(table.isin(ONE_DIMENSION) | (crossed & of_one)))
    )
    if len(service.communes) == 1:
        shared &= ~(
            of_one & table.isin(declared.about_persons) & every["unite"].isin(PROTECTED_UNITS)
        )
    return every[shared].reset_index(drop=True)


def _with_unknown_situation(figures: pd.DataFrame) -> pd.DataFrame:
    """Add a line of zeros before the total, where some line has a number: its presence would say someone is counted."""
    numbered, line = (
        figures["indicateur"].eq("situations") & figures["etat"].ne(NC),
        figures["ligne"],
    )
    told = figures.loc[numbered & line.ne(TOTAL), "territoire"]
    there = figures.loc[
        figures["indicateur"].eq("situations") & line.eq(NON_RENSEIGNEE), "territoire"
    ]
    without = figures["territoire"].isin(told) & ~figures["territoire"].isin(there)
    totals = figures[numbered & line.eq(TOTAL) & without]
    zeros = totals.assign(ligne=NON_RENSEIGNEE, valeur=0.0, etat=OK)
    order = np.concatenate([figures.index.to_numpy() * 2.0, totals.index.to_numpy() * 2.0 - 1])
    return pd.concat([figures, zeros]).iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def few_of(key: FigureKey, links: Links, base: int) -> int:
    """Give the least total of a territory's table that shows its lines, for such a total; 0 for the others."""
    of_lines = key.indicateur in links.split and key.ligne == TOTAL and key.colonne in MEASURED
    return FEW_BASES * base if of_lines and key.territoire != SERVICE else 0


def without_rates_of_rounded(figures: pd.DataFrame, links: Links) -> pd.DataFrame:
    """Mask the rates of counts that are not published exactly: they would give them back."""
    hidden = pd.Series(False, index=figures.index)
    for link in (link for link in links.all if link.sign == RATE):
        rate, counted = link.left[0], link.right[0]
        of_count = figures["indicateur"].eq(counted.table) & figures["etat"].eq(OK)
        of_count &= figures["ligne"].eq(str(counted.line)) & figures["colonne"].eq(
            str(counted.column)
        )
        exact = figures.loc[of_count, ["annee", "territoire"]].itertuples(index=False, name=None)
        known = pd.MultiIndex.from_frame(figures[["annee", "ligne"]]).isin([*exact])
        hidden |= (
            figures["indicateur"].eq(rate.table) & figures["colonne"].eq(str(rate.column)) & ~known
        )
    hidden &= figures["etat"].eq(OK)
    return figures.assign(
        valeur=figures["valeur"].mask(hidden), etat=figures["etat"].mask(hidden, MASQUE)
    )
