import pyarrow as pa
import pytest

from rlpipeline.records.personal import personal_header, personal_values


def looks_like(text: str, identifier: bool = False) -> str | None:
    return personal_values(pa.array(["ordinaire", text], pa.large_string()), identifier).get(1)


@pytest.mark.parametrize(
    ("header", "label"),
    [
        ("nom", "un nom"),
        ("Prénom", "un prénom"),
        ("NOM_JEUNE", "un nom"),
        ("tel", "un téléphone"),
        ("N° téléphone", "un téléphone"),
        ("e-mail", "une adresse électronique"),
        ("adresse postale", "une adresse"),
    ],
)
def test_headers_about_a_person(header: str, label: str) -> None:
    assert personal_header(header) == label


@pytest.mark.parametrize(
    "header", ["nom_commune", "nom partenaire", "nombre", "travail_de_rue", "id_jeune", "telescope"]
)
def test_headers_about_something_else(header: str) -> None:
    assert personal_header(header) is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("ecrire à prenom.nom@exemple.fr", "une adresse électronique"),
        ("06 12 34 56 78", "un téléphone"),
        ("0612345678", "un téléphone"),
        ("06.12.34.56.78", "un téléphone"),
        ("06/12/34/56/78", "un téléphone"),
        ("+33 6 12 34 56 78", "un téléphone"),
        ("tél 0033612345678, le soir", "un téléphone"),
        ("12 rue des Lilas", "une adresse"),
        ("3 bis, av. Foch", "une adresse"),
        ("Bâtiment C, appt 12", "une adresse"),
        ("62220 Carvin", "une adresse"),
        ("Mme Dupont", "un nom"),
        ("signalé par M. Durand", "un nom"),
        ("Kevin DURAND", "un nom"),
        ("DURAND Kevin", "un nom"),
        ("Kévin Durand", "un nom"),
        ("Jean DURAND", "un nom"),
    ],
)
def test_texts_about_a_person(text: str, label: str) -> None:
    assert looks_like(text) == label


@pytest.mark.parametrize(
    "text",
    [
        "Cité Saint-Éloi",
        "Collège Jean Jaurès",
        "Jean Jaurès",
        "Rosa Parks",
        "Victor Hugo",
        "Saint Louis",
        "place de la Gare",
        "Rue de la Paix",
        "Mission locale",
        "du 05/03/2023 au 12/06/2023",
        "RDV le 01/02/2023 10:00",
        "2 cours de soutien",
        "12000 euros",
        "CAJ",
        "MJC Espace 2000",
        "EDU-01",
        "Lycée professionnel Henri Darras",
        "M2 Droit",
    ],
)
def test_texts_about_places_and_bodies(text: str) -> None:
    assert looks_like(text) is None


@pytest.mark.parametrize("text", ["Kevin Durand", "kevin-01", "durand_k_martin", "LEA2", "Dupont Durand", "0612345678"])
def test_identifiers_that_name_someone(text: str) -> None:
    assert looks_like(text, identifier=True) is not None


@pytest.mark.parametrize(
    "text", ["J0001", "2023-0012", "jeune-a", "PAEI-0001", "jeune un", "a1b2c3d4", "XK-7", "0000012345"]
)
def test_pseudonyms(text: str) -> None:
    assert looks_like(text, identifier=True) is None


def test_empty_cells_are_nobody() -> None:
    assert personal_values(pa.array([None], pa.large_string()), True) == {}
    assert personal_values(pa.array([], pa.large_string()), False) == {}
