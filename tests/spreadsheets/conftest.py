"""The folder of a new service of two communes, made once."""

from pathlib import Path

import pytest

from rlpipeline.settings.models import Service, load_service
from rlpipeline.spreadsheets.new_service import NewService, service_of, write_new_service

YEAR = 2023


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> NewService:
    directory = tmp_path_factory.mktemp("nouveau") / "mon service"
    return write_new_service(
        directory, service_of("Service d'essai", None, ["Carvin", "oignies"]), YEAR
    )


@pytest.fixture(scope="session")
def workbook(made: NewService) -> Path:
    return made.directory / "saisie.xlsx"


@pytest.fixture(scope="session")
def service(made: NewService) -> Service:
    return load_service(made.directory / "params")
