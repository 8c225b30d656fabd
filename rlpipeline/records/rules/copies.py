"""What stands twice: rows, pasted blocks and years, people under two identifiers, names written in several ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from rlpipeline.records.names import identity, words_in
from rlpipeline.records.rules.rule import Told, Whole, beyond_rate, no_chance, rule, years_of
from rlpipeline.records.schema import Mask
from rlpipeline.records.table import Table

NEVER_ALIKE = frozenset({"financements", "instances", "reseaux", "partenaires", "presences"})
"""Tables where any row like another is one too many."""
WHOLE_YEARS: Mapping[str, int] = {"personnel": 1, "problematiques": 4}
"""Tables where equal rows are ordinary, unless each row of a year has its copy; and the fewest copies then."""
MOSTLY = frozenset({"demandes", "orientations", "temps", "jeunes", "suivis"})
"""Tables where a few equal rows are ordinary, but not more than a third of a year."""
SHARE, FEWEST, MOST = 1 / 3, 4, 0.8
COINCIDENCES, OF_AN_AGE = 1e-2, 730
"""Pairs of people alike in everything that chance gives in the whole table, at most, for a pair to be told;
and the days of birth among whom is met together, in a class: two years."""
SHOWN = {"jeunes": "premier_contact", "suivis": "date_debut", "orientations": "date", "personnel": "poste"}
"""The column that a finding shows, where it is not the second."""
COMPARED = ("seances", "jours", "nb_partenaires", "partenaires", "financements", "unite")


SENTENCE = (
    "Ligne identique en tout à une ligne plus haut, sans doute entrée ou collée deux fois, et comptée deux fois ; "
    "retirer la copie"
)


def shown(table: Table) -> str:
    """The column that a finding about a whole row shows."""
    return SHOWN.get(table.name, table.contract.column_names[1])


def entered_twice(table: Table, tables: Mapping[str, Table]) -> Mask:
    """Rows that repeat an earlier one beyond what chance gives."""
    name, frame = table.name, table.frame
    compared = [column for column in frame.columns if (column,) != table.contract.key]
    again: Mask = frame.duplicated(compared).to_numpy(bool)
    for column in table.texts.values():  # what could not be read may differ
        again = again & ~column.unread
    if name in NEVER_ALIKE or not again.any():
        return again
    years = years_of(table, tables)
    by_year = pd.DataFrame({"again": again, "alike": frame.duplicated(compared, keep=False)}).groupby(years)
    copies = by_year["again"].transform("sum")
    if name in WHOLE_YEARS:
        return again & (by_year["alike"].transform("all") & (copies >= WHOLE_YEARS[name])).to_numpy(bool)
    if name not in MOSTLY:
        return np.zeros(len(again), dtype=bool)
    pasted = (by_year["again"].transform("mean") > SHARE) & (copies >= FEWEST)
    if len(table.contract.key) == 1:
        return again & (pasted.to_numpy(bool) | _too_alike(table, frame[compared], again, tables))
    return again & (pasted.to_numpy(bool) | _in_months(table, again) | _in_blocks(frame[compared], again))


def _too_alike(table: Table, frame: pd.DataFrame, again: Mask, tables: Mapping[str, Table]) -> Mask:
    """Rows alike in every column, where chance gives hardly a pair in one day; nor twins, nor a class."""
    day = frame[SHOWN[table.name]]
    names = [str(name) for name in frame.columns]
    alike = [float((frame[name].value_counts(normalize=True, dropna=False) ** 2).sum()) for name in names]
    others = day.map(day.value_counts()) - 1
    by_chance = others.sum() / 2 * np.prod(alike) / alike[names.index(str(day.name))]
    crowd = (
        others * (others + 1) / 2 / OF_AN_AGE >= COINCIDENCES
        if table.name == "jeunes"
        else pd.Series(False, frame.index)
    )
    told: Mask = (by_chance < COINCIDENCES) & ~crowd.to_numpy(bool) & ~_other_lives(table, again, names, tables)
    return told


def _other_lives(table: Table, again: Mask, compared: list[str], tables: Mapping[str, Table]) -> Mask:
    """Young people alike, each with follow-ups, which last otherwise: twins."""
    twins: Mask = np.zeros(len(again), dtype=bool)
    if table.name == "jeunes" and "suivis" in tables:
        suivis = tables["suivis"].frame.fillna({"date_fin": tables["suivis"].frame["date_debut"]})
        lived = (suivis["date_debut"] - suivis["date_fin"]).groupby(suivis["id_jeune"]).agg(set).to_dict()
        alike = table.frame[table.frame.duplicated(compared, keep=False)]
        for rows in alike.groupby(compared, dropna=False).groups.values():
            first, *others = (lived.get(alike["id_jeune"][row], set()) for row in rows)
            for row, other in zip(rows[1:], others, strict=True):
                twins[row] = bool(first) and bool(other) and first != other
    return twins


def _in_months(table: Table, again: Mask) -> Mask:
    """Copies of months that hold more of them than the rest of the table does."""
    if "date" not in table.frame:
        return np.zeros(len(again), dtype=bool)
    by_month = pd.Series(again).groupby(table.frame["date"].dt.to_period("M")).agg(["sum", "size"])
    beyond = []
    for month, copies, rows in by_month.itertuples():
        rate = (again.sum() - copies + 1) / (len(again) - rows + 2)
        if copies >= FEWEST and beyond_rate(copies, rows, rate) > no_chance(len(by_month)):
            beyond.append(month)
    mask: Mask = table.frame["date"].dt.to_period("M").isin(beyond).to_numpy(bool)
    return mask


def _in_blocks(frame: pd.DataFrame, again: Mask) -> Mask:
    """Copies that follow each other as the rows that they copy do, in blocks so long that it is no chance."""
    first = pd.Series(np.arange(len(frame))).groupby([frame[name] for name in frame], dropna=False).transform("first")
    offset = np.where(again, np.arange(len(frame)) - first.to_numpy(), 0)
    runs = np.cumsum(np.r_[True, offset[1:] != offset[:-1]])
    lengths = np.bincount(runs)[runs]
    mask: Mask = (-np.log(again.mean()) * lengths > no_chance(len(again))) & (offset >= lengths)
    return mask


@rule("P404", "actions", "libelle")
def actions_twice(actions: Table, whole: Whole) -> Iterator[Told]:
    """Actions of one year and title entered twice: numbers, partners, funding alike; publics alike or not entered."""
    frame = actions.frame
    names = ["annee", "commune", "categorie", "titre", *(name for name in COMPARED if name in actions.texts)]
    titles = {text: identity(text) for text in frame["libelle"].dropna().unique()}
    alike = frame.assign(titre=frame["libelle"].map(titles))
    alike = alike[alike["titre"].notna() & alike.duplicated(names, keep=False)]
    publics = {}
    if "participations" in whole.tables:
        numbers = whole.tables["participations"].frame.fillna({"nombre": -1})
        of_actions = numbers[numbers["id_action"].isin(alike["id_action"])].groupby("id_action")
        publics = {action: frozenset(zip(rows["public"], rows["nombre"], strict=True)) for action, rows in of_actions}
    for rows in alike.groupby(names, dropna=False).groups.values():
        for place, row in enumerate(rows):
            own = publics.get(frame["id_action"][row])
            earlier = ((first, publics.get(frame["id_action"][first])) for first in rows[:place])
            like = next(((first, other) for first, other in earlier if own == other or None in (own, other)), None)
            if like:
                compared = "publics" if own == like[1] else "publics saisis pour l'une seule"
                sentence = (
                    f"Même action qu'à la ligne {int(actions.lines[like[0]])} (année, commune, catégorie, titre, "
                    f"nombres, {compared}, partenaires, financements) ; retirer l'une des deux"
                )
                yield Told([int(row)], sentence)


@rule("P504")
def pasted_from_the_period_before(table: Table, whole: Whole) -> Iterator[Told]:
    """Years, or months by their days, whose rows are nearly all those of the one before, where others' are not."""
    names = [column.name for column in table.contract.columns if column.name in table.texts]
    if "annee" in names:
        period, rest = table.frame["annee"], table.frame[[name for name in names if name not in ("annee", "id_action")]]
    elif "date" in names:
        day = table.frame["date"].dt
        period, rest = 12 * day.year.fillna(0) + day.month.fillna(0), table.frame[names].assign(date=day.day)
    else:
        return
    alike = rest.groupby(list(rest), dropna=False, sort=False).ngroup() + len(rest) * period
    again = (alike - len(rest)).isin(alike)
    counts = again.groupby(period).agg(["sum", "size"])
    counts = counts[[when - 1 in counts.index for when in counts.index]]
    for when, copied, rows in counts.itertuples():
        rest_of = counts[counts.index != when]
        rate = float(((rest_of["sum"] + 1) / (rest_of["size"] + 2)).max()) if len(rest_of) else 1.0
        if copied >= MOST * rows and rate <= 0.5 and beyond_rate(copied, rows, rate) > no_chance(len(counts)):
            sentence = "Lignes recopiées de l'année ou du mois d'avant, jour pour jour ; saisir celles de ce temps"
            yield Told(again & (period == when), sentence, "annee" if "annee" in names else "date", together=True)


Column = tuple[str, str, tuple[str, ...]]
"""Table, column, and the columns within which one name is one thing."""
NAMES: Sequence[Sequence[Column]] = (
    (("suivis", "educateur", ()), ("temps", "educateur", ())),
    (("financements", "financeur", ()),),
    (("partenaires", "nom", ()), ("orientations", "partenaire", ())),
    (("reseaux", "nom", ()),),
    (("instances", "instance", ()),),
    (("jeunes", "quartier", ("commune",)), ("diagnostics", "quartier", ("commune",))),
    (("presences", "lieu", ("commune",)),),
    (("personnel", "poste", ()),),
    (("demandes", "origine", ()),),
    (("diagnostics", "indicateur", ()),),
    (("territoires", "indicateur", ()),),
)
BESIDE = {"partenaires": "domaine", "reseaux": "objet", "instances": "champ", "financements": "objet"}
"""What two names nearly alike have in common where they are one."""
LONG, LONG_WORD = 10, 5
LONGEST = 200
"""Of a text longer than any name, every way to leave a letter out would fill the memory."""
RARE = 10
"""A slip of the pen is so many times rarer than the name."""


@dataclass
class Name:
    """One spelling within its context: how often it stands, in which years, with what beside it."""

    text: str
    rows: int = 0
    years: set[int] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)


@rule("P402")
def several_spellings(table: Table, whole: Whole) -> Iterator[Told]:
    """Names that differ by case, accents, spaces, punctuation or zeros, or long ones by one letter."""
    for columns in NAMES:
        there = [one for one in columns if one[0] in whole.tables and one[1] in whole.tables[one[0]].texts]
        for _, column, within in (one for one in there if one[0] == table.name):
            for context, names in _names(whole.tables, there).items():
                for name, other in [*_written_otherwise(names), *_misspelt(names)]:
                    mask = table.frame[column] == name.text
                    for part, value in zip(within, context, strict=True):
                        mask &= table.frame[part].astype("str") == value
                    sentence = (
                        f"« {other.text} » ({other.rows} ligne{'s' if other.rows > 1 else ''}) a l'air du même nom, "
                        "écrit autrement : les deux sont comptés à part ; l'écrire partout de la même façon"
                    )
                    if mask.any():
                        yield Told(mask, sentence, column, together=True)


def _names(tables: Mapping[str, Table], columns: Iterable[Column]) -> dict[tuple[str, ...], dict[str, Name]]:
    by_context: dict[tuple[str, ...], dict[str, Name]] = defaultdict(dict)
    for table, column, within in columns:
        frame = tables[table].frame
        more = [name for name in ("annee", BESIDE.get(table, "")) if name in frame and name not in within]
        counts = frame.groupby([*within, column, *more], dropna=False).size()
        for key, rows in counts.items():
            parts = dict(zip([*within, column, *more], key if isinstance(key, tuple) else (key,), strict=True))
            text = parts[column]
            if isinstance(text, str):
                context = tuple(str(parts[name]) for name in within)
                name = by_context[context].setdefault(text, Name(text))
                name.rows += int(rows)
                name.years |= {int(parts["annee"])} if "annee" in parts else set()
                name.beside |= {str(parts[BESIDE[table]])} if BESIDE.get(table) in more else set()
    return by_context


def _written_otherwise(names: Mapping[str, Name]) -> Iterator[tuple[Name, Name]]:
    """Each rarer spelling with the most frequent of the same name."""
    alike: dict[str, list[Name]] = defaultdict(list)
    for name in names.values():
        alike[identity(name.text) or name.text].append(name)
    for same in alike.values():
        main, *others = sorted(same, key=_likeliest_first)
        yield from ((other, main) for other in others)


def _likeliest_first(name: Name) -> tuple[int, bool, int, str]:
    """The frequent spelling first; of equals the one that is not all capitals or small letters, then the shorter."""
    return -name.rows, name.text in (name.text.lower(), name.text.upper()), len(name.text), name.text


def _misspelt(names: Mapping[str, Name]) -> Iterator[tuple[Name, Name]]:
    """Each long name that is one letter away from a frequent one, in the same context."""
    near: dict[str, list[Name]] = defaultdict(list)
    for name in names.values():
        plain = " ".join(words_in(name.text))
        if LONG <= len(plain) <= LONGEST:
            for cut in {plain, *(plain[:place] + plain[place + 1 :] for place in range(len(plain)))}:
                near[cut].append(name)
    pairs = {frozenset((one.text, other.text)) for same in near.values() for one, other in combinations(same, 2)}
    for pair in sorted(tuple(sorted(pair)) for pair in pairs if len(pair) == 2):
        rare, frequent = sorted((names[text] for text in pair), key=lambda name: (name.rows, name.text))
        if identity(rare.text) != identity(frequent.text) and _is_slip(rare, frequent):
            yield rare, frequent


def _is_slip(rare: Name, frequent: Name) -> bool:
    """Whether one changed letter is no other name: within a long word, never in one year or much rarer."""
    one, other = words_in(rare.text), words_in(frequent.text)
    apart = [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
    if len(one) != len(other) or len(apart) != 1 or any(word.isdigit() for word in apart[0]):
        return False
    if min(map(len, apart[0])) < LONG_WORD or apart[0][0].rstrip("esx") == apart[0][1].rstrip("esx"):
        return False
    if rare.years or frequent.years:
        return not rare.years & frequent.years and bool(rare.beside & frequent.beside)
    return rare.rows * RARE <= frequent.rows
