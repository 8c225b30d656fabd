from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from rlpipeline.display import annexes, sections
from rlpipeline.settings.models import Commune, Disclosure, Epci, Qpv, ReportSettings, Service, Settings
from tests.declared import INDICATORS
from tests.figures.factory import scope

SERVICE = Service(
    nom="Service <A>",
    departement="62",
    communes=(Commune(code="62637", nom="Oignies"), Commune(code="62215", nom="Carvin")),
    epci=Epci(code="246200299", nom="CA & Cie"),
    qpv=(
        Qpv(code="QP1", nom="Le Rotois", commune="62215"),
        Qpv(code="QP2", nom="La Justice", commune="62637"),
        Qpv(code="QP3", nom="Le Centre", commune="62637"),
    ),
)


def settings(report: ReportSettings, service: Service = SERVICE) -> Settings:
    return Settings(service=service, report=report, year=2023, directory=Path("params"))


def test_identity_of_a_validated_report_of_one_commune() -> None:
    alone = SERVICE.model_copy(update={"communes": SERVICE.communes[:1], "epci": None, "qpv": ()})
    report = ReportSettings(statut="valide", date_validation=date(2024, 4, 18), donnees_arretees_au=date(2024, 2, 1))
    written = sections.identity(settings(report, alone))
    assert "<dt>Commune</dt><dd>Oignies</dd><dt>Année du rapport</dt>" in written
    assert "<dt>Données arrêtées au</dt><dd>1er février 2024</dd>" in written
    assert "validé par le conseil d'administration avant transmission, le 18 avril 2024</dd>" in written


def test_a_district_without_a_name_of_its_own_is_not_said_twice() -> None:
    unnamed = SERVICE.qpv[-1].model_copy(update={"nom": "Quartier prioritaire", "commune": "62215"})
    service = SERVICE.model_copy(update={"qpv": (unnamed,)})
    assert sections.territory(service, "62215") == "<ul><li>Commune de Carvin (quartier prioritaire)</li></ul>"


def method_of(edition: Literal["interne", "diffusion"], communes: int = 2, base: int = 5, of: str = "service") -> str:
    service = SERVICE.model_copy(update={"communes": SERVICE.communes[:communes], "diffusion": Disclosure(base=base)})
    asked = settings(ReportSettings(), service).model_copy(update={"edition": edition})
    return annexes.method(INDICATORS.values(), scope(of), asked)


def test_method_says_what_is_exact_and_what_is_rounded() -> None:
    written = method_of("diffusion", base=10)
    assert "arrondi à un multiple de 10, à moins de 10 du nombre exact\u00a0; <strong>moins de 10</strong>" in written
    assert "à un multiple de 20" in written
    assert "sur un total exact d'au moins 160" in written and "De 80 à 159, elle est en mots" in written
    assert "au moins 20 entre deux arrondis à un multiple de 10" in written
    assert "non mesurable à ce niveau d'arrondi" in written


def test_notice_of_alerts_agrees() -> None:
    assert sections.notice(0)[1] == "Aucun suivi n'est à réexaminer."
    assert sections.notice(1)[1].startswith("1\u00a0suivi est à réexaminer")
    assert sections.notice(37)[0].startswith('<p class="rl-note">37\u00a0suivis sont à réexaminer')
