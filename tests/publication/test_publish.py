from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from rlpipeline.execution.memory import Memory, hashes
from rlpipeline.french import slug
from rlpipeline.processes import Workers
from rlpipeline.publication.exporter import SLIDES
from rlpipeline.publication.page import REPORT, cover_for, page_path
from rlpipeline.publication.publish import Means, onward, publish_figures, write_pages
from rlpipeline.settings.models import load_settings
from tests.publication.factory import bundle, figures, markdown, shown, table, write

SETTINGS = (
    'nom: "Service"\ndepartement: "62"\n'
    'communes: [{code: "62215", nom: "L\'Œuf-sur-Çà"}, {code: "62637", nom: "B"}]\n'
)


@pytest.fixture
def params(tmp_path: Path) -> Path:
    (tmp_path / "params" / "2023").mkdir(parents=True)
    (tmp_path / "params" / "service.yml").write_text(SETTINGS, encoding="utf-8")
    report = "titre: Bilan\nstatut: valide\ndate_validation: 2024-04-18\n"
    (tmp_path / "params" / "2023" / "rapport.yml").write_text(report, encoding="utf-8")
    return tmp_path / "params"


def test_everything_is_where_it_is_promised(tmp_path: Path, params: Path) -> None:
    alerts = {"name": "alertes.csv", "columns": ["educateur"], "rows": [["E1"]]}
    file = shown({"application/vnd.rlpipeline.file+json": alerts})
    executed = tmp_path / "notebooks"
    service = write(
        executed / "service" / "05_activite.ipynb",
        markdown("# A"),
        table(bundle("x", {("a", "b"): 3})),
        file,
    )
    own = {**alerts, "rows": [["E2"]]}
    portrait = write(
        executed / "62215" / "05_activite.ipynb",
        markdown("# A"),
        table(bundle("x", {("a", "b"): 1}, territory="62215")),
        shown({"application/vnd.rlpipeline.file+json": own}),
    )
    out = tmp_path / "publie"
    out.mkdir()
    settings = load_settings(params, 2023)
    pages = [*write_pages(out, settings, {"service": [service], "62215": [portrait]})]
    tables = [table for page in pages for table in page.tables]
    assert [table.territory for table in tables] == ["service", "62215"]
    publish_figures(
        out,
        settings,
        figures(*(bundle("x", {("a", "b"): 3}, territory=of.territory) for of in tables)),
    )
    assert [page.path.as_posix() for page in pages] == [
        REPORT,
        "communes/62215-l-oeuf-sur-ca.html",
    ]
    assert (out / SLIDES).is_file()
    assert (out / "alertes.csv").read_text(encoding="utf-8") == "educateur\nE1\n"
    for page in out.rglob("*.html"):
        links = [
            str(link["href"])
            for link in BeautifulSoup(page.read_text("utf-8"), "html5lib").select(
                "footer ul a, .diapo-liens ul a"
            )
        ]
        assert all((page.parent / link).is_file() for link in links)
        assert {(page.parent / link).name for link in links} >= {"tableaux.xlsx"}


def test_pages_that_others_write_are_the_same(
    tmp_path: Path, params: Path, several_workers: Workers
) -> None:
    chapters = {
        place: [write(tmp_path / place / "05_activite.ipynb", markdown(f"# {place}"))]
        for place in ("service", "62215", "62637")
    }
    made = {}
    for name, workers in (("ici", None), ("ailleurs", several_workers)):
        (tmp_path / name).mkdir()
        means, settings = Means(Memory(tmp_path / f".{name}", {})), load_settings(params, 2023)
        pages = [*write_pages(tmp_path / name, settings, chapters, "interne", means, workers)]
        made[name] = pages, hashes(tmp_path / name)
    assert made["ici"] == made["ailleurs"] and len(made["ici"][0]) == 3


def test_pages_lead_to_one_another_and_to_the_files(params: Path) -> None:
    settings = load_settings(params, 2023)
    places = ("service", "62215", "62637")
    report, files = onward(settings, "service", places, {"rapport.pdf": "cette page en PDF"})
    assert report.links == (
        ("communes/62215-l-oeuf-sur-ca.html", "L'Œuf-sur-Çà"),
        ("communes/62637-b.html", "B"),
    )
    assert [href for href, _ in files.links] == ["rapport.pdf", "tableaux.xlsx"]
    near, files = onward(settings, "62637", places, {"62637-b.pdf": "cette page en PDF"})
    assert near.links == (
        ("../rapport.html", "Rapport du service"),
        ("../communes/62215-l-oeuf-sur-ca.html", "Commune précédente\u00a0: L'Œuf-sur-Çà"),
    )
    assert files.links[0] == ("62637-b.pdf", "cette page en PDF")
    (alone,) = onward(settings, "service", ("service",))
    assert [href for href, _ in alone.links] == ["tableaux.xlsx"]


def test_the_cover_comes_from_the_settings(params: Path) -> None:
    settings = load_settings(params, 2023)
    cover = cover_for(settings, "62637", "interne")
    assert (cover.heading, cover.subheading, cover.annee) == ("Portrait : B", "Bilan", 2023)
    assert ("Statut", "Validé le 18 avril 2024") in cover.facts
    assert page_path(settings, "service") == Path("rapport.html")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Évin-Malmaison", "evin-malmaison"),
        ("L'Haÿ – les Roses", "l-hay-les-roses"),
        ("?!", "partie"),
    ],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_a_very_long_name_makes_a_file_name_that_every_disk_accepts(params: Path) -> None:
    service = SETTINGS.replace('"B"', f'"{"Saint-" * 60}Vaast"')
    (params / "service.yml").write_text(service, encoding="utf-8")
    name = page_path(load_settings(params, 2023), "62637").name
    assert (
        name.startswith("62637-saint-saint-") and name.endswith("-saint.html") and len(name) <= 71
    )
