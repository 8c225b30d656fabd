"""What is known of our own tables: what each crosses, which say the same, which are part of which. Read it as a list.

A cell is ``Cells(table, line, column)``; :class:`Each` stands for every code of an axis. What the definitions (printed
in the method annex) make true of any records blocks; what records that are accepted may break is told without blocking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Total = Literal["somme", "familles", "réunion", ""]
Sign = Literal["=", "<=", "zéro"]
Holds = Literal["always", "within_dates", "usually"]


@dataclass(frozen=True)
class Table:
    """A table about persons.

    Parameters
    ----------
    lines, columns
        Variables that it crosses; no columns where each column counts something of its own.
    unit
        What its figures count; empty where each says it.
    totals
        What the total line is of each column, or of all of them (under ""): the sum of the lines, that of the families,
        a count of distinct persons.
    total
        Code of that line.
    newcomers
        Whether a column counts those who are new, some of the total.
    """

    lines: str
    columns: str = ""
    unit: str = "jeunes"
    totals: Mapping[str, Total] = field(default_factory=lambda: {"": "somme"})
    total: str = "total"
    newcomers: bool = False


_ACTION = Table("public", "action", unit="", totals={})
TABLES: Mapping[str, Table] = {
    "travail_de_rue": Table("age", "sexe", newcomers=True),
    "presence_sociale": Table("age", "sexe", newcomers=True),
    "accompagnes": Table("age", "sexe", newcomers=True),
    "situations": Table("situation", "age"),
    "communes": Table("commune", "age"),
    "problematiques": Table("problematique", "age", unit="problematiques_relevees", totals={"": "familles"}),
    "problematiques_jeunes": Table("problematique", "age", totals={}),
    "co_accompagnements": Table("partenaire", totals={"jeunes": "réunion"}, total="au_moins_un"),
    "durees": Table("duree", "age"),
    "clotures": Table("motif", unit="accompagnements", totals={"nombre": "somme"}),
    "orientations": Table("domaine", unit="orientations", totals={"nombre": "somme", "jeunes": "réunion"}),
    "demandes": Table("suite", "age", unit="demandes"),
    "alertes": Table("statut", unit="suivis", totals={"nombre": "somme"}),
    "reseaux": Table("reseau", unit="", totals={}),
    "actions": _ACTION,
    "developpement_social_local": _ACTION,
    "parentalite": _ACTION,
    "actions_partenariales": _ACTION,
}


@dataclass(frozen=True)
class Each:
    """Every code of an axis, the same on both sides, save some."""

    axis: str
    save: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Cells:
    """Cells of a table: one, or one for each code of an axis.

    Parameters
    ----------
    territory
        Another territory than the one looked at.
    before
        Years before the one looked at.
    """

    table: str
    line: str | Each
    column: str | Each
    territory: Each | None = None
    before: int = 0


@dataclass(frozen=True)
class Relation:
    """A sum of cells and another, for every territory and year that has both.

    Parameters
    ----------
    sign
        ``=``; ``<=`` (the left side is part of the right one); ``zéro`` (one is zero where the other is).
    partial
        Whether it also holds between sums of what is known: the left side adds some of the rows of the right one.
    holds
        ``within_dates`` where rows outside the dates of their follow-up, which are counted, can break it; ``usually``
        where nothing in the records prevents the contrary.
    service
        Whether it is about the whole service only.
    """

    check: str
    name: str
    left: tuple[Cells, ...]
    sign: Sign
    right: tuple[Cells, ...]
    why: str
    partial: bool = False
    holds: Holds = "always"
    service: bool = False

    @property
    def crosses(self) -> bool:
        """Whether it is between tables of several territories."""
        return any(cells.territory for cells in (*self.left, *self.right))


AGE, LINE = Each("âge"), Each("ligne")
SEX = Each("sexe", save=frozenset({"nouveaux"}))
TERRITORY = Each("territoire", save=frozenset({"total"}))
COHORT = (Cells("accompagnes", AGE, "total"),)
EVERYONE = (Cells("accompagnes", "total", "total"),)
_COHORT = "ces tableaux comptent les mêmes jeunes accompagnés"
_NEW = "les nouveaux font partie du total"

MARGINS = (
    *(
        Relation("marge", "accompagnes", (Cells(table, "total", AGE),), "=", COHORT, _COHORT)
        for table in ("situations", "durees", "communes")
    ),
    Relation(
        "marge",
        "portrait",
        (Cells("communes", TERRITORY, AGE),),
        "=",
        (Cells("accompagnes", AGE, "total", territory=TERRITORY),),
        "la ligne d'une commune est le total de son portrait",
        service=True,
    ),
)

COHORTS = (
    *(
        Relation("cohorte", "nouveaux", (Cells(table, AGE, "nouveaux"),), "<=", (Cells(table, AGE, "total"),), _NEW)
        for table in ("accompagnes", "travail_de_rue", "presence_sociale")
    ),
    Relation(
        "cohorte",
        "travail_de_rue",
        (Cells("accompagnes", AGE, SEX),),
        "<=",
        (Cells("travail_de_rue", AGE, SEX),),
        "un jeune accompagné a un suivi actif, il compte en travail de rue",
    ),
    Relation(
        "cohorte",
        "durees",
        (Cells("accompagnes", AGE, "nouveaux"),),
        "<=",
        (Cells("durees", "moins_6_mois", AGE), Cells("durees", "6_11_mois", AGE)),
        "un accompagnement commencé dans l'année dure moins d'un an",
    ),
    Relation(
        "cohorte",
        "problematiques",
        (Cells("problematiques_jeunes", LINE, AGE),),
        "<=",
        (Cells("problematiques", LINE, AGE),),
        "un jeune concerné a au moins une problématique relevée",
    ),
    Relation(
        "cohorte",
        "problematiques_nulles",
        (Cells("problematiques_jeunes", LINE, AGE),),
        "zéro",
        (Cells("problematiques", LINE, AGE),),
        "une problématique relevée concerne un jeune",
    ),
    Relation(
        "cohorte",
        "accompagnes",
        (Cells("problematiques_jeunes", LINE, AGE),),
        "<=",
        COHORT,
        "un jeune concerné par une problématique est accompagné",
        holds="within_dates",
    ),
    Relation(
        "cohorte",
        "orientations",
        (Cells("orientations", LINE, "jeunes"),),
        "<=",
        (Cells("orientations", LINE, "nombre"),),
        "un jeune orienté a au moins une orientation",
    ),
    Relation(
        "cohorte",
        "orientations_nulles",
        (Cells("orientations", LINE, "jeunes"),),
        "zéro",
        (Cells("orientations", LINE, "nombre"),),
        "une orientation concerne un jeune",
    ),
    Relation(
        "cohorte",
        "accompagnes",
        (Cells("orientations", LINE, "jeunes"),),
        "<=",
        EVERYONE,
        "un jeune orienté est accompagné",
        holds="within_dates",
    ),
    Relation(
        "cohorte",
        "accompagnes",
        (Cells("co_accompagnements", LINE, "jeunes"),),
        "<=",
        EVERYONE,
        "un jeune suivi avec un autre service est accompagné",
    ),
    Relation(
        "cohorte",
        "temps_activite",
        (Cells("temps_en_ligne", LINE, "heures"),),
        "<=",
        (Cells("temps_activite", LINE, "heures"),),
        "le temps passé en ligne fait partie du temps de travail",
        partial=True,
    ),
    Relation(
        "cohorte",
        "etp",
        (Cells("personnel", LINE, "etp_departement"), Cells("personnel", LINE, "etp_communes")),
        "<=",
        (Cells("personnel", LINE, "etp"),),
        "les postes financés par le Département et par les communes font partie de l'ensemble",
        holds="usually",
    ),
)

FLOWS = (
    Relation(
        "stock_flux",
        "annee_precedente",
        (Cells("durees", "12_23_mois", "total"), Cells("durees", "24_mois_plus", "total")),
        "<=",
        (Cells("accompagnes", "total", "total", before=1),),
        "un jeune accompagné depuis un an ou plus l'était déjà l'année précédente",
        service=True,
    ),
    Relation(
        "stock_flux",
        "durees_precedentes",
        (Cells("durees", "24_mois_plus", "total"),),
        "<=",
        (Cells("durees", "12_23_mois", "total", before=1), Cells("durees", "24_mois_plus", "total", before=1)),
        "un jeune accompagné depuis deux ans ou plus l'était depuis un an ou plus l'année précédente",
        service=True,
    ),
)

RELATIONS = (*MARGINS, *COHORTS, *FLOWS)
CROSSING = frozenset(
    cells.table for relation in RELATIONS if relation.crosses for cells in (*relation.left, *relation.right)
)
"""Tables that are held against those of another territory."""


@dataclass(frozen=True)
class Union:
    """A line that counts each person once where the others may count one several times."""

    table: str
    line: str
    column: str


UNIONS = tuple(
    Union(name, table.total, column)
    for name, table in TABLES.items()
    for column, total in table.totals.items()
    if total == "réunion"
)

TOTALS_OF_THEIR_OWN = frozenset({"situations"})
"""Tables whose total is known where their lines are not: it is that of the cohort."""


@dataclass(frozen=True)
class Parts:
    """A column of percentages: what each line is of the total of another column, two decimals, 100 in all."""

    table: str
    part: str
    of: str


PARTS = (Parts("temps_activite", "part", "heures"), Parts("financements", "part", "montant_eur"))


@dataclass(frozen=True)
class Weekly:
    """A column divided by the weeks of the year, two decimals."""

    table: str
    quotient: str
    of: str


WEEKLY = (Weekly("temps_en_ligne", "heures_par_semaine", "heures"),)

RATES = frozenset({"%", "‰", "note", "points", "ans", "mois"})
"""Units that do not add up; parts of a whole do, and are among :data:`PARTS`."""
COUNTED = frozenset(table.unit for table in TABLES.values() if table.unit)
"""Units that count rows of the records: whole numbers."""
