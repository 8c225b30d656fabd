"""The first page of made-up services, and how often one where nothing changed has a finding.

``first_pages.yml`` holds what each says, recounted from the records once, sentence by sentence; ``--update`` (in one
process) writes it anew. Slow: the second of each kind, and many services where nothing changed, since a finding by
chance is rare (``benchmarks/findings.py`` has its rate); services counted together and alone.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from rlpipeline.errors import SettingsError
from rlpipeline.figures import Scope
from rlpipeline.report import Edition, Report
from rlpipeline.settings.models import Commune, Findings, ReportSettings, Settings
from rlpipeline.settings.models import Service as ServiceSettings
from tests.conftest import Opened
from tests.display.many_services import codes, portraits, shared_report
from tests.display.services_over_years import STORIES, YEAR, Service, changing_service, steady_service
from tests.figures.factory import SERVICE, jeune, make_records, population, suivi
from tests.figures.stored import source_of

ORDINARY = "Ces écarts restent dans les variations ordinaires des petits nombres."
PAGES = Path(__file__).with_name("first_pages.yml")
KEPT: dict[str, list[str]] = yaml.safe_load(PAGES.read_text("utf-8"))
SECOND = {"steady 1", "changing 2", "changing 3", "changing 4", "changing 5", "shared 3", "shared first 2"}
ROUNDED = re.compile(r"(≈|[Ee]nviron) \d+")
"""Which multiple of the base is the solver's choice."""
TOGETHER = 50
"""Services counted as the communes of one source."""


def report_of(made: Service, **changes: object) -> Report:
    report = ReportSettings().model_copy(update=changes)
    settings = Settings(service=SERVICE, report=report, year=YEAR, directory=Path("params"))
    return Report(source_of(made.records), settings, Scope(YEAR, "service", SERVICE))


def plain(element: object) -> str:
    return " ".join(element.get_text().split())  # type: ignore[attr-defined]


def sentences(report: Report) -> list[str]:
    shown = report.findings()
    page = BeautifulSoup(shown.html if shown else "", "html.parser")
    return [plain(one) for one in page.select(".rl-une, .rl-constats > li, .rl-constats-note")]


@dataclass(frozen=True)
class Tried:
    """Services: how many, and how many have a finding."""

    services: int
    with_finding: int


def try_services(size: int, seeds: Sequence[int], *, changing: bool = False) -> Tried:
    """Read the findings of services of a size, where nothing changed or anything may, fifty counted together."""
    found, make = 0, changing_service if changing else steady_service
    for start in range(0, len(seeds), TOGETHER):
        every = seeds[start : start + TOGETHER]
        for _, report in portraits(
            {code: make(seed, size, code) for code, seed in zip(codes(len(every)), every, strict=True)}
        ):
            found += has_finding(sentences(report))
    return Tried(len(seeds), found)


def has_finding(told: Sequence[str]) -> bool:
    """Whether a sentence under the headline compares two years that chance does not explain."""
    return any(", contre " in sentence for sentence in told[1:])


def try_shared(size: int, seeds: Sequence[int]) -> Tried:
    """Read those of the edition to share, where anything may change."""
    found = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            found += has_finding(sentences(shared_report(changing_service(seed, size), Path(folder))))
    return Tried(len(seeds), found)


def try_story(story: str, seed: int = 7, size: int = 120) -> bool:
    """Plant a story and say whether it is told first."""
    return STORIES[story][1] in sentences(report_of(planted(story, seed, size)))[1]


def planted(story: str, seed: int = 7, size: int = 120) -> Service:
    """A steady service in which one thing changed."""
    made = steady_service(seed, size)
    STORIES[story][0](made)
    return made


def report_made(name: str, folder: Path) -> Report:
    """Give the report of « changing 3 », of a story, or of « shared 2 »."""
    kind, _, seed = name.rpartition(" ")
    match kind:
        case "steady":
            return report_of(steady_service(int(seed), 98))
        case "changing":
            return report_of(changing_service(int(seed), 98))
        case "shared" | "shared first":
            return shared_report(changing_service(int(seed), 98), folder, first=kind == "shared first")
        case _:
            return report_of(planted(name))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SECOND else name for name in KEPT]
)
def test_a_first_page_says_what_was_recounted(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    told = [ROUNDED.sub(r"\1 …", sentence) for sentence in sentences(report_made(name, tmp_path))]
    if request.config.getoption("--update"):
        KEPT[name] = told
        PAGES.write_text(yaml.safe_dump(KEPT, allow_unicode=True, sort_keys=False, width=1000), "utf-8")
    assert told == KEPT[name]


def test_few_small_services_where_nothing_changed_have_a_finding() -> None:
    assert try_services(17, range(5)).with_finding <= 1


@pytest.mark.slow
def test_a_service_says_alone_what_it_says_among_others() -> None:
    made = {code: changing_service(seed, 60, code) for seed, code in enumerate(codes(4))}
    for seed, (one, report) in enumerate(portraits(made)):
        alone = changing_service(seed, 60)
        assert {name: len(rows) for name, rows in alone.tables.items()} == {
            name: len(rows) for name, rows in one.tables.items()
        }
        assert sentences(report) == sentences(report_of(alone))


@pytest.mark.slow
def test_few_services_where_nothing_changed_have_a_finding() -> None:
    found = sum(try_services(size, range(1, 31)).with_finding for size in (40, 250))
    assert found <= 7  # of a rate of 6 %, more than 7 in 60 has one chance in forty


@pytest.fixture(scope="module")
def whole(opened: Opened) -> Report:
    return opened()


def test_the_first_page_of_the_demonstration(whole: Report) -> None:
    assert sentences(whole) == [
        "En 2023, deux fois plus d'accompagnements clos et des jeunes accompagnés plus jeunes",
        "77 accompagnements clos, contre 37 en 2022, dont 58 pour amélioration de la situation.",
        "34 accompagnements en cours au 31 décembre, contre 60 un an plus tôt.",
        "82 % des jeunes accompagnés ont moins de 15 ans (93 sur 114), contre 67 % en 2022 ; "
        "les 15-18 ans passent de 23 à 11.",
        "65 % des jeunes accompagnés le sont avec un autre service (74 sur 114), contre 85 % en 2022.",
        "18 demandes refusées sur 96 (16 sur 80 en 2022) : refus de la famille (8), file active complète (7), "
        "hors des missions du service (3).",
    ]


def title(report: Report, id: str) -> str:
    shown = report.figure(id) or report.table(id)
    assert shown
    page = BeautifulSoup(shown.html, "html.parser")
    return " ".join(plain(one) for one in page.select(".rl-constat, .rl-message"))


def test_what_is_found_of_a_table_is_the_sentence_of_the_first_page(whole: Report) -> None:
    said = sentences(whole)
    for id, words in (("clotures", "77 accompagnements clos"), ("accompagnes", "82 %"), ("flux_paei", "34 ")):
        assert title(whole, id) in said and title(whole, id).startswith(words)
    assert not title(whole, "durees")


def test_the_commune_apart_is_said_above_the_rates(opened: Opened) -> None:
    said = "Carvin : 1,0 jeune accompagné pour mille habitants, contre 2,9 à 3,8 dans les autres communes."
    assert _above(opened(), "taux_communes") == said


@pytest.mark.parametrize(
    ("followed", "said"),
    [
        ((30, 30, 30), ""),
        ((30, 22, 38), ""),
        ((80, 28, 30), "8,0 jeunes accompagnés pour mille habitants, contre 2,8 à 3,0 dans les autres communes"),
        ((30, 3, 30), "0,3 jeune accompagné pour mille habitants, contre 3,0 dans les autres communes"),
    ],
)
def test_a_commune_is_apart_where_chance_does_not_explain_it(followed: tuple[int, ...], said: str) -> None:
    assert _apart(followed) == said


@pytest.mark.parametrize(
    ("followed", "said"),
    [
        ((80, 28, 30), "plus de jeunes accompagnés pour mille habitants que dans les autres communes"),
        ((30, 3, 30), "moins de jeunes accompagnés pour mille habitants que dans les autres communes"),
        ((30, 5), "plus de jeunes accompagnés pour mille habitants que dans l'autre commune"),
        ((30, 22, 38), ""),
    ],
)
def test_to_share_it_is_said_without_a_number(followed: tuple[int, ...], said: str) -> None:
    assert _apart(followed, "diffusion") == said


def _apart(followed: tuple[int, ...], edition: Edition = "interne") -> str:
    """What is said of communes of ten thousand inhabitants in which so many are followed."""
    communes = tuple(Commune(code=code, nom=f"Commune {code}") for code in codes(len(followed)))
    service = ServiceSettings(nom="Essai", departement="62", communes=communes)
    settings = Settings(service=service, report=ReportSettings(), year=YEAR, directory=Path("params"), edition=edition)
    persons = [
        (code, f"{code}-{rank}")
        for code, number in zip(codes(len(followed)), followed, strict=True)
        for rank in range(number)
    ]
    records = make_records(
        jeunes=[jeune(id, commune=code) for code, id in persons],
        suivis=[suivi(f"S{id}", id) for _, id in persons],
        territoires=[population(code, 10_000) for code in codes(len(followed))],
    )
    report = Report(source_of(records, service=service), settings, Scope(YEAR, "service", service))
    return _above(report, "taux_communes").partition(" : ")[2].rstrip(".")


def _above(report: Report, table: str) -> str:
    """The sentence above a table."""
    shown = report.table(table)
    found = BeautifulSoup(shown.html if shown else "", "html.parser").select_one(".rl-constat")
    return plain(found) if found else ""


def test_no_card_says_what_a_sentence_says(whole: Report) -> None:
    shown, cards = whole.findings(), whole.essentials()
    assert shown and cards
    told = {
        span["data-ref"]
        for span in BeautifulSoup(shown.html, "html.parser").select("li > span[data-fonction=chiffre]:first-child")
    }
    numbers = BeautifulSoup(cards.html, "html.parser").select(".rl-cle-nombre > span")
    assert told and not told & {span["data-ref"] for span in numbers}


def test_the_service_pins_drops_and_rewords() -> None:
    made = planted("fewer shared")
    words = {"titre": "Une année {{ annee() }}", "demandes": 'Reçu : {{ chiffre("demandes", "total", "total") }}.'}
    own = Findings(epingles=("demandes",), retires=("co_accompagnements",), mots=words)
    told = sentences(report_of(made, constats=own))
    asked = sum(one["date"][:4] == str(YEAR) for one in made.demandes)
    assert told[0] == "Une année 2023" and told[1] == f"Reçu : {asked}."
    assert not any("autre service" in one for one in told)


@pytest.mark.parametrize("own", [Findings(epingles=("cloture",)), Findings(mots={"clotures-75056": "Mot"})])
def test_an_unknown_finding_is_named_with_the_nearest(own: Findings) -> None:
    with pytest.raises(SettingsError, match="clotures"):
        report_of(steady_service(1, 17), constats=own).findings()


def test_where_nobody_is_counted_the_headline_says_so() -> None:
    assert sentences(report_of(Service())) == ["Aucun jeune accompagné ni rencontré en 2023"]
