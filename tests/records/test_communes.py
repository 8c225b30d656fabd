"""The communes of the records: codes, names, postal codes and former communes."""

from collections.abc import Callable

import pytest

from rlpipeline.records.communes import (
    communes_named,
    doubtful,
    official_communes,
    read_commune,
    read_territory,
)
from rlpipeline.records.tables import Unread
from rlpipeline.settings.models import Commune, Epci, Qpv, Service

Read = Callable[[str, Service], str | Unread]


def of_communes(**communes: str) -> Service:
    places = tuple(
        Commune(code=code.removeprefix("c"), nom=name) for code, name in communes.items()
    )
    return Service(nom="Essai", departement="62", communes=places)


def refused(text: str, service: Service, read: Read = read_commune) -> str:
    unread = read(text, service)
    assert isinstance(unread, Unread)
    assert unread.code == "E103"
    return unread.message


@pytest.mark.parametrize(
    "text", ["Carvins", "622150", "00123", "96001", "NC", "62 215", "004", "62215.5", "99351"]
)
def test_what_is_no_commune(text: str, service: Service) -> None:
    assert refused(text, service)


NAMES = {
    "42218": "St-Étienne|SAINT ETIENNE",
    "69202": "Ste Foy les Lyon",
    "72181": "Mans",
    "76351": "Havre (Le)",
    "75112": "Paris 12ème|paris 12|75112",
    "69383": "Lyon 3e arr.",
    "13201": "Marseille 1er Arrondissement",
    "01033": "Bellegarde-sur-Valserine",
    "59112": "Bruay s/ l'Escaut",
    "62215": "62215|62215.0",
    "2A004": "2A004|2a004",
    **{code: code for code in ("01004", "2B033", "97411", "hors", "14697")},
}


def test_a_name_may_be_shortened_and_an_old_one_is_that_of_its_commune(service: Service) -> None:
    read = {
        code: [read_commune(name, service) for name in names.split("|")]
        for code, names in NAMES.items()
    }
    assert read == {code: [code] * len(names.split("|")) for code, names in NAMES.items()}


def test_every_official_name_is_found() -> None:
    assert {one.code for one in official_communes() if one not in communes_named(one.name)} == set()


def test_the_services_own_commune_is_meant_first() -> None:
    assert read_commune("Saint-Denis", of_communes(c93066="Saint-Denis")) == "93066"
    assert refused(
        "Saint-Denis", of_communes(c93066="Saint-Denis", c97411="Saint-Denis")
    ).startswith("2 communes")


def test_a_territory_is_a_commune_an_epci_or_a_neighbourhood(service: Service) -> None:
    texts = ["62215", "246200299", "QP062044", "QN06201M"]
    assert [read_territory(text, service) for text in [*texts, "246200299.0"]] == [
        *texts,
        "246200299",
    ]


def test_a_territory_of_the_settings_is_read_by_its_name() -> None:
    epci = Epci(code="246200299", nom="CA Hénin-Carvin")
    quarter = Qpv(code="QP062044", nom="Le Centre", commune="62215")
    service = of_communes(c62215="Carvin").model_copy(update={"epci": epci, "qpv": (quarter,)})
    assert read_territory("ca henin carvin", service) == "246200299"
    assert read_territory("LE CENTRE", service) == "QP062044"
    same = service.model_copy(update={"qpv": (quarter.model_copy(update={"nom": "Carvin"}),)})
    assert "62215, QP062044" in refused("Carvin", same, read_territory)


def test_the_postal_code_of_one_of_the_services_communes_is_doubtful() -> None:
    doubt = doubtful("62220", of_communes(c62215="Carvin"))
    assert doubt is not None
    assert "Cavron-Saint-Martin" in doubt
    assert "code postal de Carvin (62215)" in doubt
    assert doubtful("62220", of_communes(c62637="Oignies")) is None
    assert doubtful("62220", of_communes(c62220="Cavron-Saint-Martin", c62215="Carvin")) is None


def test_a_part_or_the_whole_of_one_of_the_services_communes_is_doubtful_but_not_its_neighbour() -> (
    None
):
    assert "ancienne commune de Valserhône" in str(
        doubtful("01018", of_communes(c01033="Valserhône"))
    )
    assert "l'ensemble dont Paris 12e est une partie" in str(
        doubtful("75056", of_communes(c75112="Paris 12e"))
    )
    assert "une partie ou" in str(doubtful("75112", of_communes(c75056="Paris")))
    assert doubtful("75113", of_communes(c75112="Paris 12e")) is None
    assert doubtful("hors", of_communes(c62215="Carvin")) is None
