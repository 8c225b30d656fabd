"""The edition to share beside the exact one: what it may open, and what its texts may not tell.

Slow: what is read in the finished pages of both, and the same gate with more sentences.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from rlpipeline.checks.addresses import SHOWN, check_addresses
from rlpipeline.checks.model import Discrepancy
from rlpipeline.checks.published import read_publication
from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE
from rlpipeline.pipeline import shared_edition
from rlpipeline.records.frames import Records
from rlpipeline.report import open_report
from rlpipeline.settings.models import load_settings
from tests.conftest import YEAR
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
    for name, words in (
        ("edito", "Exact."),
        ("durees", "Le même."),
        ("diffusion/edito", "Général."),
    ):
        (folder / f"{name}.md").write_text(words, encoding="utf-8")
    exact = load_settings(request.params, 2022)
    shared = exact.model_copy(update={"edition": "diffusion"})
    assert [settings.text("edito") for settings in (exact, shared)] == ["Exact.", "Général."]
    assert [settings.text("durees") for settings in (exact, shared)] == ["Le même."] * 2


COUNTED = {
    *(
        "jeunes",
        "accompagnements",
        "orientations",
        "demandes",
        "suivis",
        "problematiques_relevees",
        "personnes",
    ),
}
OF_ACTIONS = {"actions", "developpement_social_local", "parentalite", "actions_partenariales"}
KEY = ["indicateur", "annee", "territoire", "ligne", "colonne"]
BASE = LEAST = 5
SENSITIVE_BASE = 10
ABOUT = re.compile(
    r'(<td class="num[^>]*>)(?:<span aria-hidden="true">≈.</span><span class="rl-sr">[^<]*</span>|moins de )(?=\d)'
)
"""What a cell says of a rounded figure, before its number or the base that it is below."""


@pytest.fixture(scope="module")
def shared(editions: Editions) -> pd.DataFrame:
    """Figures of persons of the edition to share, with the value of the exact one."""
    exact, shared = (
        pd.read_parquet(place / "figures.parquet") for place in (editions.internal, editions.shared)
    )
    both = shared.merge(exact[[*KEY, "valeur"]], on=KEY, how="left", suffixes=("", "_exacte"))
    return both[both["unite"].isin(COUNTED) & both["etat"].notna()]


def test_a_rounded_figure_shown_as_an_exact_one_is_told(editions: Editions, tmp_path: Path) -> None:
    copy = shutil.copytree(editions.shared, tmp_path / "copie")
    every = 0
    for told in (False, True):
        tests = check_addresses(read_publication(copy, YEAR))
        assert (
            sum(isinstance(test, Discrepancy) and test.message == SHOWN for test in tests) == every
        )
        for page in (copy / "rapport.html", *copy.glob("communes/*.html")) if not told else ():
            bare, signs = ABOUT.subn(r"\1", page.read_text(encoding="utf-8"))
            page.write_text(bare, encoding="utf-8")
            every += signs
            assert signs > 10, page.name
    assert every > 50


def test_exact_and_rounded_figures_are_those_of_the_exact_edition(shared: pd.DataFrame) -> None:
    known = shared[shared["valeur_exacte"].notna()]  # not a wider class
    rounded = known[known["etat"] == "arrondi"]
    assert (rounded["valeur"] % BASE == 0).all()
    assert ((rounded["valeur"] - rounded["valeur_exacte"]).abs() < SENSITIVE_BASE).all()
    others = known[(known["etat"] != "arrondi") & known["valeur"].notna()]
    assert (others["valeur"] == others["valeur_exacte"]).all()
    assert not ((others["valeur"] > 0) & (others["valeur"] < LEAST)).any()
    states = Counter(known["etat"])
    assert states["ok"] > states["arrondi"] / 4 > 10
    assert not states["masque"]


def plain(words: str) -> str:
    return " ".join(words.split()).replace("’", "'").lower()


def followed(shared: pd.DataFrame, figure: Tag) -> list[float]:
    """How many young people are accompanied where a chart is about, of whom it may say a part."""
    year, place = int(str(figure["data-annee"])), figure["data-territoire"]
    rows = shared[(shared["indicateur"] == "accompagnes") & (shared["annee"] == year)]
    whole = rows[(rows["territoire"] == place) & (rows["ligne"] == "total")]
    return [*whole.loc[whole["colonne"] == "total", "valeur"]]


def test_alternative_texts_hold_no_other_number_and_say_that_some_are_rounded(
    editions: Editions, shared: pd.DataFrame
) -> None:
    checked = rounded = 0
    for page in (editions.shared / "rapport.html", *editions.shared.glob("communes/*.html")):
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml")
        for figure in soup.select("figure[data-graphique][data-annee]:has(svg)"):
            told, year = figure.svg.title.get_text(), figure["data-annee"]
            of_table = shared[shared["indicateur"] == figure["data-graphique"]]
            counted = of_table[
                (of_table["annee"] == int(year))
                & (of_table["territoire"] == figure["data-territoire"])
            ]
            if counted.empty or figure["data-graphique"] in OF_ACTIONS:  # sums over actions
                continue
            words = plain(told.partition(f"{year}.")[2])
            labels = {*of_table["libelle_ligne"], *of_table["libelle_colonne"]}
            for label in sorted(map(plain, labels), key=len, reverse=True):
                words = words.replace(label, "")
            numbers = {float(found) for found in re.findall(r"(?<!moins de )\b\d+", words)}
            assert numbers <= {*counted["valeur"], *followed(shared, figure)}, (told, numbers)
            about = "environ" in words or "moins de" in words
            assert not about or "valeurs arrondies." in words, (
                told
            )  # the few figures told may be the exact ones
            checked, rounded = checked + 1, rounded + about
    assert checked > 10 and rounded


def test_a_note_that_counts_no_person_stays_in_the_edition_to_share(
    root: Path, records: Records
) -> None:
    settings = load_settings(root / "params", 2023)
    tables = dict(shared_edition._tables(source_of(records, service=settings.service), settings))
    notes = tables["diagnostics", SERVICE].notes
    assert notes == ("Échelle des notes : 1, très défavorable, à 5, très favorable.",)
