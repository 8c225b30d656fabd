"""The findings of made-up services, recounted from the records by a path of its own: sets of young people, no table.

Slow: many services where nothing changed, since a finding by chance is rare (``benchmarks/findings.py`` has its rate);
services counted together and alone.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from scipy.stats import binomtest, fisher_exact

from rlpipeline.display.comparability import Comparability
from rlpipeline.errors import SettingsError
from rlpipeline.figures import Scope
from rlpipeline.report import Edition, Report
from rlpipeline.settings.models import Commune, Findings, ReportSettings, Settings
from rlpipeline.settings.models import Service as ServiceSettings
from tests.conftest import Opened
from tests.display.many_services import codes, portraits, shared_report
from tests.display.services_over_years import STORIES, YEAR, Row, Service, changing_service, steady_service
from tests.figures.factory import SERVICE, jeune, make_records, population, suivi
from tests.figures.stored import source_of

ORDINARY = "Ces écarts restent dans les variations ordinaires des petits nombres."
HIDDEN = (
    "Des nombres sont arrondis : leur écart n'est annoncé que s'il dépasse l'arrondi, plus petit il peut être nul. Un "
    "chiffre sans comparaison à 2022 ne dit donc ni hausse ni baisse."
)
EXACT_HERE = (
    "Ces nombres sont exacts. D'autres constats, qui tiennent à des chiffres arrondis ou réservés au service, peuvent "
    "manquer ici."
)
TOGETHER = 50
"""Services counted as the communes of one source."""


def report_of(made: Service, **changes: object) -> Report:
    report = ReportSettings().model_copy(update=changes)
    settings = Settings(service=SERVICE, report=report, year=YEAR, directory=Path("params"))
    return Report(source_of(made.records), settings, Scope(YEAR, "service", SERVICE), Comparability(YEAR))


def plain(element: object) -> str:
    return " ".join(element.get_text().split())  # type: ignore[attr-defined]


def sentences(report: Report) -> list[str]:
    shown = report.findings()
    page = BeautifulSoup(shown.html if shown else "", "html.parser")
    return [plain(one) for one in page.select(".rl-une, .rl-constats > li, .rl-constats-note")]


class Counts:
    """The sets of a year, by what a sentence calls them."""

    def __init__(self, made: Service, year: int) -> None:
        first, last = f"{year}-01-01", f"{year}-12-31"
        active = [one for one in made.suivis if one["date_debut"] <= last and (one["date_fin"] or last) >= first]
        every = [one for one in made.suivis if one["statut"] == "PAEI"]
        plans = [one for one in active if one["statut"] == "PAEI"]
        began: dict[str, str] = {}
        for one in every:
            began[one["id_jeune"]] = min(one["date_debut"], began.get(one["id_jeune"], "9999"))
        contacts = {one["id_jeune"]: one["premier_contact"] for one in made.jeunes}
        ended = [one for one in every if (one["date_fin"] or "")[:4] == str(year)]
        self.followed = {one["id_jeune"] for one in plans}
        self.street = {one["id_jeune"] for one in active}
        self.met = {one["id_jeune"] for one in made.presences if one["date"][:4] == str(year)}
        self.open = {one["id_suivi"] for one in plans if not one["date_fin"] or one["date_fin"] > last}
        self.shared = {one["id_jeune"] for one in made.co_accompagnements if one["annee"] == year} & self.followed
        self.girls = {one["id_jeune"] for one in made.jeunes if one["sexe"] == "F"}
        self.age = {one["id_jeune"]: year - one["annee_naissance"] for one in made.jeunes}
        self.situation = {one["id_jeune"]: one["situation"] for one in made.situations if one["annee"] == year}
        asked = [one for one in made.demandes if one["date"][:4] == str(year)]
        self.flows = {
            "accompagnements clos": len(ended),
            "accompagnements clos pour amélioration de la situation": _of(
                ended, "motif_cloture", "amelioration_situation"
            ),
            "jeunes accompagnés pour la première fois": sum(day[:4] == str(year) for day in began.values()),
            "demandes d'accompagnement": len(asked),
            "demandes refusées": _of(asked, "suite", "refusee"),
            **{words: _of(asked, "suite", code) for code, words in _OUTCOMES.items()},
            "orientations vers un partenaire": sum(one["date"][:4] == str(year) for one in made.orientations),
            "premiers contacts en travail de rue": sum(contacts[id][:4] == str(year) for id in self.street),
        }

    @property
    def stocks(self) -> Mapping[str, set[str]]:
        return {
            "jeunes accompagnés": self.followed,
            "accompagnements en cours au 31 décembre": self.open,
            "jeunes rencontrés en travail de rue": self.street,
            "jeunes rencontrés en présence sociale": self.met,
        }

    def shares(self) -> Mapping[str, tuple[set[str], set[str]]]:
        """Members and whole, by the words that follow the percentage."""
        found = {"jeunes accompagnés le sont avec un autre service": (self.shared, self.followed)}
        for code, words in _IN.items():
            group = {id for id in self.followed if self.situation.get(id) == code}
            found[f"jeunes accompagnés {words}"] = (group, self.followed)
        for name, whole in self.stocks.items():
            if name.startswith("jeunes"):
                found[f"{name} sont des filles"] = (whole & self.girls, whole)
                for words, low, high in _BANDS:
                    found[f"{name} ont {words}"] = ({id for id in whole if low <= self.age[id] <= high}, whole)
        return found


_OUTCOMES = {
    "acceptee": "acceptées",
    "refusee": "refusées",
    "reorientee": "réorientées",
    "en_attente": "en attente",
}
_BANDS = (
    ("moins de 15 ans", 0, 14),
    ("moins de 11 ans", 0, 10),
    ("de 11 à 14 ans", 11, 14),
    ("de 15 à 18 ans", 15, 18),
    ("de 19 à 21 ans", 19, 21),
    ("plus de 21 ans", 22, 99),
)
_IN = {
    "descolarise": "sont déscolarisés",
    "recherche_emploi": "cherchent un emploi",
    "activite_professionnelle": "travaillent",
    "formation": "sont en formation",
}


def _pattern(words: str) -> re.Pattern[str]:
    """Compile a sentence, in which # stands for a number, rounded or not."""
    return re.compile(words.replace("#", r"((?:≈|[Ee]nviron) \d+|[Mm]oins de \d+|\d+)"))


_PART = r"(?: ; les (?:#|jeunes) accompagnés en font partie)?"
_SHARE = _pattern(r"(\d+) % des (.+) \(# sur #\), contre (\d+) % en 2022(?: ; les 15-18 ans passent de # à #)?\.")
_COUNT = _pattern(
    r"# (.+), contre # (?:en 2022|un an plus tôt)"
    r"(?:, dont # (de .+?|moins de .+?|plus de .+?|pour amélioration de la situation))?" + _PART + r"\."
)
_LEVEL = _pattern(r"# demandes? refusées? sur #(?: \(# sur # en 2022\))?\.")
_OUTCOME = _pattern(r"# ((?:acceptée|refusée|réorientée)s?|en attente)(?: \(#\))?")
_REQUESTS = re.compile(r"(.+? demandes? d'accompagnement(?: \(\d+ en 2022\))?) : (.+)\.")
_BESIDE = _pattern(
    r"# ([^()]+?)(?: \(# (?:en 2022|un an plus tôt)\))?"
    r"(?:, dont # (de .+?|moins de .+?|plus de .+?|pour amélioration de la situation))?" + _PART + r"\."
)
_OF = _pattern(r"# des # jeunes accompagnés (?:ont|a) moins de 15 ans(?: \(# sur # en 2022\))?\.")
_ALONE = _pattern(r"# jeunes? accompagnés? en 2023, (?:comme en 2022|contre # en 2022)")


def number(words: str) -> range:
    """Read what a number of a sentence may stand for; the rounding has base 5."""
    digits = int(words.rpartition(" ")[2])
    if words.lower().startswith(("≈", "environ")):
        return range(digits - 4, digits + 5)
    return range(digits) if words.lower().startswith("moins") else range(digits, digits + 1)


def agree(told: Sequence[range], expected: Sequence[int]) -> bool:
    """Whether each number told may stand for the one expected."""
    return len(told) == len(expected) and all(one in numbers for numbers, one in zip(told, expected, strict=True))


def _of(rows: list[Row], column: str, code: str) -> int:
    return sum(one[column] == code for one in rows)


def percent(part: set[str], whole: set[str]) -> int:
    return int(100 * len(part) / len(whole) + 0.5)


def wrong(sentence: str, now: Counts, then: Counts, *, shared: bool) -> str:
    """Say what is wrong in a sentence; empty where all is right.

    Parameters
    ----------
    shared
        It is of the edition to share, where a share is told from the newcomers, hence with another chance.
    """
    if found := _SHARE.fullmatch(sentence):
        return _wrong_share(found, now, then, shared=shared)
    if found := _COUNT.fullmatch(sentence):
        return _wrong_count(found, now, then)
    return _wrong_level(sentence, now, then)


def _wrong_level(sentence: str, now: Counts, then: Counts) -> str:
    if found := _LEVEL.fullmatch(sentence):
        expected = [
            one.flows[name] for one in (now, then) for name in ("demandes refusées", "demandes d'accompagnement")
        ]
        told = [number(one) for one in found.groups() if one]
        return "" if agree(told, expected[: len(told)]) else f"{told}, {expected}"
    if found := _REQUESTS.fullmatch(sentence):
        pieces = [f"{found[1]}.", *(f"{one}." for one in found[2].split(", "))]
        return "; ".join(filter(None, (_wrong_outcome(one, now, then) for one in pieces)))
    if found := _OF.fullmatch(sentence):
        pairs = [one.shares()["jeunes accompagnés ont moins de 15 ans"] for one in (now, then)]
        expected = [len(group) for pair in pairs for group in pair]
        told = [number(one) for one in found.groups() if one]
        return "" if agree(told, expected[: len(told)]) else f"{told}, {expected}"
    if found := _BESIDE.fullmatch(sentence):
        return _wrong_beside(found, now, then)
    return "unknown sentence"


def _wrong_outcome(sentence: str, now: Counts, then: Counts) -> str:
    found = _OUTCOME.fullmatch(sentence.removesuffix("."))
    if found is None:
        whole = _BESIDE.fullmatch(sentence)
        return _wrong_beside(whole, now, then) if whole else "unknown sentence"
    words = f"{found[2]}s" if found[1] in {"0", "1"} and found[2] != "en attente" else found[2]
    told = [number(one) for one in (found[1], found[3]) if one]
    expected = [one.flows[words] for one in (now, then)]
    return "" if agree(told, expected[: len(told)]) else f"{told}, {expected}"


def _wrong_share(found: re.Match[str], now: Counts, then: Counts, *, shared: bool) -> str:
    part, whole = now.shares()[found[2]]
    former, former_whole = then.shares()[found[2]]
    told = [number(found[index]) for index in (1, 3, 4, 5)]
    expected = [percent(part, whole), len(part), len(whole), percent(former, former_whole)]
    if found[6]:
        band = found[2].replace("moins de 15 ans", "de 15 à 18 ans")
        told += [number(found[6]), number(found[7])]
        expected += [len(then.shares()[band][0]), len(now.shares()[band][0])]
    outside = whole - part, former_whole - former
    moved = [[len(part - former), len(outside[0] - outside[1])], [len(former - part), len(outside[1] - outside[0])]]
    gap = abs(len(part) / len(whole) - len(former) / len(former_whole))
    fair = (shared or fisher_exact(moved)[1] < 0.002) and min(len(whole), len(former_whole)) >= 40 and gap >= 0.1
    return "" if agree(told, expected) and fair else f"{told}, {expected}, {moved}"


def _wrong_count(found: re.Match[str], now: Counts, then: Counts) -> str:
    name = _plural(found[2]) if found[1] in {"0", "1"} else found[2]
    told = [number(found[1]), number(found[3])]
    if name in now.flows:
        expected = [now.flows[name], then.flows[name]]
        p = binomtest(expected[0], sum(expected)).pvalue
    else:
        sets = now.stocks[name], then.stocks[name]
        expected = [len(one) for one in sets]
        came = len(sets[0] - sets[1])
        p = binomtest(came, came + len(sets[1] - sets[0])).pvalue
    difference = abs(expected[0] - expected[1])
    large = max(expected[:2]) >= 10 and difference >= max(5, expected[1] / 4)
    right = agree(told, expected) and p < 0.002 and large
    return _wrong_details(found, name, now) if right else f"{told}, {expected}, {p}"


def _wrong_details(found: re.Match[str], words: str, now: Counts) -> str:
    """Say what is wrong in « dont 57 de 11 à 14 ans ; les 17 accompagnés en font partie », the last three groups."""
    part, what, followed = found.groups()[-3:]
    told, expected = [number(one) for one in (part, followed) if one], []
    if part:
        is_motive = what.startswith("pour ")
        ages = re.sub("^de (?=moins|plus)", "", what)  # « dont 20 de moins de 11 ans »
        expected.append(now.flows[f"{words} {what}"] if is_motive else len(now.shares()[f"{words} ont {ages}"][0]))
    if followed:
        expected.append(len(now.followed & now.stocks[words]))
    return "" if agree(told, expected) else f"{told}, {expected}"


def _plural(words: str) -> str:
    """Give the plural of « jeune accompagné », « orientation vers un partenaire »."""
    first, second, *rest = words.split(" ")
    unchanged = {"clos", "en", "d'accompagnement", "vers"}
    return " ".join([f"{first}s", second if second in unchanged else f"{second}s", *rest])


def _wrong_beside(found: re.Match[str], now: Counts, then: Counts) -> str:
    words = _plural(found[2]) if found[1] in {"0", "1"} else found[2]
    every = [{**one.flows, **{name: len(group) for name, group in one.stocks.items()}} for one in (now, then)]
    told, expected = [number(found[1])], [every[0][words]]
    if found[3]:
        told.append(number(found[3]))
        expected.append(every[1][words])
    return _wrong_details(found, words, now) if agree(told, expected) else f"{told}, {expected}"


_TIMES = {"deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10}
_FEWER_OR_MORE = re.compile(r"(?:(près de |plus de |)(\w+) fois )?(plus|moins) (?:d'|de )(.+)")
_PLACES = {
    " en travail de rue": "jeunes rencontrés en travail de rue",
    " en présence sociale": "jeunes rencontrés en présence sociale",
    "": "jeunes accompagnés",
}
_AGES = {
    "un public plus jeune": True,
    "un public plus âgé": False,
    "des jeunes accompagnés plus jeunes": True,
    "des jeunes accompagnés plus âgés": False,
}
_RISES = {"une plus grande part": True, "une moindre part": False, "davantage": True, "moins": False}
_OF_WHOM = {
    "de jeunes déscolarisés": "sont déscolarisés",
    "de jeunes en recherche d'emploi": "cherchent un emploi",
    "de jeunes au travail": "travaillent",
    "de jeunes en formation": "sont en formation",
    "de suivis partagés": "le sont avec un autre service",
    "de filles": "sont des filles",
    "plus jeune": "ont moins de 15 ans",
    "plus âgé": "ont moins de 15 ans",
    "plus jeunes": "ont moins de 15 ans",
    "plus âgés": "ont moins de 15 ans",
    **{f"de {words.removeprefix('de ').replace(' à ', '-')}": f"ont {words}" for words, _, _ in _BANDS[1:]},
}


def _wrong_headline(headline: str, now: Counts, then: Counts) -> bool:
    """Whether one of the two changes that a headline tells did not happen, or is not as large."""
    changes = headline.removeprefix("En 2023, ").split(" et ")
    return not headline.startswith("En 2023, ") or any(_is_wrong(one, now, then) for one in changes)


def _is_wrong(change: str, now: Counts, then: Counts) -> bool:
    place = next(name for name in _PLACES if change.endswith(name))
    about = change.removesuffix(place)
    for words, members in _OF_WHOM.items():
        rise = _RISES.get(about.removesuffix(f" {words}")) if about.endswith(f" {words}") else None
        rise = _AGES.get(about, rise)
        if rise is not None and about.endswith(words):
            pairs = [one.shares()[f"{_PLACES[place]} {members}"] for one in (now, then)]
            shares = [len(part) / len(whole) for part, whole in pairs]
            return shares[0] == shares[1] or (shares[0] > shares[1]) != rise
    found = _FEWER_OR_MORE.fullmatch(change)
    if not found:
        return True
    name = f"{found[4]} au 31 décembre" if found[4].endswith("en cours") else found[4]
    every = [{**one.flows, **{stock: len(group) for stock, group in one.stocks.items()}} for one in (now, then)]
    low, high = sorted(one[name] for one in every)
    right = every[0][name] != every[1][name] and (every[0][name] > every[1][name]) == (found[3] == "plus")
    if not right or not found[2]:
        return not right
    times, ratio = _TIMES[found[2]], high / low
    least, most = {"près de ": (times - 0.25, times), "": (times, times + 0.5), "plus de ": (times, 1e9)}[found[1]]
    return not least <= ratio <= most


def _are_ordinary(now: Counts, then: Counts) -> bool:
    """Whether chance explains each of what a service without a finding says beside the year before."""
    flows = [(now.flows[name], then.flows[name]) for name in ("accompagnements clos", "demandes refusées")]
    for name in ("jeunes rencontrés en travail de rue", "accompagnements en cours au 31 décembre"):
        flows.append((len(now.stocks[name] - then.stocks[name]), len(then.stocks[name] - now.stocks[name])))
    return all(binomtest(one, one + other).pvalue >= 0.002 for one, other in flows if one + other)


def _wrong_without_change(headline: str, now: Counts, then: Counts) -> bool:
    found = _ALONE.fullmatch(headline)
    counts = [len(now.followed), len(then.followed)]
    told = [number(one) for one in found.groups() if one] if found else []
    return not agree(told, counts) and not (agree(told, counts[:1]) and counts[0] == counts[1])


_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}\b)")


def wrongs(made: Service, told: list[str], *, shared: bool = False) -> list[str]:
    """What is wrong on the first page of a service, headline and note included."""
    now, then = Counts(made, YEAR), Counts(made, YEAR - 1)
    headline, *listed = (_THOUSANDS.sub("", one) for one in told)
    changes = [one for one in listed if ", contre " in one]
    problems = [
        f"{one} : {problem}"
        for one in listed
        if one not in {ORDINARY, HIDDEN, EXACT_HERE} and (problem := wrong(one, now, then, shared=shared))
    ]
    if EXACT_HERE in listed and (not shared or any("environ" in one.lower() for one in listed)):
        problems.append("des nombres de la page ne sont pas exacts")
    if ORDINARY in listed and (changes or not _are_ordinary(now, then)):
        problems.append(f"note, {changes}")
    if not changes and _wrong_without_change(headline, now, then):
        problems.append(headline)
    if changes and _wrong_headline(headline, now, then):
        problems.append(headline)
    return problems


@dataclass(frozen=True)
class Tried:
    """Services where nothing changed: how many, how many have a finding, and what is wrong in their sentences."""

    services: int
    with_finding: int
    wrong: list[str]


def try_services(size: int, seeds: Sequence[int], *, changing: bool = False) -> Tried:
    """Read the findings of services of a size, where nothing changed or anything may, fifty counted together."""
    found, problems, make = 0, [], changing_service if changing else steady_service
    for start in range(0, len(seeds), TOGETHER):
        every = seeds[start : start + TOGETHER]
        for made, report in portraits(
            {code: make(seed, size, code) for code, seed in zip(codes(len(every)), every, strict=True)}
        ):
            told = sentences(report)
            problems += wrongs(made, told)
            found += any(", contre " in one for one in told[1:])
    return Tried(len(seeds), found, problems)


def try_shared(size: int, seeds: Sequence[int]) -> Tried:
    """Read those of the edition to share, where anything may change."""
    found, problems = 0, []
    for seed in seeds:
        made = changing_service(seed, size)
        with tempfile.TemporaryDirectory() as folder:
            told = sentences(shared_report(made, Path(folder)))
        problems += wrongs(made, told, shared=True)
        found += any(", contre " in one for one in told[1:])
    return Tried(len(seeds), found, problems)


def try_story(story: str, seed: int = 7, size: int = 120) -> str:
    """Plant a story and say what is wrong; empty where it is told first."""
    plant, words = STORIES[story]
    made = steady_service(seed, size)
    plant(made)
    told = sentences(report_of(made))
    problems = wrongs(made, told)
    return "; ".join(problems) if problems else "" if words in told[1] else told[1]


@pytest.mark.parametrize("size", (17, 98))
def test_no_sentence_of_a_service_where_nothing_changed_is_wrong(size: int) -> None:
    tried = try_services(size, range(5))
    assert tried.wrong == []
    assert tried.with_finding <= 2  # the rate is measured by benchmarks/findings.py


def test_no_sentence_of_a_service_that_changes_is_wrong() -> None:
    tried = try_services(98, range(10), changing=True)
    assert tried.wrong == []
    assert tried.with_finding >= 5


def test_no_sentence_of_the_edition_to_share_is_wrong() -> None:
    tried = try_shared(98, range(2, 4))
    assert tried.wrong == []
    assert tried.with_finding == 2


def test_who_shares_a_first_year_is_told_that_nothing_is_compared(tmp_path: Path) -> None:
    told = sentences(shared_report(changing_service(2, 98), tmp_path, first=True))
    assert told[-1] == (
        "Aucun chiffre de 2022 n'a été diffusé : cette édition ne compare pas 2023 à 2022. N'en concluez ni hausse ni "
        "baisse."
    )
    assert not any("2022" in one for one in told[:-1])


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
@pytest.mark.parametrize("size", (40, 250))
def test_few_services_where_nothing_changed_have_a_finding(size: int) -> None:
    tried = try_services(size, range(1, 101))
    assert tried.wrong == []
    assert tried.with_finding <= 11  # of a rate of 6 %, more than 11 in 100 has one chance in fifty


@pytest.mark.parametrize(
    "story", [pytest.param(one, marks=pytest.mark.slow if rank % 4 else ()) for rank, one in enumerate(STORIES)]
)
def test_a_planted_story_is_told_first(story: str) -> None:
    assert try_story(story) == ""


def test_a_wrong_sentence_is_noticed() -> None:
    made = steady_service(1, 98)
    told = sentences(report_of(made))
    assert wrongs(made, told) == []
    for index, one in enumerate(told[1:], start=1):
        if one != ORDINARY:
            changed = re.sub(r"^\d+", lambda number: str(int(number[0]) + 1), one)
            assert wrongs(made, [*told[:index], changed, *told[index + 1 :]])


@pytest.fixture(scope="module")
def demonstration(opened: Opened) -> Report:
    return opened()


def test_the_first_page_of_the_demonstration(demonstration: Report) -> None:
    assert sentences(demonstration) == [
        "En 2023, deux fois plus d'accompagnements clos et des jeunes accompagnés plus jeunes",
        "77 accompagnements clos, contre 37 en 2022, dont 58 pour amélioration de la situation.",
        "34 accompagnements en cours au 31 décembre, contre 60 un an plus tôt.",
        "82 % des jeunes accompagnés ont moins de 15 ans (93 sur 114), contre 67 % en 2022 ; "
        "les 15-18 ans passent de 23 à 11.",
        "65 % des jeunes accompagnés le sont avec un autre service (74 sur 114), contre 85 % en 2022.",
        "18 demandes refusées sur 96 (16 sur 80 en 2022) : refus de la famille (8), file active complète (7), "
        "hors des missions du service (3).",
    ]


def test_the_first_page_of_a_commune_without_a_finding(opened: Opened) -> None:
    portrait = opened(commune="62215")
    assert sentences(portrait) == [
        "17 jeunes accompagnés en 2023, comme en 2022",
        "1,0 jeune accompagné pour mille habitants, contre 2,9 à 3,8 dans les autres communes.",
        "13 des 17 jeunes accompagnés ont moins de 15 ans (9 sur 17 en 2022).",
        "12 accompagnements clos (7 en 2022), dont 9 pour amélioration de la situation.",
        "97 jeunes rencontrés en travail de rue (86 en 2022), dont 57 de 11 à 14 ans ; les 17 accompagnés en font "
        "partie.",
        "5 accompagnements en cours au 31 décembre (10 un an plus tôt).",
        "4 demandes refusées sur 16 (3 sur 15 en 2022) : file active complète (3), refus de la famille (1).",
        ORDINARY,
        "L'écart avec les autres communes, lui, est trop grand pour être dû au hasard.",
    ]


def title(report: Report, id: str) -> str:
    shown = report.figure(id) or report.table(id)
    assert shown
    page = BeautifulSoup(shown.html, "html.parser")
    return " ".join(plain(one) for one in page.select(".rl-constat, .rl-message"))


def test_what_is_found_of_a_table_is_the_sentence_of_the_first_page(demonstration: Report) -> None:
    said = sentences(demonstration)
    for id, words in (("clotures", "77 accompagnements clos"), ("accompagnes", "82 %"), ("flux_paei", "34 ")):
        assert title(demonstration, id) in said and title(demonstration, id).startswith(words)
    assert not title(demonstration, "durees")


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
    report = Report(source_of(records), settings, Scope(YEAR, "service", service), Comparability(YEAR))
    return _above(report, "taux_communes").partition(" : ")[2].rstrip(".")


def _above(report: Report, table: str) -> str:
    """The sentence above a table."""
    shown = report.table(table)
    found = BeautifulSoup(shown.html if shown else "", "html.parser").select_one(".rl-constat")
    return plain(found) if found else ""


def test_no_card_says_what_a_sentence_says(demonstration: Report) -> None:
    shown, cards = demonstration.findings(), demonstration.essentials()
    assert shown and cards
    told = {
        span["data-ref"]
        for span in BeautifulSoup(shown.html, "html.parser").select("li > span[data-fonction=chiffre]:first-child")
    }
    numbers = BeautifulSoup(cards.html, "html.parser").select(".rl-cle-nombre > span")
    assert told and not told & {span["data-ref"] for span in numbers}


def test_the_service_pins_drops_and_rewords() -> None:
    made = steady_service(7, 120)
    STORIES["fewer shared"][0](made)
    words = {"titre": "Une année {{ annee() }}", "demandes": 'Reçu : {{ chiffre("demandes", "total", "total") }}.'}
    own = Findings(epingles=("demandes",), retires=("co_accompagnements",), mots=words)
    told = sentences(report_of(made, constats=own))
    asked = Counts(made, YEAR).flows["demandes d'accompagnement"]
    assert told[0] == "Une année 2023" and told[1] == f"Reçu : {asked}."
    assert not any("autre service" in one for one in told)


@pytest.mark.parametrize("own", [Findings(epingles=("cloture",)), Findings(mots={"clotures-75056": "Mot"})])
def test_an_unknown_finding_is_named_with_the_nearest(own: Findings) -> None:
    with pytest.raises(SettingsError, match="clotures"):
        report_of(steady_service(1, 17), constats=own).findings()


def test_where_nobody_is_counted_the_headline_says_so() -> None:
    assert sentences(report_of(Service())) == ["Aucun jeune accompagné ni rencontré en 2023"]
