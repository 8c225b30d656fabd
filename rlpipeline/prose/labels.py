"""What a label or a comment of the records says of one person: words without a sentence around them.

A label has no verb that would make it general: « Accueil d'une jeune » is about somebody where « accueillir un jeune »
is not. The patterns read French as :mod:`~rlpipeline.prose.one_person` does, whose rules hold too.
"""

# ruff: noqa: E501 - a pattern is read whole
from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.prose.one_person import AGE, OF_ONE_SEX, PERSON

_SOMEBODY = (
    rf"(?:{PERSON}|(?:ancienn?e? |autre |seule? )?(?:majeure?|habitante?|locataire|résidente?|voisine?|riveraine?|détenue?|toxicomane|dealer|dealeuse|sans-abri|SDF"
    r"|migrante?|réfugiée?|exilée?|squatteu(?:r|se)|consommat(?:eur|rice)|prostituée|délinquante?|fugueu(?:r|se)|prévenue?|primo-arrivante?|décrocheu(?:r|se)"
    r"|homme|femme|individu|MNA)(?![\w’'-]))"
)
"""One of those whom a label may be about; « majeur » or « détenu » would be adjectives in a sentence."""
_CIRCUMSTANCE = (
    r"(?:(?:très |déjà )?(?:enceinte|incarcérée?|hospitalisée?|placée?|agressée?|violée?|battue?|suicidaire|toxicomane|alcoolique|trans|homosexuel(?:le)?"
    r"|prostituée?|radicalisée?|mise? en examen|décédée?|blessée?|harcelée?|expulsée?|relogée?|suivie?|accompagnée?|orpheline?|fugueu(?:r|se)"
    r"|exclue?|déscolarisée?|handicapée?|majeure? (?:vulnérable|protégée?)|migrante?|exilée?|autiste|violente?|alcoolisée?|malade|épileptique|diabétique|dépressi(?:f|ve)|schizophrène|bipolaire|séropositi(?:f|ve)|illettrée?|transgenre|sourde?|aveugle|poignardée?|arrêtée?|condamnée?|renvoyée?|licenciée?|déférée?|délogée?|sinistrée?|arrivée?|née?)(?![\w’'-])"
    r"|atteinte? d(?:e |['’]|u )|sans (?:papiers|logement|domicile|abri|ressources|toit|emploi|titre)(?![\w-])|reconnue? travailleu(?:r|se)"
    r"|en attente d(?:e |['’])(?:jugement|procès|papiers|titre|place|placement|régularisation)|en (?:fugue|prison|détention|garde à vue|rupture|errance|danger|foyer|famille d['’]accueil|situation de)(?![\w-])"
    r"|sort(?:ie?|ant)e? (?:de|d['’]|du)|sous (?:bracelet|oqtf|traitement|emprise|main de justice|contrôle judiciaire|tutelle|curatelle)|à la rue(?![\w-])|à l['’]hôtel"
    r"|avec (?:un|une|son|sa|ses) (?:bébé|enfants?|nourrisson)"
    r"|victime d(?:e |['’]))"
)
_FROM = r"(?: (?:du|de la|de l['’]|de|en|au) ?[\w’']+(?: [\w’']+)?)?"
_NARRATIVE_VERB = (
    r"(?:vit|dort|deale|vend|consomme|fume|boit|vole|fugue|fréquente|traîne|squatte|habite|loge|subit|souffre|frappe|menace"
    r"|tient|tague|cambriole|insulte|agresse|se (?:prostitue|drogue|scarifie|cache|trouve)|refuse de|attend (?:son|sa|un)|risque|revient|sort|est (?:en|à|au|sous|chez|parti|revenu|mort|né|suivi|placé"
    r"|exclu|hospitalisé|incarcéré|sorti|enceinte|logé|hébergé)\w*"
    r"|a (?:été )?(?:avorté|fugué|accouché|agressé|violé|tenté|dealé|frappé|volé|menacé|incarcéré|hospitalisé|placé)e?)(?![\w-])"
)
_FROM_A_PLACE = r"(?: (?:du|de la|de l['’]|de|d['’]|en|au) ?[^,;:!?]{1,25}?)?"
_PAST = r"(?!(?:âgé|engagé|motivé|formé|diplômé|qualifié|connecté|impliqué|éloigné|salarié|retraité|privé|référ\w*)e?s?(?![\w-]))(?:[a-zàâçèéêîïôûù]+ée?|détenue?|battue?|mort|mise? en|perdue?|disparue?)(?![\w’'-])"
_TITLE = r"(?:MM?\.|M(?=[mM]?[mM]e )|Mmes?|Mlles?|(?i:monsieur|madame|mademoiselle|mme|mlle))"
_OFFICE = (
    r"(?i:maires?|préf[eè]te?|sous-préf\w+|ministre|député\w*|sénat\w+|président\w*|direct(?:eur|rice)\w*|princip\w+|proviseur\w*|CPE|élu\w*|inspect\w+"
    r"|procureur\w*|juge|recteur|rectrice|adjoint\w*|conseill\w+|éducat\w+|assistant\w*|psychologue|référent\w*|docteure?|professeure?|enseignant\w*|animat\w+"
    r"|chargée? d|chef\w*|gardien\w*|infirmi[eè]re?)"
)
_BEARERS = "collège lycée école scolaire espace fondation rue avenue place salle gymnase résidence centre maison association cabinet étude foyer stade allée square prix"
_NAMED_AFTER = "".join(rf"(?<!{bearer} )" for bearer in _BEARERS.split())
"""What bears the name of somebody: « Collège M. Pagnol »."""
_DISCHARGED = r"(?:exclue?|renvoyée?|incarcérée?|hospitalisée?|placée?|expulsée?|interpellée?|condamnée?|agressée?|poignardée?|violée?|hébergée?(?! par l)|relogée?)"
_OF_A_PLACE = r"(?<!point )(?<!info )(?<!espace )(?<!maison )(?<!pôle )(?<!relais )(?<!café )(?<!accueil )(?<!service )"  # a place of families
_NUMBERED_TITLE = re.compile(r"^\s*\d+(?= mesures? d(?:e |['’])[^\W\d]+\s*$)", re.IGNORECASE)
"""« 4 mesures de responsabilisation »: what a convention is called, where nothing else is said."""
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
    (rf"(?i:(?<![\w’'-])(?:une? |l['’]|l[ea] |cette? )?{_SOMEBODY}{_FROM}(?: non)?(?: [^\W\d]+){{0,2}}?,? \(?{_CIRCUMSTANCE})", "une personne est décrite"),
    (rf"(?i:(?<![\w’'-])(?:une?|l[ea]|l['’]) ?{_SOMEBODY}{_FROM} (?:qui |y |s['’]y )?{_NARRATIVE_VERB})", "ce que fait une personne est raconté"),
    (rf"(?i:(?:^|(?<=[.!?;:,] ))(?:elle|il) (?:y )?{_NARRATIVE_VERB})", "ce que fait une personne est raconté"),
    (
        rf"(?i:(?<![\w-])(?:(?:grand-|belle-|beau-|demi-)?(?:fils|fille|frère|sœur|mère|père|parents?|maman|papa|oncle|tante|cousine?"
        rf"|copine?|compagnon|compagne)(?: aînée?| cadette?)?) (?:du|de la|de l['’]|d['’]une?|d['’]un|de (?:ce|cette|son|sa)) ?(?:jeune|élève|gardien|ado|mineure?|fille|garçon|boulang\w+|maire|voisine?"
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
    (r"(?<![\w’'.-])(?:[Ss]uivi|[Ss]ituation|[Jj]eune|[Pp]our|[Aa]vec|[Cc]hez) (?:de |d['’])?(?!MM?\. \w)[A-Z]\.(?: ?[A-Z]\.)?(?![\w’'])(?! [A-ZÀ-Ý][a-zà-ÿ])", "une personne est désignée par son initiale"),
    (rf"(?i:(?<![\w’'-])(?:une?|1) {_SOMEBODY}{_FROM_A_PLACE} {_PAST})", "ce qui est arrivé à une personne est raconté"),
    (rf"(?i:(?<![\w’'-]){_SOMEBODY}(?:,? (?!moins|plus|jusqu|dès)[^\W\d]+){{0,4}}?,? \(?(?:(?:âgée? )?de |âgée? d['’])?(?<!moins de )(?<!plus de ){AGE})", "l'âge d'une personne est donné"),
    (rf"(?i:^(?:âgée? (?:de |d['’]))?{AGE}(?:,| \() ?(?!re(?:nouvel|conduc)|ferme|tacite|déjà)[a-zà-ÿ])", "l'âge d'une personne est donné"),
    (rf"(?i:(?:^|{_SOMEBODY}(?: \w+){{0,2}},? )née? (?:(?:à|au|aux) [\w’'-]+ )?(?:en|le) (?:\d[\w /.-]*?)?\d{{4}}(?! d[e'’]| à l|, (?:l|c)))", "la naissance d'une personne est donnée"),
    (rf"(?i:(?<![\w’'-])(?:retour|sortie|départ|arrivée|frais|tig|peine|amende|audience|jugement|dette|obsèques|soins|incarcération)(?: [^\s,;:]+){{0,4}}? (?:d['’]une?|pour une?) {_SOMEBODY})", "ce qui est arrivé à une personne est raconté"),
    (rf"(?i:(?<![\w’'-])(?:achat|don|prêt|paiement|financement|aide|colis|billet)s?(?: [^\s,;:]+){{1,4}}? pour une? {_SOMEBODY}(?! (?:en|travaill)))", "une aide à une personne est racontée"),
    (rf"(?i:(?<![\w’'-])(?:accompagnement|convocation|comparution|orientation|admission|conduite|transport|visite) d['’]une? {_SOMEBODY} (?:vers|à|au|aux|chez|en) )(?:(?:la |le |l['’]|une? )?(?:(?-i:[A-ZÀ-Ý])|hôpital|tribunal|commissariat|gendarmerie|prison|procès|audience|urgences|maternité|psychiatr))", "ce qui est arrivé à une personne est raconté"),
    (r"(?i:(?<![\w’'-])(?:dealer|dealeuse|toxicomane|détenue?|délinquante?|fugueu(?:r|se)|squatteu(?:r|se)) (?:du|de la|de l['’]|au|à la) )", "une personne est désignée"),
    (rf"(?i:^(?:l[ea] )?seule? {_SOMEBODY})", "une personne est isolée"),
    (rf"(?i:^a (?:été )?(?:avortée?|fuguée?|accouchée?|{_DISCHARGED}|volée?|dealée?|frappée?|menacée?|tentée?)(?![\w-]))", "ce qui est arrivé à une personne est raconté"),
    (rf"(?i:^{_DISCHARGED}(?: \w+ment)? (?:d[eu]|d['’]|en|à|au|chez|par|pour|depuis|devant)(?![\w-])(?! (?:annexe|tête|réserve|liste|(?:la |le )?(?:dispositif|périmètre|calcul|champ|budget))))", "ce qui est arrivé à une personne est raconté"),
    (rf"(?i:{_NAMED_AFTER})(?<![\w’'.-]){_TITLE} (?!(?:{_OFFICE}|L[ea]s?|L['’])(?![a-zà-ÿ]))(?:d[eu] |d['’])?[A-ZÀ-Ý](?:\.|[\w’'-]*)(?!.{{0,80}}\b{_OFFICE})", "une personne est nommée"),
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
        match = pattern.search(plain)
        if match and not _GENERAL.search(plain[: match.start()]):
            yield match.group().strip(" ,;:("), reason


def without_titles(text: str) -> str:
    """The text, character for character, where what a programme or a convention is called counts nobody."""
    for title in (_ONE_FOR_ONE, _NUMBERED_TITLE):
        text = title.sub(lambda match: "-" * len(match.group()), text)
    return text
