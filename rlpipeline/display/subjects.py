"""What may be a finding of the year, declared: the figure, how a change of it is told from chance, its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rlpipeline.figures.labels import AGES, AU_MOINS_UN, NOUVEAUX, TOTAL

Kind = Literal["flux", "stock", "part"]
"""What happened in the year; those counted at a time, most of whom were there the year before; their share."""
Path = tuple[str, str, str]
OPEN = {"moins_11": "moins de 11 ans", "plus_21": "plus de 21 ans"}
"""Bands of ages without a least or a greatest."""
CALL = '"{}", "{}", "{}"'


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A figure whose change from the year before may be a finding.

    Parameters
    ----------
    path
        Table, line and column; several lines that add up are joined by « + ».
    whole
        Line and column of the same table, or table, line and column, of which a share is a part.
    group
        Line of the table ``mouvements`` that says who came and who left; empty for a flow.
    theme
        Two findings of one theme do not stand together in the headline.
    weight
        What the size of a change is multiplied by when findings are ranked.
    noun
        What is counted, singular and plural; of a share, its whole.
    what
        Of a share, what is said of its members: a verb, singular and plural, and its object.
    since
        How the year before is said after « contre 60 »; by default « en 2022 ».
    headline
        Of a count, what follows « plus » or « moins »; of a share, what follows the words of a rise or a fall.
    rise, fall
        These words.
    under
        Finding that this one is told with, if both are found.
    detail
        What is told after another finding that this one is folded into.
    lines
        Lines of its table of which the one that holds most of it is told, with the words of each.
    includes
        Young people followed who are some of those counted, which is told.
    """

    id: str
    kind: Kind
    path: Path
    noun: tuple[str, str]
    headline: str
    theme: str
    rise: str = "une plus grande part"
    fall: str = "une moindre part"
    whole: tuple[str, ...] = ()
    group: str = ""
    what: tuple[str, str, str] = ("", "", "")
    since: str = "en {{ annee(-1) }}"
    weight: float = 1.0
    under: str = ""
    detail: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    includes: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Level:
    """How many of a whole, which is worth saying whatever it was the year before.

    Parameters
    ----------
    of
        What the whole counts, singular and plural.
    outcomes
        Lines of the table that make the whole, with the words of each: what the edition to share says, without reasons.
    reasons
        Table that counts the same by reason; empty where none does.
    """

    id: str
    path: Path
    noun: tuple[str, str]
    whole: tuple[str, str]
    of: tuple[str, str] = ("", "")
    outcomes: tuple[tuple[str, str, str], ...] = ()
    reasons: str = ""


def _ages(
    table: str, members: str, theme: str, weight: float, where: str = "", public: str = "un public"
) -> tuple[Subject, ...]:
    plural = "s" if public.startswith("des ") else ""
    young = Subject(
        id=f"{table}_moins_15",
        kind="part",
        path=(table, "moins_11+11_14", TOTAL),
        whole=(TOTAL, TOTAL),
        group=f"{table}/moins_15",
        noun=(members, members),
        what=("a", "ont", "moins de 15 ans"),
        headline=where,
        rise=f"{public} plus jeune{plural}",
        fall=f"{public} plus âgé{plural}",
        theme=theme,
        weight=weight,
    )
    return young, *(
        Subject(
            id=f"{table}_{age}",
            kind="part",
            path=(table, age, TOTAL),
            whole=(TOTAL, TOTAL),
            group=f"{table}/{age}",
            noun=(members, members),
            what=("a", "ont", _of_age(age).removeprefix("de ") if age in OPEN else _of_age(age)),
            headline=f" de {_band(age)}{where}",
            theme=theme,
            weight=weight,
            under=young.id,
            detail=_of_band(table, age) if age == "15_18" else "",
        )
        for age in AGES
    )


def _band(age: str) -> str:
    return OPEN.get(age) or f"{age.replace('_', '-')} ans"


def _of_age(age: str) -> str:
    return f"de {_band(age).replace('-', ' à ')}"


def _of_band(table: str, age: str) -> str:
    call = CALL.format(table, age, TOTAL)
    return f"les {_band(age)} passent de {{{{ chiffre({call}, decalage=-1) }}}} à {{{{ chiffre({call}) }}}}"


def _girls(table: str, members: str, theme: str, weight: float, where: str = "") -> Subject:
    return Subject(
        id=f"{table}_filles",
        kind="part",
        path=(table, TOTAL, "F"),
        whole=(TOTAL, TOTAL),
        group=f"{table}/F",
        noun=(members, members),
        what=("est une fille", "sont des filles", ""),
        headline=f" de filles{where}",
        theme=theme,
        weight=weight,
    )


FOLLOWED, MET, SEEN = (
    "jeunes accompagnés",
    "jeunes rencontrés en travail de rue",
    "jeunes rencontrés en présence sociale",
)
_SITUATIONS = {
    "descolarise": (("est déscolarisé", "sont déscolarisés", ""), "de jeunes déscolarisés"),
    "recherche_emploi": (("cherche un emploi", "cherchent un emploi", ""), "de jeunes en recherche d'emploi"),
    "activite_professionnelle": (("travaille", "travaillent", ""), "de jeunes au travail"),
    "formation": (("est en formation", "sont en formation", ""), "de jeunes en formation"),
}

SUBJECTS: tuple[Subject, ...] = (
    Subject(
        id="clotures",
        kind="flux",
        path=("clotures", TOTAL, "nombre"),
        lines=(("amelioration_situation", "pour amélioration de la situation"),),
        noun=("accompagnement clos", "accompagnements clos"),
        headline="d'accompagnements clos",
        theme="parcours",
        weight=1.3,
    ),
    Subject(
        id="ameliorations",
        kind="flux",
        path=("clotures", "amelioration_situation", "nombre"),
        noun=(
            "accompagnement clos pour amélioration de la situation",
            "accompagnements clos pour amélioration de la situation",
        ),
        headline="d'accompagnements clos pour amélioration de la situation",
        theme="parcours",
        under="clotures",
    ),
    Subject(
        id="ouverts",
        kind="stock",
        path=("flux_paei", "ouverts_31_decembre", "nombre"),
        group="flux_paei/ouverts_31_decembre",
        noun=("accompagnement en cours au 31 décembre", "accompagnements en cours au 31 décembre"),
        since="un an plus tôt",
        headline="d'accompagnements en cours",
        theme="parcours",
        weight=1.2,
    ),
    Subject(
        id="accompagnes",
        kind="stock",
        path=("accompagnes", TOTAL, TOTAL),
        group="accompagnes/total",
        noun=("jeune accompagné", "jeunes accompagnés"),
        headline="de jeunes accompagnés",
        theme="parcours",
        weight=1.5,
    ),
    Subject(
        id="nouveaux",
        kind="flux",
        path=("accompagnes", TOTAL, NOUVEAUX),
        noun=("jeune accompagné pour la première fois", "jeunes accompagnés pour la première fois"),
        headline="de jeunes accompagnés pour la première fois",
        theme="parcours",
    ),
    *_ages("accompagnes", FOLLOWED, "public", 1.5, public="des jeunes accompagnés"),
    _girls("accompagnes", FOLLOWED, "public", 1.2),
    *(
        Subject(
            id=f"situations_{code}",
            kind="part",
            path=("situations", code, TOTAL),
            whole=(TOTAL, TOTAL),
            group=f"situations/{code}",
            noun=(FOLLOWED, FOLLOWED),
            what=what,
            headline=f" {words}",
            theme="situations",
        )
        for code, (what, words) in _SITUATIONS.items()
    ),
    Subject(
        id="co_accompagnements",
        kind="part",
        path=("co_accompagnements", AU_MOINS_UN, "jeunes"),
        whole=("accompagnes", TOTAL, TOTAL),
        group=f"co_accompagnements/{AU_MOINS_UN}",
        noun=(FOLLOWED, FOLLOWED),
        what=("l'est avec un autre service", "le sont avec un autre service", ""),
        headline=" de suivis partagés",
        rise="davantage",
        fall="moins",
        theme="partenaires",
    ),
    Subject(
        id="orientations",
        kind="flux",
        path=("orientations", TOTAL, "nombre"),
        noun=("orientation vers un partenaire", "orientations vers un partenaire"),
        headline="d'orientations vers un partenaire",
        theme="partenaires",
        weight=0.8,
    ),
    Subject(
        id="demandes",
        kind="flux",
        path=("demandes", TOTAL, TOTAL),
        noun=("demande d'accompagnement", "demandes d'accompagnement"),
        headline="de demandes d'accompagnement",
        theme="demandes",
    ),
    Subject(
        id="refus",
        kind="flux",
        path=("demandes", "refusee", TOTAL),
        noun=("demande refusée", "demandes refusées"),
        headline="de demandes refusées",
        theme="demandes",
        under="demandes",
    ),
    Subject(
        id="travail_de_rue",
        kind="stock",
        path=("travail_de_rue", TOTAL, TOTAL),
        group="travail_de_rue/total",
        noun=("jeune rencontré en travail de rue", "jeunes rencontrés en travail de rue"),
        headline="de jeunes rencontrés en travail de rue",
        lines=tuple((age, _of_age(age)) for age in AGES),
        includes=("accompagnes", TOTAL, TOTAL),
        theme="rue",
    ),
    Subject(
        id="contacts",
        kind="flux",
        path=("travail_de_rue", TOTAL, NOUVEAUX),
        noun=("premier contact en travail de rue", "premiers contacts en travail de rue"),
        headline="de premiers contacts en travail de rue",
        theme="rue",
        weight=0.8,
    ),
    *_ages("travail_de_rue", MET, "public", 0.8, " en travail de rue"),
    _girls("travail_de_rue", MET, "public", 0.8, " en travail de rue"),
    Subject(
        id="presence_sociale",
        kind="stock",
        path=("presence_sociale", TOTAL, TOTAL),
        group="presence_sociale/total",
        noun=("jeune rencontré en présence sociale", "jeunes rencontrés en présence sociale"),
        headline="de jeunes rencontrés en présence sociale",
        theme="presence",
        weight=0.8,
    ),
    *_ages("presence_sociale", SEEN, "public", 0.4, " en présence sociale"),
    _girls("presence_sociale", SEEN, "public", 0.4, " en présence sociale"),
)
"""In the order in which equals are told."""
LEVELS = (
    Level(
        id="refus",
        path=("demandes", "refusee", TOTAL),
        noun=("demande refusée", "demandes refusées"),
        whole=(TOTAL, TOTAL),
        of=("demande d'accompagnement", "demandes d'accompagnement"),
        outcomes=(
            ("acceptee", "acceptée", "acceptées"),
            ("refusee", "refusée", "refusées"),
            ("reorientee", "réorientée", "réorientées"),
            ("en_attente", "en attente", "en attente"),
        ),
        reasons="motifs_refus",
    ),
)
BESIDE = ("accompagnes_moins_15", "clotures", "travail_de_rue", "ouverts", "refus")
"""What a territory says beside the year before, after its findings: what was done, then what was asked."""
PERSONS = ("accompagnes", "travail_de_rue", "presence_sociale")
"""What its headline counts: the first of these tables that counts somebody."""
