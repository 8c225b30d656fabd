"""The edition to share beside the exact one: what it may open, and what its texts may not tell."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from rlpipeline.build import BuildRequest, build
from rlpipeline.errors import DisclosureError, UsageError
from rlpipeline.params import load_settings
from rlpipeline.report import open_report
from tests.execution.made_up import write_chapter
from tests.test_build import TEXT, content, request_in


@pytest.fixture
def request_to_share(tmp_path: Path) -> BuildRequest:
    return replace(request_in(tmp_path), editions=("diffusion",), stream=StringIO())


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


def test_a_sentence_about_one_person_is_not_shared_and_the_former_edition_stays(request_to_share: BuildRequest) -> None:
    (request_to_share.notebooks / "05_activite.ipynb").unlink()
    result = build(request_to_share)
    before = content(result.directory)
    told = TEXT.format(text="Une jeune de 24 ans a repris une formation.")
    write_chapter(request_to_share.notebooks / "01_edito.ipynb", [told])
    with pytest.raises(DisclosureError) as caught:
        build(request_to_share)
    assert caught.value.exit_code == 4
    message = str(caught.value)
    assert "Une jeune de 24 ans" in message and "textes/diffusion/x.md" in message
    assert content(result.directory) == before
