"""The index of the output folder, and what that of a package says of a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from rlpipeline.publication.index import (
    PackageLink,
    SharedYear,
    headline_of,
    write_index,
    write_internal_index,
)
from rlpipeline.settings.models import Commune, Service

SERVICE = Service(
    nom="Service <A>",
    departement="62",
    communes=(Commune(code="62215", nom="Carvin"), Commune(code="62250", nom="Écoust <b>")),
)


def publish(
    out: Path,
    year: int,
    edition: str = "interne",
    codes: tuple[str, ...] = ("62215",),
    kinds: tuple[str, ...] = ("html",),
    digest: str = "1",
    **told: Any,
) -> Path:
    directory = out / str(year) / ("diffusion" if edition == "diffusion" else "")
    directory.mkdir(parents=True, exist_ok=True)
    names = [
        "rapport.html",
        "tableaux.xlsx",
        *(f"communes/{code}-c.{kind}" for code in codes for kind in kinds),
    ]
    parameters = {
        "annee": year,
        "edition": edition,
        "statut": "brouillon",
        "date_validation": None,
        **told,
    }
    manifest = {
        "parametres": parameters,
        "fichiers": dict.fromkeys([*names, "diffusion/communes/x.html"], "0"),
        "entrees": {"parametres": {"service.yml": digest} if digest else {}},
    }
    (directory / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return directory


def read(out: Path, service: Service = SERVICE) -> BeautifulSoup:
    return BeautifulSoup(
        write_internal_index(out, service, out).read_text(encoding="utf-8"), "html5lib"
    )


def test_every_report_of_every_year_and_edition_is_there_with_its_state(tmp_path: Path) -> None:
    publish(tmp_path, 2022, statut="valide", date_validation="2023-04-18", titre="Rapport <2022>")
    publish(tmp_path, 2023, codes=("62215", "62250"))
    publish(tmp_path, 2023, "diffusion", digest="2")
    page = read(tmp_path)
    assert [heading.get_text() for heading in page.select("h2")] == ["2023", "2022"]
    reports = [str(link["href"]) for link in page.select(".index-edition a")]
    assert reports == ["2023/rapport.html", "2023/diffusion/rapport.html", "2022/rapport.html"]
    states = [state.get_text() for state in page.select(".index-etat")]
    assert states[0] == "brouillon, non validé"
    assert "à refaire" in states[1]
    assert states[2] == "validé le 18 avril 2023"
    portraits = [str(link["href"]) for link in page.select("td a")]
    assert portraits == [
        "2023/communes/62215-c.html", "2023/diffusion/communes/62215-c.html", "2023/communes/62250-c.html",
        "2022/communes/62215-c.html",
    ]  # fmt: skip
    assert "non fait" in page.get_text()
    assert "Écoust <b>" in page.get_text()


def test_a_portrait_is_linked_with_its_print(tmp_path: Path) -> None:
    publish(tmp_path, 2023, kinds=("html", "pdf"))
    links = read(tmp_path).select("td a")
    assert [str(link["href"]) for link in links] == [
        "2023/communes/62215-c.html",
        "2023/communes/62215-c.pdf",
    ]
    assert [link.get_text() for link in links] == [
        f"{words} Carvin 2023, édition interne" for words in ("portrait", "PDF")
    ]


@pytest.mark.parametrize(("titre", "expected"), [("A", False), ("B", True)])
def test_an_edition_that_reads_no_settings_is_compared_by_what_it_tells(
    tmp_path: Path, titre: str, expected: bool
) -> None:
    publish(tmp_path, 2023, titre="A", digest="1")
    publish(tmp_path, 2023, "diffusion", titre=titre, digest="")
    told = [state.get_text() for state in read(tmp_path).select(".index-etat")]
    assert ("à refaire" in told[1]) is expected


@pytest.mark.parametrize("content", ["{", '{"parametres": {}, "fichiers": []}'])
def test_what_cannot_be_read_is_left_out(tmp_path: Path, content: str) -> None:
    publish(tmp_path, 2023)
    (tmp_path / "2022").mkdir()
    (tmp_path / "2022" / "manifest.json").write_text(content, encoding="utf-8")
    (tmp_path / "partage").mkdir()
    assert [heading.get_text() for heading in read(tmp_path).select("h2")] == ["2023"]


def test_a_page_is_said_in_the_sentence_that_it_begins_with(
    demonstration: Path, tmp_path: Path
) -> None:
    said = headline_of((demonstration / "communes/62215-carvin.html").read_text(encoding="utf-8"))
    assert said == "17 jeunes accompagnés en 2023, comme en 2022"
    assert headline_of("<p>Sans constat</p>") == ""
    portraits = (PackageLink("2023/communes/1-x.html", "Carvin", said=said),)
    write_index(
        tmp_path,
        SERVICE,
        [SharedYear(2023, "R", True, PackageLink("2023/rapport.html", "R"), portraits, ())],
    )
    assert said in (tmp_path / "index.html").read_text(encoding="utf-8")
