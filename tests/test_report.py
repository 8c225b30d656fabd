"""What a chapter shows of a service: every table and figure, its texts, what stands beside them.

Slow: every table and figure of a year without a row.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import french
from rlpipeline.display.chart_kinds import CHARTS
from rlpipeline.display.chart_kinds import MIME as FIGURE_MIME
from rlpipeline.display.shown import FILE_MIME, TEXT_MIME, Shown
from rlpipeline.display.tables import MIME as TABLE_MIME
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures import CSV_COLUMNS, REGISTRY, Scope, alerts, figures
from rlpipeline.records import Records, open_records
from rlpipeline.records.frames import dated_years
from rlpipeline.report import Report, open_report
from rlpipeline.settings.models import load_service
from tests.conftest import Opened

COMMUNES = {"62215", "62250", "62907", "62637"}


OPTIONAL = {
    "jeunes": {"origine": ["travail_de_rue", "college", ""], "qpv": ["oui", "non", ""]},
    "temps": {"creneau": ["journee", "soiree", ""]},
}
"""Columns that the service of the example does not keep, with what is written there line after line."""
OBJECTIVES = """
objectifs:
  - {texte: "Accompagner cent jeunes", chiffre: [accompagnes, total, total], cible: 100}
"""
NOT_KEPT = {"origine_contact", "qpv", "temps_creneau", "objectifs"}
"""Tables of what the service of the example neither keeps nor declares."""


@pytest.fixture(scope="module")
def everything(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Records and settings of the example, with all that a service may keep or declare: every table exists."""
    place = tmp_path_factory.mktemp("tout")
    source = Path(shutil.copytree(root / "data" / "exemple", place / "source"))
    for table, columns in OPTIONAL.items():
        path = source / f"{table}.csv"
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        for name, words in columns.items():
            rows[name] = [words[number % len(words)] for number in range(len(rows))]
        rows.to_csv(path, index=False)
    params = Path(shutil.copytree(root / "params", place / "params"))
    with (params / "service.yml").open("a", encoding="utf-8") as stream:
        stream.write(OBJECTIVES)
    return str(source), str(params)


@pytest.fixture(scope="module")
def records(everything: tuple[str, str]) -> Records:
    return open_records(everything[0], load_service(Path(everything[1])))


@pytest.fixture(scope="module")
def keeping(everything: tuple[str, str]) -> Report:
    """The report of a service that keeps everything: each table is counted when it is asked for."""
    return open_report(*everything, 2023)


@pytest.fixture(scope="module")
def service(opened: Opened) -> Report:
    return opened()


@pytest.fixture(scope="module")
def oignies(opened: Opened) -> Report:
    return opened(commune="62637")


@pytest.fixture
def report(id: str, keeping: Report, service: Report) -> Report:
    """The one that has the table."""
    return keeping if id in NOT_KEPT else service


@pytest.fixture
def own_params(root: Path, tmp_path: Path) -> Path:
    """A copy of the settings, to write texts in."""
    return Path(shutil.copytree(root / "params", tmp_path / "params"))


def shown(something: Shown | None) -> Shown:
    assert something is not None
    return something


def territories(something: Shown) -> set[str]:
    return {row["territoire"] for row in something.bundle["figures"]}


@pytest.mark.parametrize("id", REGISTRY)
def test_every_table_is_shown_in_three_forms(report: Report, id: str) -> None:
    bundle = shown(report.table(id))._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain", TABLE_MIME}
    assert json.loads(json.dumps(bundle, allow_nan=False)) == bundle
    page = BeautifulSoup(bundle["text/html"], "html.parser")
    assert page.find("table") is not None
    assert not any({"id", "style"} & set(tag.attrs) for tag in page.find_all(True))


def test_the_bundle_holds_the_figures_of_the_registry(records: Records, service: Report) -> None:
    found = pd.DataFrame(shown(service.table("accompagnes")).bundle["figures"])
    expected = figures("accompagnes", records, Scope(2023, "service", service.settings.service))
    assert list(found.columns) == list(CSV_COLUMNS)
    of_service = found[found["territoire"] == "service"]
    assert of_service["valeur"].tolist() == expected["valeur"].tolist()
    assert of_service["ligne"].tolist() == expected["ligne"].tolist()


def test_the_service_carries_the_figures_of_what_has_no_portrait(service: Report) -> None:
    assert territories(shown(service.table("accompagnes"))) == {"service", "hors", "sans_commune"}
    assert territories(shown(service.table("communes"))) == {"service"}


def test_a_portrait_carries_its_own_figures(oignies: Report) -> None:
    table = shown(oignies.table("accompagnes"))
    assert territories(table) == {"62637"}
    assert table.bundle["territory"] == "62637"
    assert "<caption>Jeunes accompagnés, par sexe et âge – Oignies</caption>" in table.html


@pytest.mark.parametrize("id", [id for id, indicator in REGISTRY.items() if indicator.scope == "service"])
def test_what_is_about_the_service_is_not_shown_in_a_portrait(oignies: Report, id: str) -> None:
    assert oignies.table(id) is None
    assert id not in CHARTS or oignies.figure(id) is None


def test_actions_are_shown_commune_by_commune_with_their_texts(service: Report) -> None:
    table = shown(service.table("actions"))
    page = BeautifulSoup(table.html, "html.parser")
    main = page.select("table")[0]
    names = ["Carvin", "Courrières", "Libercourt", "Oignies"]
    assert [one.get_text() for one in main.select("th[scope=rowgroup]")] == names
    assert len(page.select("div.rl-text")) == 4
    (summed,) = [note.get_text() for note in page.select("p.rl-note") if note.select(".rl-somme")]
    assert "en 2022, " in summed
    assert territories(table) == {"service", *COMMUNES}


def test_the_table_of_one_commune_may_be_asked_in_the_service_s_report(service: Report, oignies: Report) -> None:
    assert shown(service.table("actions", commune="62637")).html == shown(oignies.table("actions")).html


def test_service_and_portraits_agree_on_the_actions(service: Report, oignies: Report) -> None:
    own = shown(oignies.table("actions")).bundle["figures"]
    everywhere = shown(service.table("actions")).bundle["figures"]
    assert [row for row in everywhere if row["territoire"] == "62637"] == own


@pytest.mark.parametrize("id", CHARTS)
def test_every_figure_has_words_and_data(report: Report, id: str) -> None:
    bundle = shown(report.figure(id))._repr_mimebundle_()
    page = BeautifulSoup(bundle["text/html"], "html.parser")
    image = page.select_one("figure.rl-figure img")
    assert image is not None
    assert image["alt"] == bundle["text/plain"] == bundle[FIGURE_MIME]["alt"]
    assert bundle[FIGURE_MIME]["figures"]
    assert page.select("details td")


def test_unknown_names_are_told_with_the_nearest(service: Report) -> None:
    with pytest.raises(UsageError) as raised:
        service.table("acompagnes")
    assert raised.value.todo == "le plus proche est « accompagnes »"
    with pytest.raises(UsageError) as raised:
        service.figure("duree")
    assert raised.value.todo == "le plus proche est « durees »"
    with pytest.raises(UsageError, match="Territoire inconnu"):
        service.table("actions", commune="62000")
    with pytest.raises(UsageError, match="Indicateur inconnu"):
        service.indicator("acompagnes")


def test_an_indicator_is_plain_tidy_data(oignies: Report) -> None:
    data = oignies.indicator("accompagnes")
    assert type(data) is pd.DataFrame
    assert list(data.columns) == [
        "indicateur", "annee", "territoire", "ligne", "libelle_ligne", "colonne", "libelle_colonne", "valeur", "unite",
        "etat",
    ]  # fmt: skip
    total = data[(data["ligne"] == "total") & (data["colonne"] == "nouveaux")].iloc[0]
    assert (total["libelle_ligne"], total["libelle_colonne"]) == ("Total", "Dont nouveaux")
    assert data["valeur"].dtype == "float64"
    with pytest.raises(UsageError, match="ensemble du service"):
        oignies.indicator("communes")


def test_a_text_not_yet_written_says_so(service: Report) -> None:
    text = shown(service.text("financements"))
    assert text.html == '<p class="rl-a-rediger">texte à rédiger : financements</p>'
    assert text.bundle == {"name": "financements", "etat": "a_rediger"}


def test_a_text_not_yet_written_is_left_out_of_the_edition_to_share(service: Report) -> None:
    shared = replace(service, settings=service.settings.model_copy(update={"edition": "diffusion"}))
    assert shared.text("financements") is None


def test_tables_of_persons_to_share_name_the_subjects_left_out(service: Report) -> None:
    shared = replace(service, settings=service.settings.model_copy(update={"edition": "diffusion"}))
    assert "« Santé » : non diffusé." in shown(shared.table("co_accompagnements")).bundle["notes"]
    assert "« Santé » : non diffusé." in shown(shared.figure("co_accompagnements")).html.replace("\u00a0", " ")
    told = "« Santé, psychologie, handicap » et « Juridiques » : non diffusé."
    assert told in shown(shared.table("problematiques_jeunes")).bundle["notes"]
    assert not any("non diffusé" in note for note in shown(service.table("co_accompagnements")).bundle["notes"])


def test_a_written_text_is_shown_with_its_figures(service: Report) -> None:
    text = shown(service.text("situations"))
    assert text.bundle == {"name": "situations", "etat": "ok"}
    assert text.html.startswith('<div class="rl-text" data-texte="situations"><p><strong>La scolarité.</strong>')
    assert (
        '<span class="rl-chiffre" data-ref="situations/college/total" data-territoire="service" data-annee="2023" '
        'data-fonction="part" data-sur="situations/total/total" data-decimales="0">61\u00a0%</span>' in text.html
    )
    assert set(text._repr_mimebundle_()) == {"text/html", "text/plain", TEXT_MIME}


def test_a_portrait_shows_its_own_texts_and_leaves_the_others_to_the_report(service: Report, oignies: Report) -> None:
    assert oignies.text("cadre_legislatif") is None
    folded = shown(service.text("cadre_legislatif"))
    assert folded.html.startswith('<details class="rl-plie"><summary>Lire le texte</summary>\n<div class="rl-text"')
    assert folded.plain.startswith("Lire le texte\n")
    assert "<details" not in shown(service.text("accompagnes")).html
    assert oignies.text("situations") is None
    own = shown(oignies.text("actions"))
    assert own.bundle["name"] == "actions-62637"
    assert "Schdong" in own.plain
    accompanied = oignies.indicator("accompagnes").query("ligne == 'total' and colonne == 'total'")["valeur"].iloc[0]
    assert f"{accompanied:.0f}\u00a0jeunes accompagnés" in shown(oignies.text("accompagnes")).plain


def test_an_unknown_figure_is_told_with_file_and_line(store: Path, own_params: Path) -> None:
    path = own_params / "2023" / "textes" / "edito.md"
    path.write_text('Bonjour.\n\n{{ chiffre("accompagnes", "totall", "total") }}\n', encoding="utf-8")
    report = open_report(str(store), str(own_params), 2023)
    with pytest.raises(SettingsError) as raised:
        report.text("edito")
    assert raised.value.where == f"{path}, ligne 3"
    assert raised.value.expected == "le plus proche est « total »"


def test_before_the_first_year_the_evolution_is_unknown(store: Path, own_params: Path) -> None:
    path = own_params / "2021" / "textes" / "edito.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    total = '"accompagnes", "total", "total"'
    path.write_text(f"Il est {{{{ tendance({total}) }}}} ({{{{ evolution({total}) }}}}).", encoding="utf-8")
    report = open_report(str(store), str(own_params), 2021)
    assert shown(report.text("edito")).plain == "Il est d'évolution inconnue (évolution inconnue)."


SUMMED = [
    id
    for id in REGISTRY
    if id not in {"partenaires", "socio_economique", "diagnostics"}
    and not id.startswith(("actions", "parent", "develop"))
]
"""Tables with a column for the year before."""


@pytest.mark.parametrize("id", SUMMED)
def test_the_year_before_is_that_of_the_former_report(records: Records, report: Report, id: str) -> None:
    page = BeautifulSoup(shown(report.table(id)).html, "html.parser")
    headers = page.select("thead tr > *")
    (place,) = [index for index, header in enumerate(headers) if header.get("data-annee") == "2022"]
    column = headers[place]["data-colonne"]
    assert headers[place - 1]["data-colonne"] == column
    former = figures(id, records, Scope(2022, "service", report.settings.service))
    expected = former[former["colonne"] == column].set_index("ligne")
    written = {str(row["data-ligne"]): row.select("th, td")[place].get_text() for row in page.select("tbody tr")}
    both = set(written) & set(expected.index)
    assert both
    for line in both:
        figure = expected.loc[line]
        shown_number = re.sub(r"[^\d,]", "", written[line])
        as_many = len(shown_number.partition(",")[2])  # as its neighbours
        exact = None if figure["unite"] in {"%", "euros"} or not as_many else as_many
        wanted = "" if figure["etat"] in {"nc", "vide"} else french.quantity(figure["valeur"], figure["unite"], exact)
        assert shown_number == re.sub(r"[^\d,]", "", wanted), line


@pytest.mark.parametrize("id", ["actions", "developpement_social_local", "parentalite", "actions_partenariales"])
def test_the_participants_of_both_years_are_those_of_the_records(records: Records, service: Report, id: str) -> None:
    page = BeautifulSoup(shown(service.table(id)).html, "html.parser")
    for year in (2022, 2023):
        counted = figures(id, records, Scope(year, "service", service.settings.service))
        for span in page.select(f".rl-somme[data-territoire='service'][data-annee='{year}']"):
            _, line, unit = str(span["data-ref"]).split("/")
            own = counted[(counted["ligne"] == line) & (counted["unite"] == unit)]
            assert int(re.sub(r"\D", "", span.get_text())) == own["valeur"].sum()


@pytest.mark.parametrize("id", [id for id in REGISTRY if id != "partenaires"])
def test_the_bundle_holds_the_year_before_whole(records: Records, report: Report, id: str) -> None:
    former = pd.DataFrame(shown(report.table(id)).bundle["former"])
    expected = figures(id, records, Scope(2022, "service", report.settings.service))
    expected = expected[expected["annee"] == 2022]
    if id == "socio_economique":
        assert former.empty
        return
    assert former["valeur"].astype("float64").tolist() == pytest.approx(expected["valeur"].tolist(), nan_ok=True)
    assert former["ligne"].tolist() == expected["ligne"].tolist()
    assert set(former["origine"]) == {"calculé"}


def test_a_portrait_has_its_own_year_before(records: Records, oignies: Report) -> None:
    former = pd.DataFrame(shown(oignies.table("accompagnes")).bundle["former"])
    expected = figures("accompagnes", records, Scope(2022, "62637", oignies.settings.service))
    assert former["valeur"].tolist() == expected["valeur"].tolist()
    assert set(former["territoire"]) == {"62637"}


def test_a_declared_rupture_is_seen_in_the_table_and_said_in_the_text(store: Path, own_params: Path) -> None:
    with (own_params / "2023" / "rapport.yml").open("a", encoding="utf-8") as stream:
        stream.write('  - {indicateurs: [accompagnes], nature: definition, raison: "les accroches ne comptent plus"}')
    total = '"accompagnes", "total", "total"'
    text = f"Il est {{{{ tendance({total}) }}}}, {{{{ chiffre({total}) }}}}."
    (own_params / "2023" / "textes" / "edito.md").write_text(text, encoding="utf-8")
    report = open_report(str(store), str(own_params), 2023)
    assert "≠ non comparable à 2022" in BeautifulSoup(shown(report.table("accompagnes")).html, "html.parser").get_text()
    assert "≠" not in shown(report.table("situations")).html
    edito = shown(report.text("edito"))
    assert edito.plain.startswith("Il est non comparable à 2022, ")
    assert 'data-comparable="non"' in edito.html
    assert not any(row["comparable"] for row in shown(report.table("accompagnes")).bundle["former"])


def test_a_rupture_of_an_unknown_indicator_opens_no_report(store: Path, own_params: Path) -> None:
    with (own_params / "2023" / "rapport.yml").open("a", encoding="utf-8") as stream:
        stream.write('  - {indicateurs: [acompagnes], nature: source, raison: "x"}')
    with pytest.raises(SettingsError, match="Indicateur inconnu"):
        open_report(str(store), str(own_params), 2023)


PUBLISHED = (
    "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat\naccompagnes,2020,service,total,total,61,jeunes,ok\n"
)


@pytest.mark.parametrize(("trusted", "said"), [("", "non comparable à 2020"), ("accompagnes", "en hausse")])
def test_printed_figures_stand_in_for_records(store: Path, own_params: Path, trusted: str, said: str) -> None:
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
    assert BeautifulSoup(shown(report.table("durees")).html, "html.parser").select(".rl-avant") == []


def test_alerts_are_listed_for_the_service_alone(records: Records, service: Report, oignies: Report) -> None:
    bundle = shown(service.alerts())._repr_mimebundle_()
    expected = alerts(records, Scope(2023, "service", service.settings.service))
    listed = bundle[FILE_MIME]
    assert listed["name"] == "alertes.csv"
    assert listed["columns"] == list(expected.columns)
    assert len(listed["rows"]) == len(expected) > 0
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", listed["rows"][0][listed["columns"].index("date_debut")])
    assert json.loads(json.dumps(listed, allow_nan=False)) == listed
    assert expected["id_jeune"].iloc[0] not in bundle["text/html"]
    assert oignies.alerts() is None


def test_identity_territory_and_method(service: Report, oignies: Report) -> None:
    assert "Carvin, Courrières, Libercourt et Oignies" in service.identity().html
    assert oignies.territory().plain.startswith("Commune d'Oignies")
    assert service.method().html.count("<dt>") == len(REGISTRY) - len(NOT_KEPT)
    assert oignies.method().html.count("<dt>") == 0
    assert "sont dans le rapport du service" in oignies.method().plain


TOTAL = "{{ chiffre('accompagnes', 'total', 'total') }}"


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("En 2023, 114 jeunes", "114"),
        (f"{TOTAL} jeunes, dont douze filles et 3 % d'ailleurs", "douze et 3\u00a0%"),
        (f"Un quart des {TOTAL} jeunes", "Un quart"),
        (f"Depuis le 1er janvier 2022, {TOTAL} jeunes de 11 à 14 ans", ""),
        ("{{ fixe('Vingt', 'anniversaire du service') }} ans déjà", ""),
    ],
)
def test_a_number_typed_in_the_title_of_a_chart_is_refused_as_in_prose(service: Report, title: str, typed: str) -> None:
    try:
        service.figure("accompagnes", title=title)
    except UsageError as error:
        assert error.got == typed
    else:
        assert not typed


def test_what_the_service_does_not_keep_is_neither_shown_nor_defined(opened: Opened) -> None:
    report = opened()
    assert {id for id in REGISTRY if report.table(id) is None} == NOT_KEPT
    cards = BeautifulSoup(report.method().html, "html.parser").select(".rl-fiche")
    assert {card["data-fiche"] for card in cards} == {*REGISTRY} - NOT_KEPT


@pytest.mark.parametrize(
    ("commune", "edition", "what"),
    [
        ("62000", "interne", "pas de celles du service"),
        ("hors", "interne", "pas de celles du service"),
        (62000, "interne", "pas de celles du service"),
        (None, "publique", "Édition inconnue"),
    ],
)
def test_unknown_parameters_are_refused(root: Path, commune: str | int | None, edition: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        open_report(str(root / "data" / "exemple"), str(root / "params"), 2023, commune, edition)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_year_without_a_row_is_a_report_all_the_same(everything: tuple[str, str]) -> None:
    first = min(dated_years(open_records(everything[0], load_service(Path(everything[1])))))
    report = open_report(*everything, first - 1)
    for id in REGISTRY:
        assert shown(report.table(id)).html
    for id in CHARTS:
        assert shown(report.figure(id)).html.startswith('<p class="rl-vide">'), id
    assert shown(report.alerts()).plain == "Aucun suivi n'est à réexaminer."


@pytest.fixture
def smallest(tmp_path: Path) -> Report:
    """A service of one commune that keeps the two required tables only, and wrote nothing."""
    source, params = tmp_path / "source", tmp_path / "params"
    source.mkdir()
    params.mkdir()
    (params / "service.yml").write_text(
        'nom: "Petit service"\ndepartement: "62"\ncommunes: [{code: "62637", nom: "Oignies"}]\n', encoding="utf-8"
    )
    _write(
        source / "jeunes.csv",
        ["id_jeune", "sexe", "date_naissance", "commune", "premier_contact"],
        ["J1", "NR", "", "62637", "2023-02-01"],
    )
    _write(
        source / "suivis.csv",
        ["id_suivi", "id_jeune", "statut", "date_debut", "date_fin", "motif_cloture"],
        ["S1", "J1", "PAEI", "2023-02-01", "", ""],
    )
    return open_report(str(source), str(params), 2023)


def _write(path: Path, *rows: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def test_the_smallest_service_has_a_whole_report(smallest: Report) -> None:
    not_kept = {*NOT_KEPT, "par_educateur", "taux_communes"}
    for id in REGISTRY:
        table = smallest.table(id)
        assert (table is None) == (id in not_kept), id
        assert table is None or not re.search(r"\bnan\b", table.html + table.plain)
    for id in CHARTS:
        assert not re.search(r"\bnan\b", shown(smallest.figure(id)).plain)
    assert "n'est pas fournie" in shown(smallest.table("temps_activite")).html
    assert shown(smallest.figure("temps_activite")).plain.endswith("données non communiquées, donc pas de graphique.")
    assert "Sexe non renseigné" in shown(smallest.table("accompagnes")).html
    assert shown(smallest.text("edito")).bundle["etat"] == "a_rediger"
