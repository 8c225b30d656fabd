"""The edition to share beside the exact one: what it may open, and what its texts may not tell.

Slow: what is read in the finished pages of both, and the same gate with more sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE
from rlpipeline.pipeline import shared_edition
from rlpipeline.records import Records
from rlpipeline.report import open_report
from rlpipeline.settings.models import load_settings
from tests import editions_read
from tests.editions_read import Alt, Key, Shown
from tests.figures.stored import source_of
from tests.made_once import Editions
from tests.test_build import request_in


def test_records_cannot_be_opened_in_the_edition_to_share(tmp_path: Path) -> None:
    request = request_in(tmp_path)
    with pytest.raises(UsageError, match="chiffres protégés"):
        open_report(request.source, str(request.params), 2022, edition="diffusion")


def test_a_text_may_have_a_wording_for_the_edition_to_share(tmp_path: Path) -> None:
    request = request_in(tmp_path)
    folder = request.params / "2022" / "textes"
    (folder / "diffusion").mkdir(parents=True)
    for name, words in (("edito", "Exact."), ("durees", "Le même."), ("diffusion/edito", "Général.")):
        (folder / f"{name}.md").write_text(words, encoding="utf-8")
    exact = load_settings(request.params, 2022)
    shared = exact.model_copy(update={"edition": "diffusion"})
    assert [settings.text("edito") for settings in (exact, shared)] == ["Exact.", "Général."]
    assert [settings.text("durees") for settings in (exact, shared)] == ["Le même."] * 2


COUNTED = {
    "jeunes", "accompagnements", "orientations", "demandes", "suivis", "problematiques_relevees", "personnes"
}  # fmt: skip
OF_ACTIONS = {"actions", "developpement_social_local", "parentalite", "actions_partenariales"}
BASE = LEAST = 5
SENSITIVE_BASE = 10


@dataclass(frozen=True)
class Read:
    """Both editions of a small service, read from their finished files."""

    exact: dict[Key, dict[str, str]]
    shared: dict[Key, dict[str, str]]
    shown: list[Shown]
    alts: list[Alt]
    labels: dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def read(editions: Editions) -> Read:
    return read_editions(editions.internal)


def read_editions(year: Path) -> Read:
    shared = year / "diffusion"
    pages = list(editions_read.pages(shared))
    labels: dict[tuple[str, str], str] = {}
    for key, code in (named for page in pages for named in page.labels.items()):
        labels[key] = code if labels.get(key, code) == code else ""
    shown = [one for page in pages for one in page.shown]
    shown += editions_read.workbook(shared, labels, 2023)
    alts = [alt for page in pages for alt in page.alts]
    return Read(editions_read.figures(year), editions_read.figures(shared), shown, alts, labels)


def about_persons(read: Read, key: Key) -> bool:
    return read.shared.get(key, {"unite": ""})["unite"] in COUNTED


def is_below(words: str) -> bool:
    return words.lower().startswith("moins de ")


@pytest.mark.slow
def test_every_place_shows_the_same_number_and_its_state(read: Read) -> None:
    wrong, seen = [], Counter()
    for one in read.shown:
        if not about_persons(read, one.key):
            continue
        published = read.shared[one.key]
        seen[one.kind, published["etat"]] += 1
        told = 0.0 if is_below(one.words) else editions_read.number(one.words)
        signed = is_below(one.words) or one.words.lower().startswith(("≈", "environ "))
        same = told == (float(published["valeur"]) if published["valeur"] else None)
        if not same or signed != (published["etat"] == "arrondi"):
            wrong.append((one, published["etat"], published["valeur"]))
    assert wrong == []
    assert {kind for kind, state in seen if state == "arrondi"} >= {"table", "prose", "workbook"}
    assert {kind for kind, state in seen if state == "ok"} >= {"table", "prose", "workbook"}


@pytest.mark.slow
def test_exact_and_rounded_figures_are_those_of_the_exact_edition(read: Read) -> None:
    states = Counter()
    for key, published in read.shared.items():
        exact = read.exact.get(key)
        if not about_persons(read, key) or exact is None or not exact["valeur"]:  # a wider class
            continue
        states[published["etat"]] += 1
        if published["etat"] == "arrondi":
            value = float(published["valeur"])
            assert value % BASE == 0 and abs(value - float(exact["valeur"])) < SENSITIVE_BASE, key
        elif published["valeur"]:
            assert published["valeur"] == exact["valeur"], key
            assert not 0 < float(published["valeur"]) < LEAST, key
    assert states["ok"] > states["arrondi"] / 4 > 10
    assert not states["masque"]


@pytest.mark.slow
def test_alternative_texts_hold_no_other_number_and_say_that_some_are_rounded(read: Read) -> None:
    checked = rounded = 0
    for alt in read.alts:
        counted = {
            key: row for key, row in read.shared.items()
            if (key.indicator, key.year, key.territory) == alt[:3] and about_persons(read, key)
        }  # fmt: skip
        if not counted:
            continue
        words = alt.words.partition(f"{alt.year}.")[2].lower().replace("\u00a0", " ").replace("\u202f", " ")
        for label in sorted((label for id, label in read.labels if id == alt.indicator), key=len, reverse=True):
            words = words.replace(label, "")
        values = {float(row["valeur"]) for row in counted.values() if row["valeur"]}
        if alt.indicator not in OF_ACTIONS:  # sums over actions
            told = {float(found) for found in re.findall(r"(?<!moins de )\b\d+", words)}
            assert told <= values, (alt, told - values)
            about = "environ" in words or "moins de" in words
            assert not about or "valeurs arrondies." in words, alt  # the few figures told may be the exact ones
            rounded += about
        checked += 1
    assert checked > 10 and rounded


@pytest.mark.slow
def test_a_note_that_counts_no_person_stays_in_the_edition_to_share(root: Path, records: Records) -> None:
    settings = load_settings(root / "params", 2023)
    tables = dict(shared_edition._tables(source_of(records, service=settings.service), settings))
    notes = tables["diagnostics", SERVICE].notes
    assert notes == ("Échelle des notes : 1, très défavorable, à 5, très favorable.",)
