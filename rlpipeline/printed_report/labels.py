"""Labels of rows and columns: folded, stemmed, and what role they give to a line (total, part of, share, mean…)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]

STEMMER = "french"
PARTS = re.compile(r"\s+[–—-]\s+|\s+[/:>|]\s+")
EMPTY_WORDS = frozenset({
    "a", "au", "aux", "avec", "c", "ce", "ces", "cet", "cette", "chaque", "comme", "d", "dans", "de", "des", "du",
    "elle", "elles", "en", "est", "et", "eux", "il", "ils", "j", "l", "la", "le", "les", "leur", "leurs", "lors",
    "mais", "meme", "n", "ne", "nos", "notre", "nous", "on", "ont", "ou", "par", "pas", "plus", "pour", "qu",
    "que", "qui", "s", "sa", "se", "ses", "si", "son", "sont", "sous", "sur", "un", "une", "vers", "y", "ete",
    "etre", "ainsi", "aussi", "dont", "soit", "sans", "fait", "entre", "tout", "tous", "toute", "toutes",
    "nombre", "nombres", "nb", "nbre", "effectif", "effectifs", "total", "totaux", "annee", "annees", "rapport",
    "service", "cela", "tres", "ans", "an", "avons", "avait", "avaient", "cours",
    "etaient", "etait", "pendant", "durant", "depuis", "chez", "quand", "alors", "tandis", "lorsque",
    "selon", "toujours", "encore", "deja", "seulement", "presque", "pres", "environ", "tot", "contre", "sommes",
    "etions", "ca",
})  # fmt: skip
TOTAL = re.compile(
    r"^(?:total|totaux|ensemble|somme|cumul|tous (?:ages|sexes|confondus|les)|toutes|grand total)\b"
    r"(?! (?:de la population|immobilier))"
)
SUBTOTAL = re.compile(r"^(?:sous[- ]?total|s[./]?[- ]?total|total partiel|total intermediaire)")
PART_OF = re.compile(r"^(?:[-–•] ?)?(?:dont|parmi lesquel|y compris)\b|\(dont\b")
SHARE = re.compile(r"%|^(?:part|taux|proportion|pourcentage|poids|repartition en)\b|\bpourcentage\b|\ben part\b")
MEAN = re.compile(
    r"^ages? (?:du|de la|des) plus\b|\bpour (?:1 ?000|100)\b"
    r"|\b(?:moyen|moyenne|moyennes|mediane?|minimum|maximum|ratio|indice|rang|note)\b"
    r"|\bpar (?:jeune|seance|semaine|jour|mois|habitant|action|educateur)s?\b"
)
GROWTH = re.compile(r"^(?:taux d[e'] ?)?(?:evolution|variation|progression|croissance)\b(?! de la part)")
CHANGE = re.compile(r"\b(?:evolution|variation|ecart|progression|rappel|difference)\b")
SEVERAL = re.compile(r"\bplusieurs (?:reponses|choix|fois)\b|\breponses multiples\b|\bcumulables\b|\bchoix multiple")
ORDINAL = re.compile(r"^(?:n ?[°o]\.?|numero|code(?: insee| postal)?|rang|ordre|semaine|mois|jour)$")
"""A label that ranks or dates its lines: its numbers are added by nobody."""
DISTINCT = re.compile(
    r"\b(?:differents?|differentes?|distincts?|distinctes?|au moins une?|uniques?|sans doublon|sans double compte"
    r"|en fin de (?:periode|mois|trimestre|semestre)|en cours en fin)\b"
)
YEAR = re.compile(
    r"^(?:annee |en |exercice |realise |reel |resultat |compte |au \d+ \w+ |total )?"
    r"((?:19|20)\d\d)(?: ?\(?(?:€|euros)\)?)?$"
)
AGE = re.compile(
    r"(?:(\d+)\s*(?:a|-|–|/|et)\s*(\d+)|moins de (\d+)|plus de (\d+)"
    r"|(\d+)(?: ans)? et plus|(\d+)(?: ans)? et moins)(?: ans)?"
)
SEXES = {"f": "filles", "fille": "filles", "femme": "filles", "feminin": "filles",
         "g": "garcons", "garcon": "garcons", "homme": "garcons", "masculin": "garcons", "h": "garcons"}  # fmt: skip
UNIT_WORDS = re.compile(
    r"\b(familles?|seances?|jours?|journees?|heures?|partenaires?|financeurs?|euros?|etp|postes?|presences?"
    r"|passages?|participations?|jeunes?|personnes?|usagers?|parents?|habitants?|accompagnements?|orientations?"
    r"|actions?|menages?|problematiques?|demandes?|contacts?)\b|€"
)
COUNTED = re.compile(
    r"^(?:nombre |nb |nbre )?(?:de |d')?(?:familles?|menages?"
    r"|seances?|jours?|journees?|heures?|partenaires?|financeurs?)"
    r"\b"
)
"""A label that begins with what it counts, when that is no person."""
PEOPLE = frozenset({"jeune", "personne", "usager"})
WHO_IS_THERE = ("een", "eenn", "i", "ien", "ienn", "ier")
"""Endings by which a place names who is there: « lycée », « lycéenne »."""
IRREGULAR = {"suit": "suiv", "suis": "suiv", "recoit": "rec", "recoivent": "rec", "recu": "rec", "recus": "rec"}
"""Stems of verbs that change theirs."""
WE = ("on", "ion", "rion")
"""Endings of what we do: « suivi », « nous suivons »."""


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Lower case, no accents, plain apostrophes, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe").replace("Œ", "OE"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"\s+", " ", plain).strip().lower()


@lru_cache(maxsize=1)
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(STEMMER)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Stem of one word, without accents: plural, feminine and conjugation do not count."""
    folded = fold(word)
    if folded in IRREGULAR:
        return IRREGULAR[folded]
    singular = folded.rstrip("sx") if len(folded) > 3 else folded
    return str(_stemmer().stemWord(singular[:-1] if singular.endswith("ee") else singular))


@lru_cache(maxsize=20_000)
def stems(text: str) -> tuple[str, ...]:
    """Stems of the words that mean something, in order, numbers included."""
    words = re.findall(r"[^\W\d_]+|\d+", text.replace("’", "'"))
    return tuple(stem(word) for word in words if fold(word) not in EMPTY_WORDS and (len(word) > 1 or word.isdigit()))


def same_stem(first: str, second: str) -> bool:
    """Whether two stems are of one word: equal, or one begins the other (« colleg », « collegien »)."""
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    if len(short) >= 5:
        return long.startswith(short) and len(long) - len(short) <= 4
    endings = (*WHO_IS_THERE, *WE) if len(short) > 3 else WHO_IS_THERE
    return len(short) > 2 and long in {f"{short}{ending}" for ending in endings}


@lru_cache(maxsize=20_000)
def canonical(label: str) -> str:
    """Key under which two tables name one thing: an age band by its bounds, a sex, else the stems."""
    folded = fold(label)
    if folded.removesuffix("s") in SEXES:
        return SEXES[folded.removesuffix("s")]
    if match := AGE.fullmatch(folded.removeprefix("de ").removeprefix("les ")):
        low, high, under, over, least, most = match.groups()
        if under or most:
            return f"age -{int(under) - 1 if under else int(most)}"
        return f"age {int(low)}-{int(high)}" if low else f"age {int(over) + 1 if over else int(least)}-"
    return " ".join(sorted(set(stems(label)))) or folded


def is_age(label: str) -> bool:
    """Whether the label is an age band."""
    return canonical(label).startswith("age ")


def role(label: str) -> str:
    """Role of a line among the others.

    Returns
    -------
    str
        ``total``, ``sous_total``, ``dont``, ``part``, ``moyenne``, ``evolution``, ``distincts``, ``rang`` or
        ``poste``, an ordinary line.
    """
    folded = fold(label)
    parts = [fold(part) for part in PARTS.split(label)]
    if SUBTOTAL.match(folded) or any(SUBTOTAL.match(part) for part in parts):
        return "sous_total"
    for name, pattern in (
        ("evolution", GROWTH),
        ("dont", PART_OF),
        ("part", SHARE),
        ("moyenne", MEAN),
        ("evolution", CHANGE),
        ("distincts", DISTINCT),
        ("rang", ORDINAL),
    ):
        if any(pattern.search(part) for part in parts):
            return name
    return "total" if any(TOTAL.match(part) for part in parts) else "poste"


def unit(label: str) -> str:
    """Unit that a label names (« Nombre de familles impliquées » → ``famille``), ``""`` if none."""
    match = UNIT_WORDS.search(re.sub(r"\([^()€]*\)", "", fold(label)))
    if not match:
        return ""
    word = match[1] or "euro"
    return "jour" if word.startswith("journee") else word.removesuffix("s")


def counts_other(label: str) -> bool:
    """Whether a label counts families, sessions, hours… rather than persons."""
    return bool(COUNTED.match(fold(label)))


def split(label: str) -> tuple[str, str]:
    """Group and member of a header of two lines (« Filles – 11-15 ans »); the group is ``""`` where there is none."""
    parts = PARTS.split(label)
    return (parts[0].strip(), " ".join(parts[1:]).strip()) if len(parts) > 1 else ("", label.strip())


def year(label: str) -> int | None:
    """The year a label is, or ``None``."""
    match = YEAR.match(fold(label))
    return int(match[1]) if match else None


@lru_cache(maxsize=20_000)
def years(text: str) -> frozenset[int]:
    """All the years that a text names."""
    return frozenset(int(digits) for digits in re.findall(r"\b(?:19|20)\d\d\b", text))
