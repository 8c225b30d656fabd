"""Numbers that are no counts: dates, articles, school levels, addresses, telephones, hours, ages, ranks, names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.prose.number_words import DIGITS, NUMBER, Span, worth

MONTH = (
    r"(?i:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre"
    r"|janv\.|f[ée]vr\.|avr\.|juil\.|sept\.|oct\.|nov\.|d[ée]c\.)"
)
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)})s?"
STREET = r"(?:rue|avenue|av\.|boulevard|bld|bd\.?|all[ée]e|chemin|impasse|quai|ruelle|faubourg|esplanade|lotissement)"
PLACE = r"(?:place|cit[ée]|r[ée]sidence|r[ée]s\.|cours|villa|passage|square|route|hameau|sentier|parc)"
ORDINAL = r"\^?\{?(?:<sup>)?\s?(?:ers?|[èe]?res?|[èe]mes?|i[èe]mes?|nde?s?|es?|è)\b\}?"
ORDINAL_WORD = (
    r"(?:premi(?:er|ère)s?|seconde?s?|(?:deux|trois|quatr|cinqu|six|sept|huit|neuv|dix|onz|douz|treiz"
    r"|quatorz|quinz|seiz"
    r"|dix-sept|dix-huit|dix-neuv|vingt|vingt-et-un|trent|quarant|cinquant|cent|mill)ièmes?)"
)
PEOPLE = (
    r"(?:jeunes?|familles?|personnes?|enfants?|filles?|garçons?|parents?|adultes?|habitants?|élèves?"
    r"|collégiens?|éducateurs?"
    r"|professionnels?|bénévoles?|partenaires?|participants?|demandes?|accompagnements?|actions?|séances?"
    r"|sorties?|heures?)"
)
LEVEL_WORD = r"(?:sixième|cinquième|quatrième|troisième|seconde|première|terminale)s?"
_AFTER_LEVEL = (
    r"(?! (?:lieu|ann[ée]e|position|partie|phase|place|ligne|instance|intention|trimestre|semestre|fois"
    r"|[ée]tage|[ée]dition"
    r"|s[ée]ance|rang|groupe|convention|semaine|mois|jour|bilan|session|r[ée]union|projet|fin))"
)
_LAW = r"\b(?:lois?|décrets?|circulaires?|ordonnances?|arrêtés?|directives?|délibérations?|instructions?|règlements?)\b"
_ARTICLE = r"(?:[LRDA]\s?\.?\s?\*?\s?)?\d+(?:-\d+)*°?(?!\d|\s+[^\W\d_]{4,}s\b)"
_REFERENCE = (
    r"\b(?i:pages?|pp?\.|annexes?|tableaux?|figures?|graphiques?|chapitres?|section|paragraphes?|§|note"
    r"|fiche|axe|objectif|étape"
    r"|phase|volet|version|tome|orientation|ligne|lot|secteur|zone|bâtiment|partie|priorité|parcours|module"
    r"|niveau|département)"
)
_HOUR = r"(?:(?:[01]?\d|2[0-4])\s?(?:h\b|heures?\b)|midi\b|minuit\b)"
_AGE = rf"(?:{DIGITS}|[a-zé-]+(?:[ -][a-z-]+)?)"

PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "reference",
        r"https?://[^\s)\]>]+|\[tableau\s*:[^\]\n]*\]|\b[\w-]{1,60}\.(?:csv|md|xlsx|ods|pdf|html)\b|www\.[^\s)\]>]+"
        r"|\b[\w.+-]{1,64}@[\w-]{1,60}\.[\w.]+",
    ),
    (
        "telephone",
        r"(?<![\d.])(?:\+33\s?(?:\(0\)\s?)?|0)[1-9](?:[\s.\-]?\d{2}){4}(?!\d)|(?<!\d)0\s?8\d\d(?:"
        r"(?:\s?\d{3}){2}|(?:\s?\d\d){3})(?!\d)",
    ),
    (
        "telephone",
        r"\b(?i:le|au|du|numéros?)\s+(?P<n>11[2459]|30(?:18|20)|39(?:19|77)|311[47]|116\s?\d{3})\b(?!\s+[a-zéè]+s\b)",
    ),
    ("telephone", r"\b(?:appeler|appelez|composer|composez|numéro)\s+(?:le\s+)?(?P<n>1[578])\b"),
    (
        "date",
        rf"\b(?:\d{{1,2}}|1\s?er|premier)(?:\s*(?:,|et|au|ou|-|–|à)\s*(?:le\s+)?(?:\d{{1,2}}|1er))*\s+{MONTH}"
        rf"(?:\s+\d{{4}}\b)?",
    ),
    (
        "date",
        r"(?<![\d/.-])(?:\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|(?:0\d|1[0-2])/(?:19"
        r"|20)\d\d)(?![\d/-])",
    ),
    ("date", rf"\b{WEEKDAY}\s+(?P<n>\d{{1,2}}(?:er)?)\b(?!\s?h)"),
    ("article", rf"\b(?:articles?|art\.)\s+{_ARTICLE}(?:\s*(?:,|et|à|ou)\s*{_ARTICLE})*"),
    ("article", r"\b[LRDA]\s?\.\s?\d{2,}(?:-\d+)*|\b[LRD]\d{3}(?:-\d+)+"),
    ("article", rf"{_LAW}[^.;:\n«»()%\d]{{0,40}}?n\s?[°ºo]s?\s?[\w/.-]*\d[\w/-]*"),
    ("article", rf"{_LAW}\s+(?:du\s+|de\s+)?(?P<n>(?:19|20)\d\d)\b|{_LAW}\s+[A-Z][\w/-]*\d[\w/-]*"),
    ("date", r"\b(?i:le|du|au)\s+(?P<n>\d{1,2})(?=\s+(?:(?:à|de)\s+\d{1,2}\s?h|(?:de chaque|du) mois))"),
    ("article", r"(?<![\w°])\d{1,2}\s?°(?!\s?[CF\d])|\balinéas?\s+\d+"),
    (
        "reference",
        r"\bn\s?[°º]s?\s?\d[\w./-]*|\bnuméros?\s+\d+|\[\^?\d+\]|\b(?:siret|siren|rna|finess|naf|ape|cerfa"
        r"|iban)\b\s*:?\s*\d[\d ]*",
    ),
    ("reference", rf"{_REFERENCE}\s+(?:n\s?[°ºo]\s?)?(?P<n>\d+(?:\.\d+)*)\b(?!,\d|\s*(?:%|h\b|{PEOPLE}\b))"),
    ("reference", r"(?m)^[ \t]*(?:#+[ \t]*)?\d{1,2}(?:\.\d{1,2})*[.)](?=[ \t]+\S)"),
    (
        "niveau",
        r"\b(?:CM[12]|CE[12]|CP|[Bb][Aa][Cc]\s?\+\s?\d(?:\s?/\s?\+?\d)?|(?:BTS|CAP|BUT|BEP|L|M)\s?[123])(?![\w-])",
    ),
    ("niveau", rf"\b(?P<n>[3-6]\s?{ORDINAL}(?:\s*(?:/|,|et|-|à|ou)\s*[3-6]\s?{ORDINAL})*){_AFTER_LEVEL}"),
    ("niveau", r"\b(?:2\s?n?de|1\s?[èe]?re)s?\s+(?:année\s+)?(?:pro|générale|technologique|CAP|bac)\w*"),
    (
        "niveau",
        rf"\b(?:en|(?:classes?|élèves|niveaux?|collégiens|lycéens|stages?) (?:de|des|en|d[’'])) ?"
        rf"(?P<n>{LEVEL_WORD})\b{_AFTER_LEVEL}",
    ),
    ("niveau", r"\b(?:premier|second|1er|2n?d)s?\s+degrés?\b"),
    ("adresse", rf"(?<![\w,.])\d{{1,4}}(?:\s?(?:bis|ter|quater|[A-D]))?,?\s+(?i:{STREET})(?=\s)"),
    (
        "adresse",
        rf"(?<![\w,.])\d{{1,4}}(?:\s?(?:bis|ter|quater|[A-D]))?,?\s+(?i:{PLACE})(?=\s+(?:(?:du|de\s+la|des"
        rf"|de)\s+|(?:de\s+l|d)['’])?[A-ZÉÈ])",
    ),
    (
        "adresse",
        r"(?<![\w,.])(?:F-)?\d{5}(?=\s+[A-ZÉÈ][^\W\d_])|\b(?:BP|B\.P\.|CS|TSA|(?i:cedex))\s*\d[\d ]*\d|\b"
        r"(?i:cedex)\s*\d+",
    ),
    ("adresse", r"(?i)\b(?:appartement|appt?\.?|apt\.?|bât\.?|étage|porte|entrée|escalier)\s+(?P<n>\d+)\b"),
    ("heure", r"(?i)\b24\s?h(?:eures)?\s?(?:/|sur)\s?24(?:\s?h)?\b|\b7\s?j(?:ours)?\s?(?:/|sur)\s?7(?:\s?j)?\b"),
    ("age", r"\b(?i:les|des|aux)\s+(?P<n>\d{1,2}\s?[-–/]\s?\d{1,2})(?:\s?ans)?\b(?!\s*%)"),
    ("annee", r"(?<![\w.,/-])(?:19|20)\d\d\s?[-–/]\s?(?:(?:19|20)\d\d|\d\d)(?![\w,%-])|\bannées\s+(?P<n>\d0)\b"),
    ("article", r"(?<![\w.,/-])(?:19|20)\d\d-\d{1,4}\b(?!-)"),
    ("nom", r"(?i)(?<![\w,./])\d+/\d+\s?bis\b"),
    (
        "nom",
        r"\b[^\W\d_]{0,20}[A-ZÉ][^\W\d_]{0,20}-?\d+\b(?!\s?[%,]\d)|(?<![\w,.])\d{1,2}[DGL]\b|\b(?:[ADNM]|RN|RD)\s\d{1,4}\b",
    ),
    (
        "nom",
        r"\b(?i:collège|lycée|école|salle|résidence|centre|cité|quartier|stade|gymnase|club|espace|projet"
        r"|dispositif|action)\s+"
        r"(?:[\w'’-]+\s+){0,2}?[A-ZÉÈ][\w'’-]+\s(?P<n>\d{1,2})(?=\s*(?:[.,;:)»]|$|et\b))",
    ),
    ("reference", r"\bpour\s+(?P<n>mille|100|10{0,2}\s?000)\s+habitants\b"),
    ("nom", rf"\b(?i:QPV|CD|CAHC|EPCI|SPS|réseau|Jules|Lens)\s+(?P<n>\d{{1,3}})\b(?!\s+{PEOPLE})"),
)
"""Kind and how it is written; group ``n`` is the number where the whole is not. The first that fits wins."""

_COMPILED: list[tuple[str, re.Pattern[str]]] = []
_QUOTED = re.compile(r"«[^«»\n]{1,70}»|“[^“”\n]{1,70}”|\"[^\"\n]{1,70}\"")
_COUNT = re.compile(rf"\W*{NUMBER}\s*(?:%|(?:[^\W\d_]+ )?{PEOPLE}\b)(?: [^\W\d_]+)?\W*", re.IGNORECASE)
_RANK = re.compile(rf"(?<![\w.,])(?:\d{{1,3}}\s?{ORDINAL}|(?<!\d )(?<!\d\u00a0){ORDINAL_WORD}\b)(?!-)", re.IGNORECASE)
_CLOCK = re.compile(
    rf"(?i)(?<![\w,.:])(?:(?P<minutes>(?:[01]?\d|2[0-4])\s?(?:h|heures|:)\s?[0-5]\d(?!\d))"
    rf"|(?:de|entre)\s+(?P<a>{_HOUR})\s*(?:à|et|-|–)\s*(?P<b>{_HOUR})"
    rf"|(?:à|dès|vers|jusqu['’]à|avant|après|partir de)\s+(?P<at>{_HOUR})(?!\s?\d)|(?:de|entre)\s+(?P<c>\d{{1,2}}\s*"
    rf"(?:à|et|-)\s*{_HOUR}))"
)
_LASTING_BEFORE = re.compile(
    r"\b(?:pendant|durant|durée|soit|total|environ|plus|moins|représentent?|sur|en|\d(?:\s?h)?)\s*(?:de"
    r"|d['’])?\s*(?:à)?\s*$",
    re.IGNORECASE,
)
_DAY = re.compile(r"\b(?:le|du|au)\s+\d{1,2}\s+$", re.IGNORECASE)
_LASTING_AFTER = re.compile(
    r"\s*(?:par\b|de\b|d['’]|hebdo\w*|chaque|en tout|supplémentaires|annuelles|/)(?!\s*\d)", re.IGNORECASE
)
_OPENING = re.compile(
    r"\b(?:ouvert|accueil|horaire|permanence|matin|soir|après-midi|lundi|mercredi|samedi|réunion)", re.IGNORECASE
)
_AGES = re.compile(
    rf"(?i)(?:(?P<cmp>moins|plus) (?:de |d['’]))?(?<![\w.,])(?P<low>\d{{1,3}}|{NUMBER})"
    rf"(?:\s*(?P<to>à|-|–|/|et|ou)\s*(?:moins (?:de |d['’]))?(?P<high>\d{{1,3}}|{NUMBER}))?\s?ans?\b"
    rf"(?P<more>\s+(?:et|ou) (?:plus|moins))?"
)
_AGED = re.compile(
    r"\b(?:âgée?s?|âges?|tranches?|jeunes?|enfants?|filles?|garçons?|adolescente?s?|mineure?s?|majeure?s?"
    r"|publics?|homme|femme|fils)"
    r"(?: \w+){0,2} (?:de |d['’]|entre |dès |à partir de |à )?(?:moins de |plus de )?$|\((?:de )?$|\b"
    r"(?:dès|à partir de) $|(?<!mois )(?<!ans )(?<!an )\bà $",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\b(?:depuis|pendant|durant|en|sur|il y a|tou(?:s|tes) les|chaque|d['’]ici|durées?|convention|contrat"
    r"|projet|plan|après|pour)"
    r"(?: \w+)?(?: (?:de|d['’]|les?|une?|environ|entre|plus de|moins de|près de))* ?$",
    re.IGNORECASE,
)


def protected(text: str) -> Iterator[Span]:
    """Yield what is written like a number and counts nothing, the surest first; spans may overlap."""
    yield from _hours(text)
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            start, end = _place(match)
            yield Span(start, end, kind, worth(text[start:end]) if kind == "nom" else None)
    yield from _ages(text)


def ranks(text: str) -> Iterator[Span]:
    """Yield the ordinals: « 1er », « deuxième », « en premier lieu »."""
    for match in _RANK.finditer(text):
        digits = re.match(r"\d+", match.group())
        yield Span(*match.span(), "rang", float(digits.group()) if digits else None)


def quoted_names(text: str) -> list[tuple[int, int]]:
    """Places of the short quotations that are names: « 4 saisons », but not « 12 jeunes »."""
    return [
        match.span()
        for match in _QUOTED.finditer(text)
        if len(match.group().split()) <= 8 and not _COUNT.fullmatch(match.group())
    ]


def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    if not _COMPILED:
        _COMPILED.extend((kind, re.compile(pattern)) for kind, pattern in PATTERNS)
    return _COMPILED


def _place(match: re.Match[str]) -> tuple[int, int]:
    named = "n" in match.re.groupindex and match.group("n") is not None
    return match.span("n") if named else match.span()


def _hours(text: str) -> Iterator[Span]:
    for match in _CLOCK.finditer(text):
        start, end = match.span()
        dated = _DAY.search(text[max(0, start - 8) : start])
        lasting = _LASTING_AFTER.match(text, end) or (
            not dated and _LASTING_BEFORE.search(text[max(0, start - 30) : start])
        )
        if lasting or (match.group("c") and not _OPENING.search(text[max(0, start - 120) : end + 60])):
            continue
        for name in ("minutes", "a", "b", "at", "c"):
            if match.group(name) is not None and match.group(name)[0].isdigit():
                yield Span(*match.span(name), "heure", None)


def _ages(text: str) -> Iterator[Span]:
    for match in _AGES.finditer(text):
        low, high = worth(match.group("low")), worth(match.group("high") or match.group("low"))
        if low is not None and high is not None and _is_age(text, match, high):
            yield Span(*match.span(), "age", low if match.group("high") is None else None)


def _is_age(text: str, match: re.Match[str], years: float) -> bool:
    before = text[max(0, match.start() - 60) : match.start()]
    if _LASTING.search(before) or not 0 <= years < 110 or years % 1:
        return False
    between = match.group("to") == "et" and before.lower().endswith(("entre ", " de ")) and years >= 10
    banded = between or match.group("cmp") or match.group("more") or match.group("to") in {"à", "-", "–", "/"}
    return bool(_AGED.search(before)) or (bool(banded) and years >= 6)
