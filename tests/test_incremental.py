"""Only what changed runs again, and the result is that of running everything.

Slow: builds upon builds, which alone show a result that was left where it should have been made again.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import pytest

from rlpipeline.cli import main
from rlpipeline.execution.memory import code_now, unchanged_editions
from rlpipeline.pipeline.build import BuildRequest, Published, why_years
from tests.conftest import ROOT
from tests.execution.made_up import OPEN, write_chapter
from tests.publications import differences, published
from tests.test_build import SERVICE, build, no_kernel

Ran = set[tuple[str, str]]
SOURCE = {
    "jeunes.csv": (
        "id_jeune,sexe,date_naissance,commune,premier_contact\n"
        "J1,F,2008-05-01,01004,2022-01-03\nJ2,G,2007-05-01,01033,2021-02-03\nJ3,G,2006-05-01,01004,2020-02-03\n"
    ),
    "suivis.csv": (
        "id_suivi,id_jeune,statut,date_debut,date_fin,motif_cloture\n"
        "S1,J1,PAEI,2022-01-03,,\nS2,J2,PAEI,2021-02-03,,\nS3,J3,ASEP,2022-02-03,,\n"
    ),
    "temps.csv": "date,educateur,commune,activite,heures\n2022-03-01,E1,01033,formation,3\n",
}
SEED = 0
SERVICE_ALONE, PORTRAITS = ("service", "01_edito"), ("01004", "01033")


@dataclass
class Place:
    """A small service, edited and built again and again."""

    root: Path

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new, 1))

    def turn(self, name: str) -> None:
        """Write the rows of a table in the other order."""
        header, *rows = (self.root / name).read_text(encoding="utf-8").splitlines()
        self.write(name, "\n".join([header, *reversed(rows), ""]))

    def chapter(self, name: str, *cells: str) -> None:
        write_chapter(self.root / "notebooks" / f"{name}.ipynb", list(cells))

    def request(self, out: str = "outputs", **more: object) -> BuildRequest:
        paths = {name: self.root / name for name in ("params", "notebooks")}
        made = BuildRequest(
            str(self.root / "source"), paths["params"], self.root / out, paths["notebooks"]
        )
        return replace(made, jobs=2, stream=StringIO(), **more)  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    for name, text in SOURCE.items():
        made.write(f"source/{name}", text)
    made.write("params/service.yml", SERVICE)
    made.write("params/2022/textes/edito.md", "Bonjour.")
    made.chapter("01_edito", OPEN, "report.text('edito')")
    made.chapter("05_activite", OPEN, "report.table('travail_de_rue')")
    return made


def ran(result: Published) -> Ran:
    return {(one.task.territory, one.task.chapter) for one in result.outcomes if one.digest}


def announced(request: BuildRequest) -> Ran:
    return {(one.territory, one.chapter) for one in why_years(request) if one.changes}


def chapters(*territories: str) -> Ran:
    return {(territory, "05_activite") for territory in territories}


EDITS: dict[str, tuple[Callable[[Place], None], Ran]] = {
    "a young person of one commune": (
        lambda place: place.replace("source/jeunes.csv", "J1,F,2008", "J1,G,2008"),
        chapters("service", "01004"),  # the other portrait and the text show no figure of them
    ),
    "a text": (
        lambda place: place.write("params/2022/textes/edito.md", "Bonsoir."),
        {SERVICE_ALONE},
    ),
    "a text that was missing, of one commune": (
        lambda place: place.write("params/2022/textes/edito-01004.md", "Ici."),
        set(),  # the portraits show no edito
    ),
    "the order of the rows": (lambda place: place.turn("source/jeunes.csv"), set()),
    "the name of a commune": (
        lambda place: place.replace("params/service.yml", "Valserhône", "Bellegarde"),
        {SERVICE_ALONE, *chapters("service", *PORTRAITS)},
    ),
    "a notebook": (
        lambda place: place.chapter("01_edito", OPEN, "report.text('edito')", "1"),
        {SERVICE_ALONE},
    ),
    "another notebook": (
        lambda place: place.chapter(
            "05_activite", OPEN, "report.table('travail_de_rue')", "report.map()"
        ),
        chapters("service", *PORTRAITS),
    ),
    "a damaged memory": (
        lambda place: place.write("outputs/.2022-memoire/chapitre-service-05_activite", "abîmée"),
        chapters("service"),
    ),
}


@pytest.mark.slow
def test_each_edit_runs_what_it_may_change_and_little_else(place: Place) -> None:
    first = build(place.request())
    assert len(ran(first)) == 4
    for name, (edit, expected) in EDITS.items():
        edit(place)
        assert announced(place.request()) == expected, name
        nothing = {} if expected else {"chapter_executor": no_kernel}
        result = build(place.request(**nothing))
        assert ran(result) == expected, name
    edited, new = published(result.directory), published(build(place.request("neuf")).directory)
    assert not differences(new, edited), differences(new, edited)


OWN = """
import sys
from pathlib import Path

import pandas as pd

folder = Path(FOLDER)
sys.path.insert(0, str(folder / "outils"))
import maison

loyers = pd.read_csv(folder / "loyers.csv")
note = folder / "note.txt"
other = report.table("accompagnes", commune="01033") if commune is None else None
shown = report.indicator("accompagnes").valeur.sum()
maison.mot, loyers.loyer.sum(), note.read_text() if note.exists() else "sans note", shown
"""
"""A chapter of the service's own: it reads files beside, and a module of its own."""
PORTRAIT = "portrait: [02_accueil, 05_activite]\n"


NUMBER = "{{ chiffre('accompagnes', 'total', 'total', territoire='01033') }}"
Change = Callable[[Place, random.Random], None]


def corrected(person: str, one: str, other: str) -> Change:
    """Write one value for the other in the row of a young person."""

    def change(place: Place, chance: random.Random) -> None:
        rows = (place.root / "source/jeunes.csv").read_text(encoding="utf-8").splitlines()
        row = next(row for row in rows if row.startswith(person))
        now = row.replace(f",{one},", ",?,").replace(f",{other},", f",{one},").replace("?", other)
        place.replace("source/jeunes.csv", row, now)

    return change


def more_hours(place: Place, chance: random.Random) -> None:
    rows = (place.root / "source/temps.csv").read_text(encoding="utf-8")
    day = f"2022-{chance.randint(1, 12):02d}-02"
    place.write("source/temps.csv", f"{rows}{day},E1,{chance.choice(PORTRAITS)},formation,2\n")


def saved(name: str, *contents: str) -> Change:
    """Write a file, with a number of chance where its content says so; with none of these, remove it."""

    def change(place: Place, chance: random.Random) -> None:
        path, content = place.root / name, chance.choice(contents)
        now = content.replace("CHANCE", str(chance.randint(10, 99)))
        if path.is_file() and path.read_text(encoding="utf-8") == now:
            path.unlink()
        else:
            place.write(name, now)

    return change


def drawn(place: Place, chance: random.Random) -> None:
    kind = chance.choice(["bars", "pyramid"])
    place.chapter("05_activite", OPEN, f"report.figure('accompagnes', kind='{kind}', table=True)")


def one_table_more(place: Place, chance: random.Random) -> None:
    place.chapter(
        "05_activite", OPEN, "report.table('travail_de_rue')", "report.table('accompagnes')"
    )


CHANGES: dict[str, tuple[Change, ...]] = {
    "a record, a text": (
        corrected("J1", "F", "G"),
        saved("params/2022/textes/edito.md", f"CHANCE mots, {NUMBER} jeunes."),
    ),
    "a record of another commune, a text of a commune": (
        corrected("J2", "F", "G"),
        saved("params/2022/textes/edito-01004.md", NUMBER),
    ),
    "a young person who moves, a text of a portrait": (
        corrected("J1", *PORTRAITS),
        saved("params/2022/textes/accueil-01033.md", "Ici."),
    ),
    "a notebook, a data file": (drawn, saved("loyers.csv", "loyer\nCHANCE\n")),
    "a table more, a file that was not there": (one_table_more, saved("note.txt", "une note")),
    "hours, a module of the service's own": (
        more_hours,
        saved("outils/maison.py", "mot = CHANCE"),
    ),
    "a setting of the year": (
        saved("params/2022/rapport.yml", f'{PORTRAIT}titre: "Rapport n° CHANCE"\n'),
    ),
    "a setting of the service": (
        saved("params/service.yml", SERVICE.replace("Valser", "ValCHANCE")),
    ),
}
"""What is changed at once is read by other chapters: none runs again for the other's sake."""


@pytest.mark.slow
def test_whatever_changes_a_build_gives_what_one_from_nothing_does(place: Place) -> None:
    chance = random.Random(SEED)
    place.write("loyers.csv", "loyer\n500\n")
    place.write("outils/maison.py", "mot = 1")
    drawn(place, chance)
    place.chapter("02_accueil", OPEN, "report.text('accueil')")
    place.chapter("06_maison", OPEN, OWN.replace("FOLDER", repr(str(place.root))))
    place.write("params/2022/rapport.yml", PORTRAIT)
    build(place.request())
    for name, changes in CHANGES.items():
        for change in changes:
            change(place, chance)
        result, cold = build(place.request()), build(place.request("neuf"))
        told = differences(published(cold.directory), published(result.directory))
        assert not told, (name, told)
        assert len(ran(result)) < len(ran(cold)) or "setting" in name, name
        shutil.rmtree(place.root / "neuf")


@pytest.mark.slow
def test_another_version_of_a_library_runs_all(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(place.request())
    (place.root / "biblio" / "fictive-2.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(place.root / "biblio")
    code_now.cache_clear()
    assert len(ran(build(place.request()))) == 4
    monkeypatch.undo()
    code_now.cache_clear()


@pytest.mark.slow
def test_a_chapter_that_nobody_sees_read_runs_each_time(place: Place) -> None:
    place.chapter("05_activite", OPEN, "import subprocess\nsubprocess.run(['true'])")
    place.write("params/2022/rapport.yml", "portrait: []\n")
    build(place.request())
    assert unchanged_editions(place.request()) is None
    assert ran(build(place.request())) == chapters("service")


@pytest.mark.slow
def test_a_file_from_elsewhere_that_changed_is_something_to_do(place: Place) -> None:
    place.write("loyers.csv", "loyer\n500\n")
    place.chapter("05_activite", OPEN, f"open({str(place.root / 'loyers.csv')!r}).read()")
    place.write("params/2022/rapport.yml", "portrait: []\n")
    build(place.request())
    assert unchanged_editions(place.request()) is not None
    place.write("loyers.csv", "loyer\n600\n")
    assert unchanged_editions(place.request()) is None
    assert ran(build(place.request())) == chapters("service")


@pytest.mark.slow
def test_an_unchanged_build_loads_nothing_and_starts_nothing(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    built = build(place.request())
    arguments = ["--edition", "interne", "--out", str(place.root / "outputs")]
    for name in ("source", "params", "notebooks"):
        arguments += [f"--{name}", str(place.root / name)]
    watched = (
        "import sys\nfrom rlpipeline.cli import main\n"
        "sys.addaudithook(lambda event, _: event in ('subprocess.Popen', 'os.fork') and sys.exit('a process'))\n"
        f"code = main({['build', '--sans-pdf', *arguments]})\n"
        "heavy = {'pandas', 'numpy', 'pydantic', 'papermill', 'nbformat', 'jupyter_client'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watched], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert built.summary() in done.stdout
    assert main(["why", "--json", *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["tient"] for one in told] == [True] * 4
    asked = place.request()
    assert unchanged_editions(asked) is not None
    assert unchanged_editions(replace(asked, communes=("01004",))) is None
    assert unchanged_editions(asked, (2021,)) is None
    assert unchanged_editions(replace(asked, editions=("interne", "diffusion"))) is None
    names = (
        "outputs/2022/rapport.html",
        "notebooks/01_edito.ipynb",
        "params/service.yml",
        "source/jeunes.csv",
    )
    for name in (
        *names,
        "outputs/2022/de trop.txt",
        "outputs/.travail-2022-tue",
        "outputs/echecs/calcul-2022",
    ):
        path = place.root / name
        was = path.read_bytes() if path.exists() else None
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((was or b"") + b" ")
        assert unchanged_editions(asked) is None, name
        path.write_bytes(was) if was is not None else path.unlink()
        assert unchanged_editions(asked) is not None, name
    page = built.directory / "rapport.html"
    right = page.read_bytes()
    page.write_text("abîmée", encoding="utf-8")
    (built.directory / "de trop.txt").touch()
    forced = build(place.request(force=True))
    assert len(ran(forced)) == 4
    assert page.read_bytes() == right
    assert not (built.directory / "de trop.txt").exists()
