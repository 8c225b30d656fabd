"""What a chapter shows of a service: every table and figure, its texts, what stands beside them.

Slow: every table and figure of a year without a row.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from rlpipeline.display.cells import FILE_MIME, Shown
from rlpipeline.errors import UsageError
from rlpipeline.figures import Row, Scope
from rlpipeline.figures.populations import alerts
from rlpipeline.records.frames import Records, dated_years
from rlpipeline.report import Report, _only_label, open_report
from tests.conftest import Opened
from tests.declared import CHARTS, INDICATORS, NOT_KEPT


@pytest.fixture(scope="module")
def service(opened: Opened) -> Report:
    return opened()


@pytest.fixture(scope="module")
def oignies(opened: Opened) -> Report:
    return opened(commune="62637")


@pytest.fixture
def own_params(root: Path, tmp_path: Path) -> Path:
    """A copy of the settings, to write texts in."""
    return Path(shutil.copytree(root / "params", tmp_path / "params"))


def shown(something: Shown | None) -> Shown:
    assert something is not None
    return something


def words(something: Shown | None) -> str:
    return shown(something).html.replace("\u00a0", " ")


def test_texts_hold_no_telephone_no_mail_address(root: Path) -> None:
    for path in (root / "params").rglob("*.md"):
        assert not re.search(
            r"\b0\d([ .]\d\d){4}\b|[\w.]+@[\w.]+", path.read_text(encoding="utf-8")
        ), path


@pytest.mark.parametrize(
    ("line", "label"),
    [("total", "Suivis : du 1er au 31"), ("fin", "Suivis – En cours au 31")],
)
def test_the_number_of_an_only_line_is_called_what_it_counts(line: str, label: str) -> None:
    assert _only_label("Suivis : du 1er au 31", Row(line, "En cours au 31")) == label


def test_what_is_about_the_service_is_not_shown_in_a_portrait(oignies: Report) -> None:
    for id in (id for id, indicator in INDICATORS.items() if indicator.spec.scope == "service"):
        assert oignies.table(id) is None
        assert id not in CHARTS or oignies.figure(id) is None


def test_what_is_not_shared_is_named_and_what_is_not_written_is_left_out_of_the_edition_to_share(
    service: Report,
) -> None:
    shared = replace(service, settings=service.settings.model_copy(update={"edition": "diffusion"}))
    assert shared.text("non_ecrit") is None
    assert "« Santé » : non diffusé." in words(shared.table("co_accompagnements"))
    assert "« Santé » : non diffusé." in words(shared.figure("co_accompagnements"))
    told = "« Santé, psychologie, handicap » et « Juridiques » : non diffusé."
    assert told in words(shared.table("problematiques_jeunes"))
    assert "non diffusé" not in words(service.table("co_accompagnements"))


def test_a_portrait_shows_its_own_texts_and_leaves_the_others_to_the_report(
    service: Report, oignies: Report
) -> None:
    assert oignies.text("cadre_legislatif") is None
    folded = shown(service.text("cadre_legislatif"))
    assert folded.html.startswith(
        '<details class="rl-plie"><summary>Lire le texte</summary>\n<div class="rl-text"'
    )
    assert folded.plain.startswith("Lire le texte\n")
    assert "<details" not in shown(service.text("accompagnes")).html
    own = shown(oignies.text("actions"))
    assert own.bundle["name"] == "actions-62637"
    assert "Schdong" in own.plain
    accompanied = (
        oignies.indicator("accompagnes")
        .query("ligne == 'total' and colonne == 'total'")["valeur"]
        .iloc[0]
    )
    assert f"{accompanied:.0f}\u00a0jeunes à Oignies" in shown(oignies.text("accompagnes")).plain


PUBLISHED = (
    "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat\n"
    "accompagnes,2020,service,total,total,61,jeunes,ok\n"
)


@pytest.mark.parametrize(
    ("trusted", "said"), [("", "non comparable à 2020"), ("accompagnes", "en hausse")]
)
def test_printed_figures_stand_in_for_records(
    store: Path, own_params: Path, trusted: str, said: str
) -> None:
    (own_params / "2020").mkdir()
    (own_params / "2020" / "publie.csv").write_text(PUBLISHED, encoding="utf-8")
    with (own_params / "2021" / "rapport.yml").open("a", encoding="utf-8") as stream:
        stream.write(f"publies_comparables: [{trusted}]\n")
    (own_params / "2021" / "textes").mkdir(exist_ok=True)
    text = 'Il est {{ tendance("accompagnes", "total", "total") }}.'
    (own_params / "2021" / "textes" / "edito.md").write_text(text, encoding="utf-8")
    report = open_report(str(store), str(own_params), 2021)
    page = BeautifulSoup(shown(report.table("accompagnes")).html, "html.parser")
    header = page.select_one("th.rl-avant")
    assert header and "publié" in header.get_text()
    assert page.select_one("tr[data-ligne='total'] .rl-avant").get_text() == "61"  # type: ignore[union-attr]
    assert page.select_one("tr[data-ligne='15_18'] .rl-avant").get_text() == "nc"  # type: ignore[union-attr]
    assert shown(report.text("edito")).plain == f"Il est {said}."
    assert (
        BeautifulSoup(shown(report.table("durees")).html, "html.parser").select(".rl-avant") == []
    )


def test_a_chart_of_ones_own_shows_no_value_but_the_report_s(service: Report) -> None:
    lines = service.indicator("demandes")
    with pytest.raises(UsageError, match="n'est pas celle du rapport"):
        service.chart(
            Figure(),
            lines.assign(valeur=lines["valeur"].where(lines["ligne"] != "total", 1)),
            "Demandes",
        )
    assert "<title>Demandes (" in service.chart(Figure(), lines, "Demandes").html


def test_alerts_are_listed_for_the_service_alone(
    records: Records, service: Report, oignies: Report
) -> None:
    bundle = shown(service.alerts())._repr_mimebundle_()
    expected = alerts(records, Scope(2023, "service", service.settings.service))
    listed = bundle[FILE_MIME]
    assert listed["name"] == "alertes.csv"
    assert listed["columns"] == list(expected.columns)
    assert len(listed["rows"]) == len(expected) > 0
    assert re.fullmatch(
        r"\d{4}-\d{2}-\d{2}", listed["rows"][0][listed["columns"].index("date_debut")]
    )
    assert json.loads(json.dumps(listed, allow_nan=False)) == listed
    assert expected["id_jeune"].iloc[0] not in bundle["text/html"]
    assert oignies.alerts() is None


def test_what_the_service_does_not_keep_is_neither_shown_nor_defined(opened: Opened) -> None:
    report = opened()
    assert {id for id in INDICATORS if report.table(id) is None} == NOT_KEPT
    cards = BeautifulSoup(report.method().html, "html.parser").select(".rl-fiche")
    assert {card["data-fiche"] for card in cards} == {*INDICATORS} - NOT_KEPT


@pytest.mark.slow
def test_a_year_without_a_row_is_a_report_all_the_same(root: Path, records: Records) -> None:
    report = open_report(
        str(root / "data" / "exemple"), str(root / "params"), min(dated_years(records)) - 1
    )
    for id in INDICATORS.keys() - NOT_KEPT:
        assert shown(report.table(id)).html
    for id in CHARTS.keys() - NOT_KEPT:
        assert shown(report.figure(id)).html.startswith('<p class="rl-vide">'), id
    assert shown(report.alerts()).plain == "Aucun suivi n'est à réexaminer."


@pytest.fixture
def smallest(tmp_path: Path) -> Report:
    """A service of one commune that keeps the two required tables only, and wrote nothing."""
    service = (
        'nom: "Petit service"\ndepartement: "62"\ncommunes: [{code: "62637", nom: "Oignies"}]\n'
    )
    written = {
        "service.yml": service,
        "jeunes.csv": "id_jeune,sexe,date_naissance,commune,premier_contact\nJ1,NR,,62637,2023-02-01\n",
        "suivis.csv": "id_suivi,id_jeune,statut,date_debut,date_fin,motif_cloture\nS1,J1,PAEI,2023-02-01,,\n",
    }
    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return open_report(str(tmp_path), str(tmp_path), 2023)


def test_the_smallest_service_has_a_whole_report(smallest: Report) -> None:
    not_kept = {*NOT_KEPT, "par_educateur", "taux_communes"}
    for id in INDICATORS:
        table = smallest.table(id)
        assert (table is None) == (id in not_kept), id
        assert table is None or not re.search(r"\bnan\b", table.html + table.plain)
    for id in {*CHARTS} - not_kept:
        assert not re.search(r"\bnan\b", shown(smallest.figure(id)).plain)
    assert "n'est pas fournie" in shown(smallest.table("temps_activite")).html
    assert shown(smallest.figure("temps_activite")).plain.endswith(
        "données non communiquées, donc pas de graphique."
    )
    assert "Sexe non renseigné" in shown(smallest.table("accompagnes")).html
    assert shown(smallest.text("edito")).bundle["etat"] == "a_rediger"
