"""What names a person, and what only looks so: texts of each kind, parted by bars."""

import pyarrow as pa
import pytest

from rlpipeline.records.names import personal_header, personal_values

HEADERS = {
    "un nom": "nom | NOM_JEUNE",
    "un prénom": "Prénom",
    "un téléphone": "tel | N° téléphone",
    "une adresse électronique": "e-mail",
    "une adresse": "adresse postale",
    None: "nom_commune | nom partenaire | nombre | travail_de_rue | id_jeune | telescope",
}
TEXTS = {
    "une adresse électronique": "ecrire à prenom.nom@exemple.fr",
    "un téléphone": "06 12 34 56 78 | 0612345678 | 06.12.34.56.78 | 06/12/34/56/78 | +33 6 12 34 56 78 | "
    "tél 0033612345678, le soir",
    "une adresse": "12 rue des Lilas | 3 bis, av. Foch | Bâtiment C, appt 12 | 62220 Carvin",
    "un nom": "Mme Dupont | signalé par M. Durand | Kevin DURAND | DURAND Kevin | Kévin Durand | Jean DURAND",
    None: "Cité Saint-Éloi | Collège Jean Jaurès | Jean Jaurès | Rosa Parks | Victor Hugo | Saint Louis | "
    "place de la Gare | Rue de la Paix | Mission locale | du 05/03/2023 au 12/06/2023 | RDV le 01/02/2023 10:00 | "
    "2 cours de soutien | 12000 euros | CAJ | MJC Espace 2000 | EDU-01 | Lycée professionnel Henri Darras | M2 Droit",
}
NAMED = "Kevin Durand | kevin-01 | durand_k_martin | LEA2 | Dupont Durand | 0612345678"
PSEUDONYMS = "J0001 | 2023-0012 | jeune-a | PAEI-0001 | jeune un | a1b2c3d4 | XK-7 | 0000012345"


def looks_like(text: str, identifier: bool = False) -> str | None:
    return personal_values(pa.array(["ordinaire", text], pa.large_string()), identifier).get(1)


@pytest.mark.parametrize(("label", "headers"), HEADERS.items())
def test_headers(label: str | None, headers: str) -> None:
    assert {header: personal_header(header) for header in headers.split(" | ")} == dict.fromkeys(
        headers.split(" | "), label
    )


@pytest.mark.parametrize(("label", "texts"), TEXTS.items())
def test_texts(label: str | None, texts: str) -> None:
    assert {text: looks_like(text) for text in texts.split(" | ")} == dict.fromkeys(
        texts.split(" | "), label
    )


def test_identifiers() -> None:
    assert [text for text in NAMED.split(" | ") if looks_like(text, identifier=True) is None] == []
    assert [text for text in PSEUDONYMS.split(" | ") if looks_like(text, identifier=True)] == []


def test_empty_cells_are_nobody() -> None:
    assert personal_values(pa.array([None], pa.large_string()), True) == {}
    assert personal_values(pa.array([], pa.large_string()), False) == {}
