"""The first page of made-up services, and how often one where nothing changed has a finding.

``first_pages.yml`` holds what each says, recounted from the records once, sentence by sentence; ``--update`` (in one
process) writes it anew. They are counted together, as the communes of a service. Slow: many services where nothing
changed, since a finding by chance is rare (``benchmarks/findings.py`` has its rate); the second to share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from rlpipeline.errors import SettingsError
from rlpipeline.figures import SERVICE, Scope
from rlpipeline.report import Report
from rlpipeline.settings.models import Findings
from tests.conftest import Opened
from tests.display.services_over_years import (
    YEAR,
    Service,
    changing_service,
    codes,
    planted,
    portraits,
    report_of,
    settings_of,
    shared_report,
    steady_service,
)
from tests.figures.factory import jeune, make_records, population, suivi
from tests.figures.stored import source_of

PAGES = Path(__file__).with_name("first_pages.yml")
KEPT: dict[str, list[str]] = yaml.safe_load(PAGES.read_text("utf-8"))
SHARED = [name for name in KEPT if name.startswith("shared")]
ROUNDED = re.compile(r"(≈|[Ee]nviron) \d+")
"""Which multiple of the base is the solver's choice."""


def plain(element: object) -> str:
    return " ".join(element.get_text().split())  # type: ignore[attr-defined]


def sentences(report: Report) -> list[str]:
    shown = report.findings()
    page = BeautifulSoup(shown.html if shown else "", "html.parser")
    return [
        plain(sentence) for sentence in page.select(".rl-une, .rl-constats > li, .rl-constats-note")
    ]


def with_finding(services: Sequence[tuple[Callable[[int, int, str], Service], int, int]]) -> int:
    """Count those with a finding of services by what makes each, seed and size."""
    made = {
        code: make(seed, size, code)
        for code, (make, seed, size) in zip(codes(len(services)), services, strict=True)
    }
    return sum(has_finding(sentences(report)) for report in portraits(made))


def has_finding(told: Sequence[str]) -> bool:
    """Whether a sentence under the headline compares two years that chance does not explain."""
    return any(", contre " in sentence for sentence in told[1:])


def service_named(name: str, commune: str) -> Service:
    """Make the service of « changing 3 », or of a story."""
    kind, _, seed = name.rpartition(" ")
    make = {"steady": steady_service, "changing": changing_service}.get(kind)
    return make(int(seed), 98, commune) if make else planted(name, commune=commune)


@pytest.fixture(scope="module")
def first_pages() -> Mapping[str, Report]:
    names = [name for name in KEPT if name not in SHARED]
    made = {
        code: service_named(name, code) for name, code in zip(names, codes(len(names)), strict=True)
    }
    return dict(zip(names, portraits(made), strict=True))


@pytest.mark.parametrize("name", [name for name in KEPT if name not in SHARED])
def test_a_first_page_says_what_was_recounted(
    name: str, first_pages: Mapping[str, Report], request: pytest.FixtureRequest
) -> None:
    hold(name, first_pages[name], request)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if "first" in name else name for name in SHARED],
)
def test_a_first_page_to_share_says_what_was_recounted(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made = changing_service(int(name.rpartition(" ")[2]), 98)
    hold(name, shared_report(made, tmp_path, first="first" in name), request)


def hold(name: str, report: Report, request: pytest.FixtureRequest) -> None:
    told = [ROUNDED.sub(r"\1 …", sentence) for sentence in sentences(report)]
    if request.config.getoption("--update"):
        KEPT[name] = told
        PAGES.write_text(
            yaml.safe_dump(KEPT, allow_unicode=True, sort_keys=False, width=1000), "utf-8"
        )
    assert told == KEPT[name]


def test_a_service_says_alone_what_it_says_among_others() -> None:
    assert sentences(report_of(changing_service(2, 98))) == KEPT["changing 2"]


@pytest.mark.slow
def test_few_services_where_nothing_changed_have_a_finding() -> None:
    tried = ((17, range(1, 13)), (40, range(1, 13)), (250, range(1, 11)))
    found = with_finding([(steady_service, seed, size) for size, seeds in tried for seed in seeds])
    assert found <= 3  # of 34: a rate of 20 % would be missed once in fourteen, one of 43 % never


@pytest.fixture(scope="module")
def whole(opened: Opened) -> Report:
    return opened()


def test_the_first_page_of_the_demonstration(whole: Report) -> None:
    assert sentences(whole) == [
        "En 2023, deux fois plus d'accompagnements clos et des jeunes accompagnés plus jeunes",
        "77 accompagnements clos, contre 37 en 2022, dont 58 pour amélioration de la situation.",
        "34 accompagnements en cours au 31 décembre, contre 60 un an plus tôt.",
        "82 % des jeunes accompagnés ont moins de 15 ans (93 sur 114), contre 67 % en 2022 (66 sur 98) ; "
        "les 15-18 ans passent de 23 à 11.",
        "65 % des jeunes accompagnés le sont avec un autre service (74 sur 114), contre 85 % en 2022 (83 sur 98).",
        "18 demandes restées sans suite sur 96 (16 sur 80 en 2022) : refus de la famille (8), "
        "file active complète (7), hors des missions du service (3).",
    ]


def above(report: Report, table: str) -> str:
    """The sentence above a table or its chart."""
    shown = (
        report.figure(table)
        if report.source.declared.find(table).look.chart
        else report.table(table)
    )
    page = BeautifulSoup(shown.html if shown else "", "html.parser")
    return " ".join(plain(sentence) for sentence in page.select(".rl-constat, .rl-message"))


def test_what_is_found_of_a_table_is_the_sentence_of_the_first_page(whole: Report) -> None:
    said = sentences(whole)
    for id, words in (
        ("clotures", "77 accompagnements clos"),
        ("accompagnes", "82 %"),
        ("flux_paei", "34 "),
    ):
        assert above(whole, id) in said and above(whole, id).startswith(words)
    assert not above(whole, "durees")
    apart = "Carvin : 1,0 jeune accompagné pour mille habitants, contre 2,9 à 3,8 dans les autres communes."
    assert above(whole, "taux_communes") == apart


@pytest.mark.parametrize(
    ("followed", "said", "to_share"),
    [
        ((30, 22, 38), "", ""),
        (
            (80, 28, 30),
            "8,0 jeunes accompagnés pour mille habitants, contre 2,8 à 3,0 dans les autres communes",
            "plus de jeunes accompagnés pour mille habitants que dans les autres communes",
        ),
        (
            (30, 3, 30),
            "0,3 jeune accompagné pour mille habitants, contre 3,0 dans les autres communes",
            "moins de jeunes accompagnés pour mille habitants que dans les autres communes",
        ),
        (
            (30, 5),
            "3,0 jeunes accompagnés pour mille habitants, contre 0,5 dans l'autre commune",
            "plus de jeunes accompagnés pour mille habitants que dans l'autre commune",
        ),
    ],
)
def test_a_commune_is_apart_where_chance_does_not_explain_it(
    followed: tuple[int, ...], said: str, to_share: str
) -> None:
    communes = dict(zip(codes(len(followed)), followed, strict=True))
    persons = [
        (code, f"{code}-{rank}") for code, number in communes.items() for rank in range(number)
    ]
    records = make_records(
        jeunes=[jeune(id, commune=code) for code, id in persons],
        suivis=[suivi(f"S{id}", id) for _, id in persons],
        territoires=[population(code, 10_000) for code in communes],
    )
    settings = settings_of(*communes)
    source = source_of(records, service=settings.service)
    shared = settings.model_copy(update={"edition": "diffusion"})
    told = [
        above(Report(source, of, Scope(YEAR, SERVICE, of.service)), "taux_communes")
        for of in (settings, shared)
    ]
    assert [words.partition(" : ")[2].rstrip(".") for words in told] == [said, to_share]


def test_no_card_says_what_a_sentence_says(whole: Report) -> None:
    shown, cards = whole.findings(), whole.essentials()
    assert shown and cards
    told = {
        span["data-ref"]
        for span in BeautifulSoup(shown.html, "html.parser").select(
            "li > span[data-fonction=chiffre]:first-child"
        )
    }
    numbers = BeautifulSoup(cards.html, "html.parser").select(".rl-cle-nombre > span")
    assert told and not told & {span["data-ref"] for span in numbers}


def choosing(report: Report, chosen: Findings) -> Report:
    settings = report.settings
    changed = settings.model_copy(
        update={"report": settings.report.model_copy(update={"constats": chosen})}
    )
    return Report(report.source, changed, report.scope)


def test_the_service_pins_drops_and_rewords(first_pages: Mapping[str, Report]) -> None:
    report = first_pages["fewer shared"]
    words = {
        "titre": "Une année {{ annee() }}",
        "demandes": 'Reçu : {{ chiffre("demandes", "total", "total") }}.',
    }
    mots = {f"{id}-{report.scope.territory}": said for id, said in words.items()}
    own = Findings(epingles=("demandes",), retires=("co_accompagnements",), mots=mots)
    told = sentences(choosing(report, own))
    assert told[:2] == ["Une année 2023", "Reçu : 95."]
    assert not any("autre service" in sentence for sentence in told)


@pytest.mark.parametrize(
    "own", [Findings(epingles=("cloture",)), Findings(mots={"clotures-75056": "Mot"})]
)
def test_an_unknown_finding_is_named_with_the_nearest(
    own: Findings, first_pages: Mapping[str, Report]
) -> None:
    with pytest.raises(SettingsError, match="clotures"):
        choosing(first_pages["steady 0"], own).findings()


def test_what_the_headline_counts_is_no_finding_again() -> None:
    made = steady_service(3, 60)
    for plan in made.suivis:
        plan |= {"statut": "ACCROCHE"}
    headline, *findings = sentences(report_of(made))
    assert "jeunes rencontrés en travail de rue en 2023" in headline
    assert findings and not any("jeunes rencontrés en travail de rue" in said for said in findings)


def test_where_nobody_is_counted_the_headline_says_so() -> None:
    assert sentences(report_of(Service())) == ["Aucun jeune accompagné ni rencontré en 2023"]
