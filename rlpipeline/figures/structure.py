"""What is said of the tables, for ``datapackage.json``: what each crosses, and what links those of ours, stated once.

Checks test these links, protection rounds under them, the attack bounds with them. One that is missing is invisible to
all three: ``benchmarks/links.py`` finds, on random services, what always holds and follows from none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import chain

from rlpipeline.declared import CellRange, Each, Link, Links, VariableSpec
from rlpipeline.figures.crossing import CountedTable
from rlpipeline.figures.declaration import SERVICE, Declarations, Scope, Words
from rlpipeline.figures.stated import Axes, AxisCodes, Vocabulary, read_stated
from rlpipeline.figures.variables import Variable
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import MOTIFS_DE_CLOTURE, TABLES, empty_frame
from rlpipeline.settings.models import Service


def declarations(
    tables: Mapping[str, CountedTable], service: Service, cells: Words | None = None
) -> Declarations:
    """Say of tables all that a store of figures carries; ``cells`` are those of the service's that declare some."""
    links = structure(tables, service)
    words = {id: words_of(table, service) for id, table in tables.items()}
    return Declarations(links.tables, links, words, cells or {})


def words_of(table: CountedTable, service: Service) -> tuple[Words, Words]:
    """Give the words of the lines and of the columns of a table that do not depend on the records."""
    scope = Scope(2000, SERVICE, service)
    records = _nobody()
    return table.row_labels(records, scope), table.column_labels(records, scope)


@cache
def _nobody() -> Records:
    """Give records without a row."""
    frames = {table.name: empty_frame(table) for table in TABLES}
    return Records(frames, frozenset())


def structure(tables: Mapping[str, CountedTable], service: Service) -> Links:
    """Say what tables cross and what links them."""
    used: dict[str, VariableSpec] = {}
    for table in tables.values():
        for variable in table.crossing.variables if table.crossing else ():
            used[variable.id] = _declared(variable, service)
    specs = {id: table.spec for id, table in tables.items()}
    return Links(used, specs, tuple(links(tables, service)))


def _declared(variable: Variable, service: Service) -> VariableSpec:
    """Say of a variable what does not depend on the records."""
    codes = tuple(variable.codes(service)) if variable.codes else ()
    families = variable.families(service) if variable.families else {}
    codes = codes or tuple(chain.from_iterable(families.values()))
    rare = (variable.rare,) if variable.rare else ()
    return VariableSpec(title=variable.title, codes=codes, rare=rare, families=families)


_MOVED = "|".join(MOTIFS_DE_CLOTURE)
_ENDINGS = f"{_MOVED}|ouverts_31_decembre"
_MONTHS = "|".join(f"{month:02d}" for month in range(1, 13))
STATED = f"""
ces tableaux comptent les mêmes heures saisies dans l'année
  marge temps_activite: temps_creneau(total, heures) = temps_activite(total, heures)
  cohorte temps_activite: par_educateur(total, heures) = temps_activite(total, heures)
ces tableaux comptent les mêmes jeunes accompagnés
  marge accompagnes: situations(total, *age) = accompagnes(*age, total)
  marge accompagnes: communes(total, *age) = accompagnes(*age, total)
  marge accompagnes: moins_de_18(total, *sexe-nouveaux) = accompagnes(total, *sexe-nouveaux)
  marge accompagnes: anciennete_contact(total, total) = accompagnes(total, total)
  marge accompagnes: origine_contact(total, total) = accompagnes(total, total)
  marge accompagnes: qpv(total, total) = accompagnes(total, total)
  marge accompagnes: durees(total, *age) = accompagnes(*age, total)
  cohorte accompagnes: par_educateur(total, jeunes) = accompagnes(total, total)
la ligne d'une commune est le total de son portrait
  marge portrait service: communes(*commune-total, *age) = accompagnes(*age, total)@*commune-total
les nouveaux font partie du total
  cohorte nouveaux: travail_de_rue(*age, nouveaux) <= travail_de_rue(*age, total)
  cohorte nouveaux: presence_sociale(*age, nouveaux) <= presence_sociale(*age, total)
  cohorte nouveaux: accompagnes(*age, nouveaux) <= accompagnes(*age, total)
le temps passé en ligne fait partie du temps de travail
  cohorte temps_activite partiel: temps_en_ligne(*activite, heures) <= temps_activite(*activite, heures)
un jeune accompagné a un suivi actif, il compte en travail de rue
  cohorte travail_de_rue: accompagnes(*age, *sexe-nouveaux) <= travail_de_rue(*age, *sexe-nouveaux)
il n'y a pas plus de jeunes concernés que de problématiques relevées
  cohorte problematiques: problematiques_jeunes(*famille, *age) <= problematiques(*famille, *age)
des problématiques relevées concernent toujours des jeunes
  cohorte problematiques_nulles: problematiques_jeunes(*famille, *age) zéro problematiques(*famille, *age)
qui est nouveau dans l'année l'est par une demande acceptée
  cohorte acceptees suppose: accompagnes(total, nouveaux) <= demandes(acceptee, total)
une problématique n'est notée qu'une fois par jeune
  cohorte une_fois suppose: problematiques(*problematique, total) <= problematiques_jeunes(*problematique, total)
un jeune concerné par une problématique est accompagné
  cohorte accompagnes dans_les_dates: problematiques_jeunes(*famille, *age) <= accompagnes(*age, total)
un jeune suivi avec un autre service est accompagné
  cohorte accompagnes: co_accompagnements(*partenaire, jeunes) <= accompagnes(total, total)
il n'y a pas plus de jeunes concernés que d'orientations
  cohorte orientations: orientations(*domaine, jeunes) <= orientations(*domaine, nombre)
des orientations concernent toujours des jeunes
  cohorte orientations_nulles: orientations(*domaine, jeunes) zéro orientations(*domaine, nombre)
un jeune orienté est accompagné
  cohorte accompagnes dans_les_dates: orientations(*domaine, jeunes) <= accompagnes(total, total)
qui est nouveau dans l'année l'est depuis moins d'un an
  cohorte durees: accompagnes(*age, nouveaux) <= durees(moins_6_mois|6_11_mois, *age)
qui est là depuis un an ou plus l'était déjà l'année précédente
  stock_flux annee_precedente service: durees(12_23_mois|24_mois_plus, total) <= accompagnes(total, total)@avant
qui est là depuis deux ans ou plus l'était depuis un an ou plus l'année précédente
  stock_flux durees_precedentes service: durees(24_mois_plus, total) <= durees(12_23_mois|24_mois_plus, total)@avant
les postes financés par le Département et par les communes font partie de l'ensemble
  cohorte etp en_general: personnel(*poste, etp_departement) + personnel(*poste, etp_communes) <= personnel(*poste, etp)
les mois font l'année
  cohorte mois: nouveaux_par_mois({_MONTHS}, accompagnes) = nouveaux_par_mois(total, accompagnes)
  cohorte mois: nouveaux_par_mois({_MONTHS}, travail_de_rue) = nouveaux_par_mois(total, travail_de_rue)
ces tableaux comptent les mêmes nouveaux
  cohorte accompagnes: nouveaux_par_mois(total, accompagnes) = accompagnes(total, nouveaux)
  cohorte travail_de_rue: nouveaux_par_mois(total, travail_de_rue) = travail_de_rue(total, nouveaux)
un taux est le nombre de jeunes de la commune pour mille de ses habitants
  taux accompagnes service: taux_communes(*commune-total, accompagnes) pour_mille \
accompagnes(total, total)@*commune-total + taux_communes(*commune-total, habitants)
  taux travail_de_rue service: taux_communes(*commune-total, travail_de_rue) pour_mille \
travail_de_rue(total, total)@*commune-total + taux_communes(*commune-total, habitants)
les heures d'une commune sont le total de son temps de travail
  marge heures_communes service: taux_communes(*commune-total, heures) = temps_activite(total, heures)@*commune-total
ce qui est en cours, commence ou arrive se termine ou reste en cours
  cohorte flux: flux_paei(ouverts_1er_janvier|commences|demenagements, nombre) = flux_paei({_ENDINGS}, nombre)
ces tableaux comptent les mêmes sorties
  cohorte clotures: flux_paei(*motif, nombre) = clotures(*motif, nombre)
un nouveau jeune accompagné commence son premier PAEI dans l'année
  cohorte accompagnes: flux_paei(dont_premiers, nombre) = accompagnes(total, nouveaux)
un premier PAEI a commencé dans l'année
  cohorte flux_paei: flux_paei(dont_premiers, nombre) <= flux_paei(commences, nombre)
un jeune accompagné l'était au 1er janvier, ou l'est par un PAEI commencé dans l'année
  cohorte accompagnes_du_flux service: accompagnes(total, total) <= flux_paei(ouverts_1er_janvier|commences, nombre)
un PAEI commencé ou terminé dans l'année, ou en cours au 31 décembre, est celui d'un jeune accompagné
  cohorte accompagnes_en_cours: accompagnes(total, total) zéro flux_paei(ouverts_31_decembre, nombre)
  cohorte accompagnes_du_mouvement: accompagnes(total, total) zéro flux_paei(commences|{_MOVED}, nombre)
  cohorte accompagnes_sortis: accompagnes(total, total) zéro clotures(total, nombre)
un PAEI en cours entre deux années est celui d'un jeune accompagné dans l'une et dans l'autre
  cohorte accompagnes_au_1er_janvier service: accompagnes(total, total) zéro flux_paei(ouverts_1er_janvier, nombre)
  stock_flux accompagnes_depuis service: accompagnes(total, total) zéro flux_paei(ouverts_31_decembre, nombre)@avant
  stock_flux accompagnes_avant service: accompagnes(total, total)@avant zéro flux_paei(ouverts_1er_janvier, nombre)
un accompagnement d'un an ou plus était en cours au 1er janvier
  cohorte durees_en_cours service: durees(12_23_mois|24_mois_plus, total) <= flux_paei(ouverts_1er_janvier, nombre)
un jeune accompagné l'est encore au 31 décembre, ou ne l'est plus
  cohorte accompagnes_du_flux_finis: accompagnes(total, total) <= flux_paei({_ENDINGS}, nombre)
qui est connu depuis moins d'un an n'était pas accompagné avant
  cohorte contacts_de_l_annee suppose: anciennete_contact(contact_moins_1_an, total) <= accompagnes(total, nouveaux)
qui est connu depuis moins d'un an et accompagné est nouveau en travail de rue
  cohorte rencontres_de_l_annee suppose: anciennete_contact(contact_moins_1_an, total) <= \
travail_de_rue(total, nouveaux)
qui était accompagné au 31 décembre précédent, ou est nouveau, est accompagné
  stock_flux revenus suppose service: accompagnes(total, nouveaux) + flux_paei(ouverts_31_decembre, nombre)@avant <= \
accompagnes(total, total)
ce qui est en cours au 1er janvier l'était au 31 décembre
  stock_flux flux_precedent en_general service: flux_paei(ouverts_1er_janvier, nombre) = \
flux_paei(ouverts_31_decembre, nombre)@avant
qui est nouveau dans l'année n'est pas accompagné depuis un an
  cohorte durees_des_nouveaux service: durees(12_23_mois|24_mois_plus, *age) + accompagnes(*age, nouveaux) <= \
accompagnes(*age, total)
qui est accompagné depuis un an l'était l'année précédente, plus jeune
  stock_flux durees_des_plus_jeunes service: durees(12_23_mois|24_mois_plus, moins_11) <= \
accompagnes(moins_11, total)@avant
un accompagnement d'un an ou plus était en cours au 31 décembre précédent
  stock_flux durees_ouvertes service: durees(12_23_mois|24_mois_plus, total) <= \
flux_paei(ouverts_31_decembre, nombre)@avant
ces tableaux comptent les mêmes jeunes plus suivis
  cohorte devenir: plus_suivis(total, total) = devenir(total, plus_suivi)
ces tableaux comptent les mêmes demandes refusées
  cohorte motifs_refus: motifs_refus(total, nombre) = demandes(refusee, total)
"""
"""Each reason, then the links that hold for it, as :func:`~rlpipeline.figures.stated.read_stated` reads them.

Someone may have two PAEI at once, and an issue noted again, so these are supposed; the year before may be printed, or
released before a correction, so ``flux_precedent`` holds in general.
"""


LINKS = read_stated(STATED)


def links(tables: Mapping[str, CountedTable], service: Service) -> list[Link]:
    """List what links the figures of some tables: what is stated of those that are ours, and of cells they still have.

    A service may count less in a table of ours; what links a table of its own its cell alone states.
    """

    def has(cells: CellRange) -> bool:
        table = tables.get(cells.table)
        if table is None or table.spec.own:
            return False
        return _has_cells(table, cells, service)

    ours = [link for link in LINKS if all(map(has, (*link.left, *link.right)))]
    return ours + added(tables, service)


def _has_cells(table: CountedTable, cells: CellRange, service: Service) -> bool:
    """Say whether a table has the column of some cells: a service's cell may have left it out."""
    if table.crossing is None:
        return True
    if isinstance(cells.column, Each):
        return table.crossing.columns is not None
    _, codes = table.crossing.codes(service)
    return not codes or cells.column in codes


def added(tables: Mapping[str, CountedTable], service: Service) -> list[Link]:
    """List what links tables by the cells of a service; SettingsError where a link is not readable."""
    known: Vocabulary = {}
    read = list[Link]()
    for table in tables.values():
        if table.spec.links:
            known = known or vocabulary(tables, service)
            read += read_stated(table.spec.links, f"tableau « {table.id} », links", known)
    return read


def vocabulary(tables: Mapping[str, CountedTable], service: Service) -> Vocabulary:
    """List the variables and codes of each table, by which links name its cells."""
    return {id: _axes(table, service) for id, table in tables.items()}


def _axes(table: CountedTable, service: Service) -> Axes:
    """Give the axes of a table; one that is no crossing has the codes that it has words for."""
    crossing = table.crossing
    line_variable = table.spec.lines.variable
    column_variable = table.spec.columns.variable
    if crossing is None:
        lines, columns = map(frozenset, words_of(table, service))
        of_lines = AxisCodes(line_variable, lines, names=bool(line_variable))
        return Axes(of_lines, AxisCodes(column_variable, columns, names=bool(column_variable)))
    lines = frozenset(crossing.line_codes(service))
    columns = frozenset(crossing.column_codes(service))
    by_name = bool(crossing.columns and crossing.columns.of_names)
    of_lines = AxisCodes(line_variable, lines, crossing.lines.of_names)
    return Axes(of_lines, AxisCodes(column_variable, columns, by_name))
