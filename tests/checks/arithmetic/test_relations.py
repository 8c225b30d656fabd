"""Every relation: silent on any valid records, rounded or not, loud where one figure is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rlpipeline.checks.model import Amount, Discrepancy, Figure, Terms, examine
from rlpipeline.checks.relations import check_list, check_recount, check_relations
from rlpipeline.declared import FigureKey
from rlpipeline.figures import PROTECTED_UNITS
from rlpipeline.figures.notebook import persons, table
from rlpipeline.figures.populations import accompagnes, problematiques
from rlpipeline.figures.variables import famille, quartier, sexe
from rlpipeline.records.frames import Records
from tests.checks.arithmetic.made import SETTINGS, YEAR, Made, made, random_publication, recount
from tests.declared import INDICATORS, own
from tests.figures.factory import CARVIN, OIGNIES, jeune, make_records, suivi

CHECKS = {
    *("total_ligne", "total_colonne", "sous_total", "marge", "cohorte"),
    *("stock_flux", "additivite", "pourcentage", "unite"),
}


def blocking(publication: Made) -> list[Discrepancy]:
    return [finding for finding in publication.findings() if finding.blocking]


def known_service() -> Records:
    """Forty young people of known age, sex and place, each with one PAEI, most of them for long."""
    places = (CARVIN, OIGNIES, "hors")
    return make_records(
        jeunes=[
            jeune(
                f"J{n}",
                f"{2003 + n % 14}-05-01",
                "FG"[n % 2],
                places[n % 3],
                f"{2019 + n % 5}-01-01",
            )
            for n in range(40)
        ],
        suivis=[suivi(f"S{n}", f"J{n}", f"{2019 + n % 5}-0{1 + n % 9}-01") for n in range(40)],
        situations=[
            {"id_jeune": f"J{n}", "annee": YEAR, "situation": "college"} for n in range(40)
        ],
        problematiques=[
            {"id_suivi": f"S{n}", "annee": YEAR, "problematique": "logement"}
            for n in range(0, 40, 2)
        ],
        orientations=[
            {"id_suivi": f"S{n}", "date": "2023-10-10", "domaine": "loisirs"}
            for n in range(0, 40, 3)
        ],
        co_accompagnements=[
            {"id_jeune": f"J{n}", "annee": YEAR, "partenaire": partner}
            for n in range(0, 40, 4)
            for partner in ("sante", "ase")
        ],
        temps=[
            {
                "date": "2023-03-01",
                "educateur": "E",
                "commune": place,
                "activite": "formation",
                "heures": 1 + n,
            }
            | {"en_ligne": n % 2 == 0}
            for n, place in enumerate((*places, None) * 3)
        ],
        personnel=[
            {
                "annee": YEAR,
                "categorie": "educatif",
                "poste": name,
                "etp": 2.0,
                "etp_departement": 1.5,
            }
            for name in ("Éducatrice", "Moniteur")
        ],
        financements=[
            {"annee": YEAR, "financeur": f"F{n}", "montant_eur": 1000.0 + n} for n in range(3)
        ],
        actions=[
            {
                "id_action": "A1",
                "annee": YEAR,
                "commune": CARVIN,
                "categorie": "action_collective",
                "libelle": "A1",
            }
            | {"unite": "personnes"}
        ],
        participations=[
            {"id_action": "A1", "public": public, "nombre": 7.0}
            for public in ("11_14", "15_18", "familles")
        ],
    )


OWN = own(
    lambda: table("quartiers", "Q", population=accompagnes, lines=quartier, columns=sexe),
    lambda: table(
        "familles",
        "F",
        population=problematiques,
        lines=famille,
        columns=sexe,
        measures=(persons(),),
    ),
)


@pytest.fixture(scope="module")
def records() -> Records:
    return known_service()


@pytest.fixture(scope="module")
def publication(records: Records) -> Made:
    """What is published of them, with indicators of the service's own."""
    return made(records, within_dates=True, own=tuple(OWN.values()))


def key(id: str, line: str, column: str, territory: str = "service") -> FigureKey:
    return FigureKey(id, YEAR, territory, line, column)


def test_random_valid_records_break_no_relation() -> None:
    assert blocking(random_publication()) == []


def test_records_within_the_dates_of_their_follow_ups_break_none_at_all(publication: Made) -> None:
    assert publication.findings() == ()


def test_every_check_and_every_known_relation_is_exercised(publication: Made) -> None:
    counts = publication.examine()[1]
    assert set(counts) == CHECKS
    published = {figure.indicateur for figure in publication.figures}
    assert all(link.tables <= published for link in publication.declared.links.all)


PLANTED = [
    ("total_colonne", key("accompagnes", "total", "F"), +1),
    ("total_ligne", key("situations", "college", "total"), -1),
    ("sous_total", key("problematiques", "sociales", "15_18"), +1),
    ("sous_total", key("personnel", "educatif", "etp"), +0.5),
    ("marge", key("situations", "total", "total"), +1),
    ("marge", key("durees", "total", "15_18"), +1),
    ("marge", key("communes", CARVIN, "total"), +1),
    ("cohorte", key("accompagnes", "15_18", "nouveaux"), +40),
    ("cohorte", key("travail_de_rue", "total", "total"), -30),
    ("cohorte", key("problematiques_jeunes", "sociales", "total"), +40),
    ("cohorte", key("orientations", "loisirs", "jeunes"), +40),
    ("cohorte", key("co_accompagnements", "au_moins_un", "jeunes"), -1),
    ("cohorte", key("co_accompagnements", "au_moins_un", "jeunes"), +40),
    ("cohorte", key("temps_en_ligne", "formation", "heures"), +500),
    ("cohorte", key("par_educateur", "non_renseigne", "jeunes"), +1),
    ("cohorte", key("durees", "6_11_mois", "15_18"), -40),
    ("stock_flux", key("durees", "24_mois_plus", "total"), +40),
    ("additivite", key("accompagnes", "15_18", "G", CARVIN), +1),
    ("additivite", key("temps_activite", "formation", "heures", "sans_commune"), +1),
    ("additivite", key("actions", "15_18", "A1", CARVIN), -1),
    ("pourcentage", key("financements", "F1", "part"), +0.01),
    ("pourcentage", key("temps_en_ligne", "formation", "heures_par_semaine"), +0.01),
    ("unite", key("accompagnes", "15_18", "G"), +0.5),
    # of the service's own indicators, which add up as they declare
    ("total_ligne", key("quartiers", "non_renseigne", "total"), +1),
    ("additivite", key("quartiers", "non_renseigne", "F"), +1),
    ("cohorte", key("familles", "sociales", "F"), +40),
    ("cohorte", key("familles", "au_moins_un", "total"), -1),
]


@pytest.mark.parametrize(("check", "where", "step"), PLANTED)
def test_a_wrong_figure_is_told_with_both_places_and_values(
    publication: Made, check: str, where: FigureKey, step: float
) -> None:
    value = publication.figures[where].valeur
    assert value is not None
    found = [
        one for one in publication.with_value(where, value + step).findings() if one.check == check
    ]
    assert any(where.indicateur in one.key for one in found)
    first = found[0]
    assert first.blocking
    assert first.key.startswith(f"{check}:")
    assert str(YEAR) in first.key
    assert first.message.endswith(".")
    assert {first.first_value, first.second_value} - {""}
    assert first.first.where


@pytest.mark.parametrize(
    ("state", "value", "wrong"),
    [("nc", None, True), ("partiel", 14.0, True), ("ok", None, True), ("ok", 14.0, False)],
)
def test_a_total_of_known_numbers_is_known(
    publication: Made, state: str, value: float | None, wrong: bool
) -> None:
    assert (
        bool(publication.with_value(key("actions", "total", "A1"), value, state).findings())
        is wrong
    )


@pytest.mark.parametrize(
    ("total", "state", "wrong"),
    [(7.0, "partiel", False), (7.0, "ok", True), (14.0, "partiel", True), (None, "nc", True)],
)
def test_a_total_of_which_a_part_is_unknown_is_partial(
    publication: Made, total: float | None, state: str, wrong: bool
) -> None:
    for territory in ("service", CARVIN):
        publication = publication.with_value(key("actions", "15_18", "A1", territory), None, "nc")
        publication = publication.with_value(key("actions", "total", "A1", territory), total, state)
    assert bool(publication.findings()) is wrong


def test_a_masked_part_leaves_its_total_unchecked(publication: Made) -> None:
    masked = publication.with_value(key("actions", "15_18", "A1"), None, "masque")
    assert "total_colonne" not in {finding.check for finding in masked.findings()}


def test_a_total_that_mixes_units_is_told(publication: Made) -> None:
    where = key("situations", "college", "15_18")
    mixed = {**publication.figures, where: publication.figures[where]._replace(unite="présences")}
    found = {finding.check for finding in replace(publication, figures=mixed).findings()}
    assert "unite" in found


def test_without_every_portrait_the_parts_may_be_less_than_the_service_but_not_more(
    publication: Made,
) -> None:
    kept = {
        where: figure
        for where, figure in publication.figures.items()
        if where.territoire != OIGNIES
    }
    alone = replace(publication, figures=kept)
    assert [one for one in alone.findings() if one.check == "additivite"] == []
    where = key("accompagnes", "total", "total", CARVIN)
    more = alone.with_value(where, 41.0)
    assert [one for one in more.findings() if one.check == "additivite"]


def test_a_figure_of_a_part_that_the_service_lacks_is_told(publication: Made) -> None:
    where = key("accompagnes", "total", "NR", CARVIN)
    more = {
        **publication.figures,
        where: next(iter(publication.figures.values()))._replace(key=where, valeur=3.0),
    }
    assert [
        one
        for one in replace(publication, figures=more).findings()
        if one.key == f"additivite:{_service(where)}"
    ]


def _service(where: FigureKey) -> str:
    return "/".join([where.indicateur, str(where.annee), "service", where.ligne, where.colonne])


def test_what_accepted_records_can_break_blocks_only_where_they_cannot(publication: Made) -> None:
    where = key("problematiques_jeunes", "sociales", "total")
    over = publication.with_value(where, 41.0)
    free = replace(over, declared=replace(over.declared, within_dates=False))
    assert [one.blocking for one in over.findings() if one.key.endswith(":accompagnes")] == [True]
    assert [one.blocking for one in free.findings() if one.key.endswith(":accompagnes")] == [False]


def test_the_year_before_must_allow_for_those_who_last(publication: Made) -> None:
    where = FigureKey("accompagnes", YEAR - 1, "service", "total", "total")
    (found,) = [
        one for one in publication.with_value(where, 1.0).findings() if one.check == "stock_flux"
    ]
    assert str(YEAR - 1) in found.message
    assert found.second_value == "1"


def test_who_is_followed_on_1_january_was_the_year_before(publication: Made) -> None:
    where = FigureKey("accompagnes", YEAR - 1, "service", "total", "total")
    found = publication.with_value(where, 0.0).findings()
    [nobody] = [one for one in found if one.key.endswith(":accompagnes_avant")]
    assert nobody.blocking and nobody.message.startswith("L'un est nul et l'autre non")


def test_tables_of_a_chapter_of_the_service_s_own_are_added_up_too(publication: Made) -> None:
    example = publication.figures[key("accompagnes", "total", "F")]
    values = {"a": 1.0, "b": 2.0, "total": 4.0}
    own = {
        key("propre", line, "nombre"): example._replace(
            key=key("propre", line, "nombre"), valeur=value, unite="sorties"
        )
        for line, value in values.items()
    }
    (found,) = examine(check_relations(own, {}, publication.declared))[0]
    assert (found.check, found.first_value, found.second_value) == (
        "total_colonne",
        "4",
        "1 + 2 = 3",
    )


def test_recounted_figures_agree_and_a_changed_one_is_told(
    records: Records, publication: Made
) -> None:
    again = recount(records)
    findings, counts = examine(check_recount(publication.figures, again, publication.declared))
    assert findings == ()
    assert counts["recalcul"] >= sum(
        key.annee == YEAR and key.indicateur in INDICATORS for key in publication.figures
    )
    wrong = publication.with_value(key("temps_activite", "formation", "part", CARVIN), 12.0)
    (found,) = examine(check_recount(wrong.figures, again, wrong.declared))[0]
    assert (found.check, found.first_value, found.second_value) == (
        "recalcul",
        "12 %",
        "100 % (données du service)",
    )


def test_a_figure_gone_from_the_publication_is_told(records: Records, publication: Made) -> None:
    where = key("financements", "F1", "montant_eur")
    kept = {one: figure for one, figure in publication.figures.items() if one != where}
    (found,) = examine(check_recount(kept, recount(records), publication.declared))[0]
    assert found.first_value == "absent"


# Rounded figures

EXACT = {"total", "au_moins_un", "familles"} | {family.code for family in SETTINGS.problematiques}


@pytest.fixture(scope="module")
def shared() -> Made:
    """A random service whose territories have inner figures of persons rounded to the nearest 5, and exact totals."""
    publication = random_publication()
    figures = {key: _rounded(figure) for key, figure in publication.figures.items()}
    return replace(
        publication, figures=figures, declared=replace(publication.declared, shared=True)
    )


def _rounded(figure: Figure) -> Figure:
    of = figure.key
    counted = (
        INDICATORS[of.indicateur].spec.persons
        and figure.unite in PROTECTED_UNITS
        and figure.etat == "ok"
    )
    if (
        not counted
        or of.territoire == "service"
        or EXACT & {of.ligne, of.colonne}
        or figure.valeur is None
    ):
        return figure
    return figure._replace(valeur=5.0 * round(figure.valeur / 5), etat="arrondi", marge=4.0)


def test_rounding_breaks_no_relation(shared: Made) -> None:
    assert sum(figure.etat == "arrondi" for figure in shared.figures.values()) > 100
    assert blocking(shared) == []


def test_a_rounded_figure_beyond_any_rounding_is_found(shared: Made) -> None:
    where = next(
        key
        for key, of in shared.figures.items()
        if of.etat == "arrondi" and key.indicateur == "durees"
    )
    wrong = shared.with_value(where, 500.0, "arrondi")
    assert {finding.check for finding in blocking(wrong)} >= {"total_ligne", "total_colonne"}


def test_a_cell_that_is_not_published_is_no_zero(shared: Made) -> None:
    gone = {
        key
        for key in shared.figures
        if key.indicateur == "durees" and not EXACT & {key.ligne, key.colonne}
    }
    less = {key: figure for key, figure in shared.figures.items() if key not in gone}
    assert gone and blocking(replace(shared, figures=less)) == []
    exact = random_publication()
    fewer = {
        key: figure
        for key, figure in exact.figures.items()
        if key.territoire == "service" or key not in gone
    }
    assert blocking(replace(exact, figures=fewer))


@pytest.mark.parametrize(
    ("total", "parts", "holds"),
    [
        (Amount(17, "ok"), (Amount(10, "arrondi", 4), Amount(10, "arrondi", 4)), True),
        (Amount(17, "ok"), (Amount(10, "arrondi", 4), Amount(20, "arrondi", 4)), False),
        (Amount(20, "arrondi", 4), (Amount(10, "arrondi", 4), Amount(10, "arrondi", 4)), True),
        (Amount(25, "arrondi", 4), (Amount(10, "arrondi", 4), Amount(10, "arrondi", 4)), True),
        (Amount(35, "arrondi", 4), (Amount(10, "arrondi", 4), Amount(10, "arrondi", 4)), False),
        (Amount(30, "arrondi", 4), (Amount(17, "ok"), Amount(10, "arrondi", 4)), True),
        (Amount(40, "arrondi", 4), (Amount(17, "ok"), Amount(10, "arrondi", 4)), False),
    ],
)
def test_sums_within_their_rounding(total: Amount, parts: tuple[Amount, ...], holds: bool) -> None:
    assert Terms(parts).agree(total) is holds


def test_a_rounded_amount_says_so() -> None:
    assert str(Amount(25.0, "arrondi", 4)) == "25 (arrondi)"


# The list of follow-ups to look at again and its table

LIST_HEADER = ("educateur", "statut", "id_suivi", "commune")
LISTED = (
    ("E1", "PAEI", "S1", "62215"),
    ("E1", "PAEI", "S2", "hors"),
    ("E2", "ASEP", "S3", "62215"),
)
LISTED_COUNTS = {
    ("service", "PAEI"): 2.0, ("service", "ASEP"): 1.0, ("service", "total"): 3.0,
    ("62215", "PAEI"): 1.0, ("62215", "ASEP"): 1.0, ("62215", "total"): 2.0,
    ("62637", "PAEI"): 0.0, ("62637", "ASEP"): 0.0, ("62637", "total"): 0.0,
}  # fmt: skip


def keys_found(rows: tuple[tuple[str, ...], ...] = LISTED, **changed: float) -> list[str]:
    values = {**LISTED_COUNTS, **{("service", line): value for line, value in changed.items()}}
    keys = {
        FigureKey("alertes", 2023, place, line, "nombre"): value
        for (place, line), value in values.items()
    }
    figures = {key: Figure(key, value, "suivis", "ok", "") for key, value in keys.items()}
    lines = dict(zip(LIST_HEADER, zip(*rows, strict=True), strict=True))
    return [finding.key for finding in examine(check_list(lines, figures, 2023))[0]]


def test_a_list_as_long_as_its_table_is_right_even_where_a_territory_has_no_table() -> None:
    assert keys_found() == []


@pytest.mark.parametrize("line", ["PAEI", "total"])
def test_a_wrong_number_is_told(line: str) -> None:
    assert keys_found(**{line: 9.0}) == [f"marge:alertes/2023/service/{line}/nombre:liste"]


def test_a_status_that_the_table_lacks_is_told() -> None:
    assert "marge:alertes/2023/service/ACCROCHE/nombre:liste" in keys_found(
        (*LISTED, ("E", "ACCROCHE", "S4", "hors"))
    )
