"""What may be a finding of the year, declared: the figure, how a change of it is told from chance, its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rlpipeline.figures.labels import AGES, AU_MOINS_UN, NOUVEAUX, TOTAL

Kind = Literal["flux", "stock", "part"]
"""What happened in the year; those counted at a time, most of whom were there the year before; their share."""
Path = tuple[str, str, str]
RATES = "taux_communes"
"""Table of the young people followed for a thousand inhabitants."""
FOLLOWED, MET, SEEN = (
    "jeunes accompagnés",
    "jeunes rencontrés en travail de rue",
    "jeunes rencontrés en présence sociale",
)


@dataclass(frozen=True)
class Subject:
    """A figure whose change from the year before may be a finding.

    Parameters
    ----------
    path
        Table, line and column; several lines that add up are joined by « + ».
    noun, what
        What is counted, singular and plural; of a share, its whole, then what is said of its members: a verb, singular
        and plural, and its object.
    theme
        Two findings of one theme do not stand together in the headline.
    weight
        What the size of a change is multiplied by when findings are ranked.
    headline
        Of a share, what follows the words of a ``rise`` or a ``fall``; of a count, what follows « plus » or « moins »
        where that is not what is counted.
    whole
        Line and column of the same table, or table, line and column, of which a share is a part.
    moved
        Line of the table ``mouvements`` that says who came and who left, if not « table/line ».
    under, detail
        Finding that this one is told with, if both are found; what is then told.
    lines
        Lines of its table of which the one that holds most of it is told, with the words of each.
    includes
        Young people followed who are some of those counted, which is told.
    outcomes, reasons
        Of what is worth saying whatever it was the year before: lines of its table that make the whole, with the words
        of each, which the edition to share says without reasons; table that counts the same by reason.
    """

    id: str
    kind: Kind
    path: Path
    noun: tuple[str, str]
    theme: str
    weight: float = 1.0
    headline: str = ""
    rise: str = "une plus grande part"
    fall: str = "une moindre part"
    whole: tuple[str, ...] = (TOTAL, TOTAL)
    moved: str = ""
    what: tuple[str, str, str] = ("", "", "")
    since: str = "en {{ annee(-1) }}"
    under: str = ""
    detail: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    includes: Path | None = None
    outcomes: tuple[tuple[str, str, str], ...] = ()
    reasons: str = ""

    @property
    def group(self) -> str:
        """Line of the table ``mouvements`` that says who came and who left."""
        return self.moved or f"{self.path[0]}/{self.path[1]}"


def _band(age: str) -> str:
    open_bands = {"moins_11": "moins de 11 ans", "plus_21": "plus de 21 ans"}
    return open_bands.get(age) or f"{age.replace('_', '-')} ans"


def _of_age(age: str) -> str:
    return f"de {_band(age).replace('-', ' à ')}"


def _shares(
    table: str, members: str, weight: float, of_girls: float, where: str = "", public: str = "un public"
) -> tuple[Subject, ...]:
    plural = "s" if public.startswith("des ") else ""
    noun = (members, members)
    young = Subject(
        f"{table}_moins_15", "part", (table, "moins_11+11_14", TOTAL), noun, "public", weight, where,
        rise=f"{public} plus jeune{plural}", fall=f"{public} plus âgé{plural}", moved=f"{table}/moins_15",
        what=("a", "ont", "moins de 15 ans"),
    )  # fmt: skip
    ages = []
    for age in AGES:
        call, said = f'"{table}", "{age}", "{TOTAL}"', _of_age(age)
        passing = f"les {_band(age)} passent de {{{{ chiffre({call}, decalage=-1) }}}} à {{{{ chiffre({call}) }}}}"
        one = Subject(
            f"{table}_{age}", "part", (table, age, TOTAL), noun, "public", weight, f" de {_band(age)}{where}",
            what=("a", "ont", said if age[0].isdigit() else said.removeprefix("de ")),
            under=young.id, detail=passing if age == "15_18" else "",
        )  # fmt: skip
        ages.append(one)
    girls = Subject(
        f"{table}_filles", "part", (table, TOTAL, "F"), noun, "public", of_girls, f" de filles{where}",
        moved=f"{table}/F", what=("est une fille", "sont des filles", ""),
    )  # fmt: skip
    return young, *ages, girls


def _situation(code: str, singular: str, plural: str, words: str) -> Subject:
    path, noun = ("situations", code, TOTAL), (FOLLOWED, FOLLOWED)
    what = (singular, plural, "")
    return Subject(f"situations_{code}", "part", path, noun, "situations", headline=f" {words}", what=what)


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "clotures", "flux", ("clotures", TOTAL, "nombre"), ("accompagnement clos", "accompagnements clos"), "parcours",
        1.3, lines=(("amelioration_situation", "pour amélioration de la situation"),),
    ),
    Subject(
        "ameliorations", "flux", ("clotures", "amelioration_situation", "nombre"),
        (
            "accompagnement clos pour amélioration de la situation",
            "accompagnements clos pour amélioration de la situation",
        ),
        "parcours", under="clotures",
    ),
    Subject(
        "ouverts", "stock", ("flux_paei", "ouverts_31_decembre", "nombre"),
        ("accompagnement en cours au 31 décembre", "accompagnements en cours au 31 décembre"), "parcours", 1.2,
        "d'accompagnements en cours", since="un an plus tôt",
    ),
    Subject(
        "accompagnes", "stock", ("accompagnes", TOTAL, TOTAL), ("jeune accompagné", FOLLOWED), "parcours", 1.5,
    ),
    Subject(
        "nouveaux", "flux", ("accompagnes", TOTAL, NOUVEAUX),
        ("jeune accompagné pour la première fois", "jeunes accompagnés pour la première fois"), "parcours",
    ),
    *_shares("accompagnes", FOLLOWED, 1.5, 1.2, public="des jeunes accompagnés"),
    _situation("descolarise", "est déscolarisé", "sont déscolarisés", "de jeunes déscolarisés"),
    _situation("recherche_emploi", "cherche un emploi", "cherchent un emploi", "de jeunes en recherche d'emploi"),
    _situation("activite_professionnelle", "travaille", "travaillent", "de jeunes au travail"),
    _situation("formation", "est en formation", "sont en formation", "de jeunes en formation"),
    Subject(
        "co_accompagnements", "part", ("co_accompagnements", AU_MOINS_UN, "jeunes"), (FOLLOWED, FOLLOWED),
        "partenaires", headline=" de suivis partagés", rise="davantage", fall="moins",
        whole=("accompagnes", TOTAL, TOTAL), what=("l'est avec un autre service", "le sont avec un autre service", ""),
    ),
    Subject(
        "orientations", "flux", ("orientations", TOTAL, "nombre"),
        ("orientation vers un partenaire", "orientations vers un partenaire"), "partenaires", 0.8,
    ),
    Subject(
        "demandes", "flux", ("demandes", TOTAL, TOTAL), ("demande d'accompagnement", "demandes d'accompagnement"),
        "demandes",
    ),
    Subject(
        "refus", "flux", ("demandes", "refusee", TOTAL), ("demande refusée", "demandes refusées"), "demandes",
        under="demandes", reasons="motifs_refus",
        outcomes=(
            ("acceptee", "acceptée", "acceptées"),
            ("refusee", "refusée", "refusées"),
            ("reorientee", "réorientée", "réorientées"),
            ("en_attente", "en attente", "en attente"),
        ),
    ),
    Subject(
        "travail_de_rue", "stock", ("travail_de_rue", TOTAL, TOTAL), ("jeune rencontré en travail de rue", MET), "rue",
        lines=tuple((age, _of_age(age)) for age in AGES), includes=("accompagnes", TOTAL, TOTAL),
    ),
    Subject(
        "contacts", "flux", ("travail_de_rue", TOTAL, NOUVEAUX),
        ("premier contact en travail de rue", "premiers contacts en travail de rue"), "rue", 0.8,
    ),
    *_shares("travail_de_rue", MET, 0.8, 0.8, " en travail de rue"),
    Subject(
        "presence_sociale", "stock", ("presence_sociale", TOTAL, TOTAL), ("jeune rencontré en présence sociale", SEEN),
        "presence", 0.8,
    ),
    *_shares("presence_sociale", SEEN, 0.4, 0.4, " en présence sociale"),
)  # fmt: skip
"""In the order in which equals are told."""
BESIDE = ("accompagnes_moins_15", "clotures", "travail_de_rue", "ouverts", "refus")
"""What a territory says beside the year before, after its findings: what was done, then what was asked."""
PERSONS = ("accompagnes", "travail_de_rue", "presence_sociale")
"""What its headline counts: the first of these tables that counts somebody."""
