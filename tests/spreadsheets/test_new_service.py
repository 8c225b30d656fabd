"""``rlpipeline new``: a folder that the other commands take as it is, and that is never written over."""

import re
from datetime import date
from pathlib import Path

import nbformat
import pytest

from rlpipeline.errors import UsageError
from rlpipeline.settings.models import ReportSettings, Service, load_settings
from rlpipeline.settings.strict_yaml import read
from rlpipeline.spreadsheets import new_service
from rlpipeline.spreadsheets.new_service import (
    NewService,
    prompts,
    report_yaml,
    service_of,
    service_yaml,
    write_new_service,
)
from tests.spreadsheets.conftest import YEAR

READY = re.compile(r"^#(?=\S|  )", re.MULTILINE)
"""What makes a line that is ready to serve a comment."""


@pytest.mark.parametrize("model", [Service, ReportSettings])
def test_every_key_is_there_and_right_once_its_mark_is_taken_away(
    model: type[Service | ReportSettings], service: Service, tmp_path: Path
) -> None:
    yaml = service_yaml(service) if model is Service else report_yaml(YEAR)
    path = tmp_path / "params.yml"
    path.write_text(READY.sub("", yaml), encoding="utf-8")
    assert read(path, model).model_fields_set == set(model.model_fields)
    assert isinstance(read(path, model), model)


def test_a_text_of_comments_is_still_to_be_written(made: NewService) -> None:
    settings = load_settings(made.directory / "params", YEAR)
    assert {settings.text(name) for name in prompts()} == {None}
    path = settings.text_path("edito")
    commented = path.read_text(encoding="utf-8")
    path.write_text(f"{commented}L'année <!-- à revoir\n-->fut belle.\n", encoding="utf-8")
    written = settings.text("edito")
    path.write_text(commented, encoding="utf-8")
    assert written is not None and written.strip() == "L'année \nfut belle."
    assert written.count("\n") == commented.count("\n") + 2, (
        "a line after a comment keeps its number"
    )


def test_there_is_a_text_for_each_place_of_the_chapters(root: Path) -> None:
    sources = [
        cell.source
        for path in root.glob("notebooks/0*.ipynb")
        for cell in nbformat.read(path, 4).cells
    ]
    assert set(re.findall(r'report\.text\("(\w+)"\)', "\n".join(sources))) == set(prompts())


def test_a_terminal_is_asked_and_a_script_is_not() -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "Carvin, 62637" if question == new_service.COMMUNES else "Le service"

    assert new_service.ask_missing(None, (), answer) == ("Le service", ("Carvin", "62637"))
    assert new_service.ask_missing("Nom", ("Carvin",), answer) == ("Nom", ("Carvin",))
    assert len(asked) == 2
    assert new_service.ask_missing(None, (), None) == ("", ())


def test_the_year_is_that_being_typed() -> None:
    assert [new_service.year_of(date(2026, month, 1)) for month in (1, 7)] == [2025, 2026]


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "fichier"
    blocked.write_text("")
    with pytest.raises(UsageError, match="celui d'un fichier"):
        write_new_service(blocked, service_of("", None, ()), 2024)
    assert [path.name for path in tmp_path.iterdir()] == ["fichier"]
