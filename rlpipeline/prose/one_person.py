"""Sentences about one young person: someone met, not « un jeune » of whom anything general is said.

What is said of anybody has words that make it general (« chaque jeune », « lorsqu'un jeune », « un jeune peut ») or is in
the present; what is said of somebody has an age, a date, a name, a past tense, or points at her (« l'une d'elles »).
"""

# ruff: noqa: E501 - a pattern is read whole
from __future__ import annotations

import re
from collections.abc import Iterator

_FEMININE = (
    r"(?:jeune (?:fille|femme|mère|maman|majeure|adulte)|jeune|fille|adolescente|mineure|collégienne|lycéenne"
    r"|élève|étudiante|apprentie|participante|maman|mère|gamine|enfant|stagiaire|sœur|fratrie|famille|personne|usagère"
    r"|victime|primo-délinquante|déscolarisée)"
)
_MASCULINE = (
    r"(?:jeune (?:homme|garçon|père|papa|majeur|adulte)|jeune|garçon|adolescent|ado|mineur|collégien|lycéen|élève"
    r"|étudiant|apprenti|participant|papa|père|gamin|enfant|stagiaire|frère|couple|duo|binôme de jeunes|usager|binôme)"
)
_ADJECTIVE = r"(?:(?:autre|petite?|grande?|ancienn?e?|nouve(?:l|au|lle)|même|certaine?|seule?|très) )*"
_NO_PERSON = (
    r"(?:association|équipe|structure|service|population|commune|génération|public|institution|entreprise|ressource|compagnie"
    r"|collectif|café|groupe|troupe|réseau|conseil|club|projet|créateur|retraité)"
)
_END = rf"(?![\w’'-])(?! {_NO_PERSON})"
PERSON = rf"{_ADJECTIVE}(?:{_FEMININE}|{_MASCULINE}){_END}"
OF_ONE_SEX = (
    rf"(?:une {_ADJECTIVE}(?:jeune (?:fille|femme|mère|maman|majeure)|jeune|fille|adolescente|mineure|collégienne|lycéenne"
    rf"|gamine|maman|mère)|un {_ADJECTIVE}(?:jeune (?:homme|garçon|père|papa)|garçon|gamin|papa)){_END}"
)
_IN_WORDS = (
    r"(?:sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|dix-sept|dix-huit|dix-neuf|vingt(?:-(?:et-un|deux|trois"
    r"|quatre|cinq|six))?)"
)
AGE = rf"(?:1?\d|2\d|{_IN_WORDS}) ans\b(?! d['’e]| par| (?:et|ou) (?:plus|moins|\+)| (?:révolus|mini|max))"
_PARTICIPLE = r"(?:[a-zéèêîïûùâôç]+(?:é|i|u|is|it|ert|eint|aint|uit)e?|eue?|fait|mort|né[e]?)(?![\w’'-])"
_HAD = r"(?:(?:(?:n['’]|l['’]|s['’]|y )?(?:avait|était|allait|vivait|venait|fréquentait|refusait|souhaitait|voulait|cherchait))\b)"
_TO_BE = r"(?:allé|venu|revenu|parti|reparti|retourné|entré|sorti|arrivé|devenu|resté|né|décédé|mort|tombé)e?"
_WITH_HAVE = rf"(?:y |nous |lui |leur |n['’]|l['’]|n['’]y |en )?(?:a|avait|aura)(?: (?!le |la |les |une? |des |du )\w+)?? (?:été )?{_PARTICIPLE}"
_HAPPENED = rf"(?:{_WITH_HAVE}|(?:n['’])?est (?:\w+ )?{_TO_BE}\b|s['’](?:y )?est\b|{_HAD})"
_SINCE = (
    r"(?:depuis (?:\w+ ){0,3}(?:20\d\d|\d+|un|une|deux|trois|quatre|cinq|six|sept|huit|janvier|février|mars|avril|mai|juin"
    r"|juillet|août|septembre|octobre|novembre|décembre|l['’]été|la rentrée|le collège)"
    r"|en (?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|20\d\d)"
    r"|cette année|l['’]an dernier|l['’]été dernier)"
)
_GAP = r"[^.;:!?]{0,90}?"
_NO_NAME = r"(?!(?:Les?|La|Des|Nos|Aux|Dès|Groupe|Club|Atelier|Séjour|Fête|Anniversaire|Tournoi|Section|Public|Tranche|Chantier|Stage|Camp|Convention|Contrat|Bail|Durée|Projet)\b)"
_NAME = rf"{_NO_NAME}(?:[A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)?|[A-Z]\.(?: ?[A-Z]\.)?|[A-Z])"

_RULES: tuple[tuple[str, str, bool], ...] = (
    (
        r"(?<![\w’'-])(?:[lL]['’]une?|[uU]ne?) (?:d['’](?:entre )?(?:eux|elles)|(?:des|de (?:ces|nos)|parmi (?:les|ces)) (?:\d+ |deux |trois"
        r" |quatre )?(?:jeunes|filles|garçons|mineure?s|adolescente?s|élèves|collégien(?:ne)?s|lycéen(?:ne)?s|familles|enfants"
        r"|participante?s))(?![\w-])",
        "une personne est distinguée d'un groupe",
        False,
    ),
    (
        rf"\bdont (?:l['’])?une? (?:{PERSON}|seule?\b|de {AGE}|en |a |est |était |qui |âgée? )",
        "une personne est isolée",
        False,
    ),
    (rf"(?<![\w’'-]){_NAME},? \(?{AGE}", "une personne est nommée, avec son âge", False),
    (rf"\b[Ll][ea] jeune (?:{_NAME})(?![\w’'-])", "une personne est nommée", False),
    (
        rf"\b(?:{PERSON}|[eE]lle|[iI]l|lui)[ ,(]{{1,2}}(?:\w+[ ,]{{1,2}}){{0,3}}?(?:de |a |avait |avoir |d['’]avoir |âgée? de |âgée? d['’])?{AGE}",
        "l'âge d'une personne est donné",
        True,
    ),
    (rf"\bâgée? (?:de |d['’]){AGE}", "l'âge d'une personne est donné", True),
    (
        rf"\b(?:(?:[cC]ette|[cC]et?) {PERSON}(?! {_NO_PERSON})|(?:[sS]on|[sS]a) (?:mère|sœur|père|frère)\b)",
        "une personne est désignée",
        True,
    ),
    (
        rf"\b(?:[uU]ne?|[lL][ea]|[lL]['’]) ?{PERSON}{_GAP} {_HAPPENED}",
        "ce qui est arrivé à une personne est raconté",
        True,
    ),
    (
        rf"\b(?:{_HAPPENED}|(?:avons|avions|ont|avaient) (?:\w+ )?{_PARTICIPLE}) (?:\w+ ){{0,2}}(?:à |avec |pour )?{OF_ONE_SEX}",
        "ce qui est arrivé à une personne est raconté",
        True,
    ),
    (
        rf"\b(?:[lL][ea] seule?|[lL]['’]unique|[uU]n seul|[uU]ne seule|[sS]eule? une?) {PERSON}",
        "une personne est isolée",
        True,
    ),
    (
        r"(?<![\w’'-])(?:[lL]e|[lL]a) (?:plus jeune|benjamine?|cadette?|petite? derni(?:er|ère)|deuxième|troisième|quatrième|seconde?)"
        rf"(?:,? (?:âgée?|de {AGE}|scolarisée?|exclue?|placée?|qui|a|est|avait|était|vit|venait|vient)\b| de la (?:famille|fratrie))",
        "une personne est distinguée d'un groupe",
        True,
    ),
    (
        r"(?<![\w’'-])[lL]['’]aînée?,? (?:âgée?|scolarisée?|exclue?|placée?|qui|a|est|avait|était|vit|de la (?:famille|fratrie))\b",
        "une personne est distinguée d'un groupe",
        True,
    ),
    (
        r"(?<![\w.’'-])[A-Z]\.(?: ?[A-Z]\.)?(?:, (?:que|qui|âgée?|suivie?|accompagnée?|\d)| (?:avait|était|vit|vivait|vient|venait)\b)",
        "une personne est désignée par son initiale",
        False,
    ),
    (
        r"(?:\b[nN]ous |équipe |éducat(?:eur|rice)s? )l['’](?:a|ont|avons|avions|avait) (?:\w+ )?(?:accompagnée?|suivie?|orientée?|rencontrée?|hébergée?"
        r"|conduite?|emmenée?|croisée?)\b|\b(?:[iI]l a fallu|(?:avons|a|ont) (?:dû|pu)) l['’](?:accompagner|héberger|orienter|emmener|conduire)\b"
        r"|\béquipe l['’]a croisée?\b",
        "ce qui est arrivé à une personne est raconté",
        True,
    ),
    (
        rf"\b(?:retour|sortie|départ) d(?:e |['’])(?:hospitalisation|prison|détention|garde à vue|fugue|foyer)\b{_GAP}\b(?:le|la|cette?|un|une) {PERSON}",
        "ce qui est arrivé à une personne est raconté",
        True,
    ),
    (
        rf"\b[lL][ea] (?:{_FEMININE}|{_MASCULINE}),? (?:sortie?|exclue?|placée?|incarcérée?|hospitalisée?|mise?) (?:de|du|en|à|sous)\b{_GAP}\b(?:a|est|avait) ",
        "ce qui est arrivé à une personne est raconté",
        True,
    ),
    (rf"\b[uU]ne? {PERSON}{_GAP}\b{_SINCE}", "une personne est suivie dans le temps", True),
    (
        rf"\b(?:[lL]e cas|[lL]['’]histoire|[lL]['’]exemple|[lL]e témoignage|[lL]e portrait|[tT]émoignage|[pP]ortrait|[lL]e parcours|[eE]xemple) "
        rf"(?:de |d['’])(?:une?|cette|cet?|la|le) ?{PERSON}",
        "le cas d'une personne est raconté",
        True,
    ),
    (
        rf"\b(?:[eE]xemple|[pP]ar exemple|[nN]otamment|[cC]omme)[ ,:]{{1,3}}(?:celui |celle |pour |avec )?(?:d['’])?une? {PERSON}",
        "le cas d'une personne est raconté",
        True,
    ),
    (
        rf"(?:^|(?<=[.!?;] )){OF_ONE_SEX.replace('(?:une', '(?:[uU]ne').replace('|un ', '|[uU]n ')}",
        "une personne est décrite",
        True,
    ),
)
"""(what is looked for, why it stops, whether words of generality excuse it)."""
_COMPILED = tuple((re.compile(pattern), reason, excused) for pattern, reason, excused in _RULES)

_BEFORE = re.compile(
    r"(?:\b(?:chaque|tout|toute|aucune?|quel(?:le)? que soit|lorsqu['’]\w*|quand|dès qu['’]|si|s['’]il|s['’]elle"
    r"|arrive(?: \w+)? qu['’]|pour qu['’]|afin qu['’]|bien qu['’]|avant qu['’]|sans qu['’]|fois qu['’]|même si|parfois|souvent|généralement"
    r"|jamais|moins d['’]|soit|tel qu['’]|ainsi qu['’]|en général|où)[^.;:!?]{0,60}|\bou )$",
    re.IGNORECASE,
)
"""Words of generality before the person."""
_WITHIN = re.compile(
    r"\b(?:peut|peuvent|pourra|pourrait|doit|devra|devrait|sait|parfois|souvent|généralement|toujours|ou une?|ou non"
    r"|(?:moins|plus) de (?:\d|[a-zé-]+ (?:ans|mois|heures|jours))|(?:jeune|fille|garçon|élève|mineure?|adolescente?|collégienne?"
    r"|collégien|lycéenne?|lycéen|personne|parent) sur (?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|vingt|cent|\d+)|de \d+ à|entre \d+ et|à partir de|quel(?:le)? que soit)\b",
    re.IGNORECASE,
)
"""Words of generality between the person and what is said of her."""
THINGS = re.compile(
    r"\b(?:actions|activités|ateliers|séances|sorties|conventions|structures|associations|communes|réunions|salles|écoles"
    r"|partenaires|instances|permanences|journées|fêtes|équipes|éducatrices|éducateurs|villes|pistes|propositions|locaux"
    r"|classes|formations|thématiques|questions|subventions|missions|rues|cités)\b",
    re.IGNORECASE,
)
_PERSONS = re.compile(
    r"\b(?:jeunes|filles|garçons|mineure?s|adolescente?s|élèves|collégien(?:ne)?s|familles|enfants|participante?s)\b",
    re.IGNORECASE,
)
_FOLLOWING = 40


def one_person(sentence: str, before: str = "") -> Iterator[tuple[str, str]]:
    """Find what a sentence says of one person.

    Parameters
    ----------
    before
        The sentences of the paragraph that come before: « l'une d'elles » may be an action that they name.

    Yields
    ------
    The words, and why they tell of one person, in French.
    """
    plain = re.sub(r"[\s\u00a0\u202f]", " ", sentence)
    for pattern, reason, excused in _COMPILED:
        for match in pattern.finditer(plain):
            if not (excused and _is_general(plain, match)) and not _of_things(match.group(), plain, before):
                yield match.group().strip(" ,;:("), reason
                break


def _is_general(sentence: str, match: re.Match[str]) -> bool:
    after = sentence[match.start() : match.end() + _FOLLOWING]
    return bool(_BEFORE.search(sentence[: match.start()]) or _WITHIN.search(after))


def _of_things(words: str, sentence: str, before: str) -> bool:
    """Say whether « l'une d'elles » is one of several things."""
    if not re.search(r"\b(?:eux|elles)$", words):
        return False
    near = sentence if THINGS.search(sentence) or _PERSONS.search(sentence) else before
    return bool(THINGS.search(near)) and not _PERSONS.search(near)
