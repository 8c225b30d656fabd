"""One name written in several ways: an educator, a funder, a partner, a neighbourhood would be counted twice."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rules import Told, Whole, rule

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
SAME = {"partenaires": "domaine", "reseaux": "objet", "instances": "champ", "financements": "objet"}
"""What two names nearly alike have in common where they are one."""
LONG, LONG_WORD = 10, 5
LONGEST = 200
"""Of a text longer than any name, every way to leave a letter out would fill the memory."""
RARE = 10
"""A slip of the pen is so many times rarer than the name."""
_ALIKE = {"st": "saint", "ste": "sainte", "et": ""}


def words_of(text: str) -> list[str]:
    """The words of a text without case nor accents, numbers without their leading zeros; letters and digits apart."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " et ").replace("œ", "oe"))
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return [word.lstrip("0") or "0" if word.isdigit() else word for word in re.findall(r"\d+|[^\W\d_]+", plain)]


def normalised(text: str) -> str:
    """What two ways to write one name have in common; numbers stay apart from one another."""
    return "".join(f"#{word}" if word.isdigit() else _ALIKE.get(word, word) for word in words_of(text))


@dataclass
class Name:
    """One spelling within its context: how often it stands, in which years, with what beside it."""

    text: str
    rows: int = 0
    years: set[int] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)


@rule("P402")
def several_spellings(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Names that differ by case, accents, spaces, punctuation or zeros, or long ones by one letter."""
    for columns in NAMES:
        there = [one for one in columns if one[0] in whole.parsed and one[1] in whole.parsed[one[0]].columns]
        for _, column, within in (one for one in there if one[0] == item.table.name):
            for context, names in _names(whole.parsed, there).items():
                for name, other in [*_written_otherwise(names), *_misspelt(names)]:
                    mask = item.frame[column] == name.text
                    for part, value in zip(within, context, strict=True):
                        mask &= item.frame[part].astype("str") == value
                    sentence = (
                        f"« {other.text} » ({other.rows} ligne{'s' if other.rows > 1 else ''}) a l'air du même nom, "
                        "écrit autrement : les deux sont comptés à part ; l'écrire partout de la même façon"
                    )
                    if mask.any():
                        yield Told(mask, sentence, column, together=True)


def _names(parsed: Mapping[str, ParsedTable], columns: Iterable[Column]) -> dict[tuple[str, ...], dict[str, Name]]:
    by_context: dict[tuple[str, ...], dict[str, Name]] = defaultdict(dict)
    for table, column, within in columns:
        frame = parsed[table].frame
        more = [name for name in ("annee", SAME.get(table, "")) if name in frame and name not in within]
        counts = frame.groupby([*within, column, *more], dropna=False).size()
        for key, rows in counts.items():
            parts = dict(zip([*within, column, *more], key if isinstance(key, tuple) else (key,), strict=True))
            text = parts[column]
            if isinstance(text, str):
                context = tuple(str(parts[name]) for name in within)
                name = by_context[context].setdefault(text, Name(text))
                name.rows += int(rows)
                name.years |= {int(parts["annee"])} if "annee" in parts else set()
                name.beside |= {str(parts[SAME[table]])} if SAME.get(table) in more else set()
    return by_context


def _written_otherwise(names: Mapping[str, Name]) -> Iterator[tuple[Name, Name]]:
    """Each rarer spelling with the most frequent of the same name."""
    alike: dict[str, list[Name]] = defaultdict(list)
    for name in names.values():
        alike[normalised(name.text) or name.text].append(name)
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
        plain = " ".join(words_of(name.text))
        if LONG <= len(plain) <= LONGEST:
            for cut in {plain, *(plain[:place] + plain[place + 1 :] for place in range(len(plain)))}:
                near[cut].append(name)
    pairs = {frozenset((one.text, other.text)) for same in near.values() for one, other in combinations(same, 2)}
    for pair in sorted(tuple(sorted(pair)) for pair in pairs if len(pair) == 2):
        rare, frequent = sorted((names[text] for text in pair), key=lambda name: (name.rows, name.text))
        if normalised(rare.text) != normalised(frequent.text) and _is_slip(rare, frequent):
            yield rare, frequent


def _is_slip(rare: Name, frequent: Name) -> bool:
    """Whether one changed letter is no other name: within a long word, never in one year or much rarer."""
    one, other = words_of(rare.text), words_of(frequent.text)
    apart = [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
    if len(one) != len(other) or len(apart) != 1 or any(word.isdigit() for word in apart[0]):
        return False
    if min(map(len, apart[0])) < LONG_WORD or apart[0][0].rstrip("esx") == apart[0][1].rstrip("esx"):
        return False
    if rare.years or frequent.years:
        return not rare.years & frequent.years and bool(rare.beside & frequent.beside)
    return rare.rows * RARE <= frequent.rows
