"""``service.yml``: what YAML makes of what is written, and names of communes that become names of files.

Slow: names that become files and pages, through a publication and a browser.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.publication.publish import page_path, write_pages
from rlpipeline.settings.models import Settings, load_service, load_settings
from tests.hostile.corpus import cases
from tests.hostile.published import harmless
from tests.hostile.watching import Watched
from tests.publication.factory import bundle, markdown, table, write

pytestmark = pytest.mark.slow

SETTINGS, COMMUNES = cases("settings"), cases("communes")
ACCEPTED = [name for name, case in COMMUNES.items() if "refuse" not in case]
FIRST = 62210
"""Code of the first commune."""
FILE = re.compile(r"(\d{5})-[a-z0-9]+(-[a-z0-9]+)*\.html")


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_read_strictly(tmp_path: Path, name: str) -> None:
    case = SETTINGS[name]
    (tmp_path / "service.yml").write_text(case["texte"], encoding="utf-8")
    if "accepte" in case:
        assert load_service(tmp_path).nom == case["accepte"]
        return
    with pytest.raises(SettingsError) as refused:
        load_service(tmp_path)
    assert case["refus"] in str(refused.value)
    assert str(refused.value.where).startswith(str(tmp_path / "service.yml"))
    assert len(str(refused.value)) < 5_000


def settings_of(place: Path, *names: str) -> Settings:
    communes = [{"code": str(FIRST + rank), "nom": name} for rank, name in enumerate(names)]
    service: dict[str, Any] = {"nom": "Service", "departement": "62", "communes": communes}
    (place / "params").mkdir()
    written = json.dumps(service, ensure_ascii=False)  # JSON is YAML
    hidden = re.sub(
        r"[^\n -\u1fff\uff00-\uff20\U0001f000-\U0010ffff\ufe0f]",
        lambda one: f"\\u{ord(one[0]):04x}",
        written,
    )
    (place / "params" / "service.yml").write_text(hidden, encoding="utf-8")
    return load_settings(place / "params", 2023)


def publication(place: Path, *names: str) -> Path:
    settings = settings_of(place, *names)
    chapters = {}
    for territory in ("service", *settings.service.commune_codes):
        shown = table(bundle("communes", {("a", "total"): 3}, territory))
        chapters[territory] = [
            write(place / "faits" / territory / "05_activite.ipynb", markdown("# Activité"), shown)
        ]
    out = place / "out" / "2023"
    out.mkdir(parents=True)
    assert [*write_pages(out, settings, chapters)]
    return out


@pytest.mark.parametrize("name", [name for name in COMMUNES if name not in ACCEPTED])
def test_a_name_that_hides_something_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(COMMUNES[name]["refuse"])):
        settings_of(tmp_path, COMMUNES[name]["nom"])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service whose communes have all these names."""
    whole = tmp_path_factory.mktemp("noms")
    place = whole / "un/peu/plus/bas"  # than where a name that goes up could lead
    place.mkdir(parents=True)
    out = publication(place, *(COMMUNES[name]["nom"] for name in ACCEPTED))
    assert all(path.is_relative_to(place) for path in whole.rglob("*") if path.is_file())
    return out


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_name_of_a_commune_is_only_words(chromium: Watched, published: Path, name: str) -> None:
    (portrait,) = (published / "communes").glob(f"{FIRST + ACCEPTED.index(name)}*")
    assert FILE.fullmatch(portrait.name)
    assert len(portrait.name) < 100
    told = " ".join(unicodedata.normalize("NFC", COMMUNES[name]["nom"]).split())[:40]
    assert told in " ".join(harmless(chromium, portrait).split())


def test_the_names_of_communes_are_only_words_in_the_report(
    chromium: Watched, published: Path
) -> None:
    assert len(list((published / "communes").iterdir())) == len(ACCEPTED)
    harmless(chromium, published / "rapport.html")


def test_twins_that_differ_by_how_accents_are_typed_have_a_page_each(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "\u00c9vin", "E\u0301vin", "EVIN")
    names = [page_path(settings, code).name for code in settings.service.commune_codes]
    assert names == ["62210-evin.html", "62211-evin.html", "62212-evin.html"]
    first, second, _ = settings.service.communes
    assert first.nom == second.nom
