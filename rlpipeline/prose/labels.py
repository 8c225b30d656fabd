"""What a label or a comment of the records says of one person: words without a sentence around them.

A label has no verb that would make it general: « Accueil d'une jeune » is about somebody where « accueillir un jeune »
is not. The patterns read French as :mod:`~rlpipeline.prose.one_person` does, whose rules hold too.
"""

# ruff: noqa: E501 - a pattern is read whole
from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.prose.one_person import AGE, OF_ONE_SEX, PERSON

_CIRCUMSTANCE = (
    r"(?:(?:très |déjà )?(?:enceinte|incarcérée?|hospitalisée?|placée?|agressée?|violée?|battue?|suicidaire|toxicomane|alcoolique|trans|homosexuel(?:le)?"
    r"|prostituée?|radicalisée?|mise? en examen|décédée?|blessée?|harcelée?|expulsée?|relogée?|suivie?|accompagnée?|orpheline?|fugueu(?:r|se)"
    r"|exclue?|déscolarisée?|handicapée?|majeure? (?:vulnérable|protégée?)|migrante?|exilée?)(?![\w’'-])"
    r"|en (?:fugue|prison|détention|garde à vue|rupture|errance|danger|foyer|famille d['’]accueil|situation de)(?![\w-])"
    r"|sort(?:ie?|ant)e? (?:de|d['’]|du)|sous (?:bracelet|main de justice|contrôle judiciaire|tutelle|curatelle)|à la rue(?![\w-])|à l['’]hôtel"
    r"|avec (?:un|une|son|sa|ses) (?:bébé|enfants?|nourrisson)"
    r"|victime d(?:e |['’]))"
)
_FROM = r"(?: (?:du|de la|de l['’]|de|en|au) ?[\w’']+(?: [\w’']+)?)?"
_TELLING_VERB = (
    r"(?:vit|dort|deale|vend|consomme|fume|boit|vole|fugue|fréquente|traîne|squatte|habite|loge|subit|souffre|frappe|menace"
    r"|se (?:prostitue|drogue|scarifie|cache|trouve)|refuse de|attend (?:son|sa|un)|risque|revient|sort|est (?:en|à|au|sous|chez|parti|revenu|mort|né|suivi|placé"
    r"|exclu|hospitalisé|incarcéré|sorti|enceinte|logé|hébergé)\w*"
    r"|a (?:été )?(?:avorté|fugué|accouché|agressé|violé|tenté|dealé|frappé|volé|menacé|incarcéré|hospitalisé|placé)e?)(?![\w-])"
)
_OF_A_PLACE = r"(?<!point )(?<!info )(?<!espace )(?<!maison )(?<!pôle )(?<!relais )(?<!café )(?<!accueil )(?<!service )"  # a place of families
_ONE_FOR_ONE = re.compile(
    r"(?<![\w’'-])(?:une?|1) (?P<what>[\w’'-]+(?: [\w’'-]+)?),? (?:=|pour |et |à )?(?:une?|1) [\w’'-]+", re.IGNORECASE
)
"""« 1 jeune, 1 solution », « une famille, un toit »: names of programmes."""
_GENERAL = re.compile(
    r"\b(?:en cas d['’e]|prévention|risques?|lutte|repérage|chaque|tout|toute|aucune?|lorsqu['’]|quand|ou une?|peut|doit|jamais)(?![\w-])",
    re.IGNORECASE,
)

_RULES: tuple[tuple[str, str], ...] = (
    (rf"(?i:(?<![\w-]){OF_ONE_SEX}|(?<![\w’'-])l['’]une des (?:jeunes|filles|sœurs))", "une personne est décrite"),
    (rf"(?i:(?<![\w’'-])(?:une? |l['’]|l[ea] |cette? )?{PERSON}{_FROM},? \(?{_CIRCUMSTANCE})", "une personne est décrite"),
    (rf"(?i:(?<![\w’'-])(?:une?|l[ea]|l['’]) ?{PERSON}{_FROM} (?:qui |y |s['’]y )?{_TELLING_VERB})", "ce que fait une personne est raconté"),
    (rf"(?i:(?:^|(?<=[.!?;:,] ))(?:elle|il) (?:y )?{_TELLING_VERB})", "ce que fait une personne est raconté"),
    (
        rf"(?i:(?<![\w-])(?:(?:grand-|belle-|beau-|demi-)?(?:fils|fille|frère|sœur|mère|père|parents?|maman|papa|oncle|tante|cousine?"
        rf"|copine?|compagnon|compagne)) (?:du|de la|de l['’]|d['’]une?|d['’]un|de (?:ce|cette|son|sa)) ?(?:jeune|élève|gardien|ado|mineure?|fille|garçon|boulang\w+|maire|voisine?"
        rf"|{PERSON}))",
        "un proche d'une personne est désigné",
    ),
    (
        r"(?i:(?<![\w’'-])(?:son|sa|ses) (?:grand-|belle-|beau-|demi-)?(?:mère|père|sœur|frère|parents|copine?|bébé|enfants?|fils|fille|tante|oncle"
        r"|placement|incarcération|hospitalisation|grossesse|exclusion|fugue|agression|ivg|tentative de suicide|procès|jugement)(?![\w-]))",
        "une personne est désignée",
    ),
    (
        rf"(?i:(?<![\w’'-])(?:placement|hospitalisation|incarcération|interpellation|fugue|grossesse|ivg|agression|exclusion|viol|suicide|ts|décès|situation|cas|permis(?: de conduire)?"
        rf"|avortement|garde à vue|procès|tig|bracelet(?: électronique)?|relogement|disparition|départ|retour|signalement) (?:pour |en \w+ )?(?:d['’]une?|de la|de l['’]|du) ?{PERSON})",
        "ce qui est arrivé à une personne est raconté",
    ),
    (rf"(?i:(?<![\w’'-]){AGE},? (?:et )?(?:déjà )?{_CIRCUMSTANCE})", "l'âge d'une personne est donné"),
    (rf"{_OF_A_PLACE}(?<![\w’'-])[Ff]amille (?!D['’])[A-ZÀ-Ý](?:\.|[a-zà-ÿ]+(?![\w-])(?! (?:de|du|des) ))", "une famille est nommée"),
    (r"(?<![\w’'.-])(?:[Ss]uivi|[Ss]ituation|[Jj]eune|[Pp]our|[Aa]vec|[Cc]hez) (?:de |d['’])?[A-Z]\.(?: ?[A-Z]\.)?(?![\w’'])(?! [A-ZÀ-Ý][a-zà-ÿ])", "une personne est désignée par son initiale"),
    (r"(?i:(?<![\w’'-])(?:tentative de (?:suicide|viol|meurtre)|une? (?:mort|tué|blessé|victime|suicide)e?)(?![\w-]))", "ce qui est arrivé à une personne est raconté"),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), reason) for pattern, reason in _RULES)


def one_in_label(text: str) -> Iterator[tuple[str, str]]:
    """Find what a label says of one person.

    Yields
    ------
    The words, and why they tell of one person, in French.
    """
    plain = re.sub(r"[\s\u00a0\u202f]", " ", text)
    for pattern, reason in _COMPILED:
        found = pattern.search(plain)
        if found and not _GENERAL.search(plain[: found.start()]):
            yield found.group().strip(" ,;:("), reason


def without_programmes(text: str) -> str:
    """The text, character for character, where the names of programmes (« 1 jeune, 1 solution ») count nobody."""
    return _ONE_FOR_ONE.sub(lambda found: "-" * len(found.group()), text)
