"""Only what changed runs again, and the result is that of running everything.

Slow: builds upon builds, which alone show a result that was left where it should have been made again.
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import pytest

from rlpipeline.cli import main
from rlpipeline.demo import write_demo
from rlpipeline.errors import ReconciliationError
from rlpipeline.execution.cache import Cache
from rlpipeline.execution.code import code_now
from rlpipeline.execution.runner import Running
from rlpipeline.execution.unchanged import standing
from rlpipeline.pipeline.build import BuildRequest, BuildResult, build
from rlpipeline.pipeline.why import why_years
from tests.conftest import ROOT
from tests.execution.made_up import write_chapter
from tests.test_build import SERVICE, content, no_kernel

Ran = set[tuple[str, str]]
OPEN = "from rlpipeline.report import open_report\nreport = open_report(source, params, year, commune, edition)"
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
        made = BuildRequest(str(self.root / "source"), paths["params"], self.root / out, paths["notebooks"])
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


def ran(result: BuildResult) -> Ran:
    return {(one.task.territory, one.task.chapter) for one in result.outcomes if one.ran}


def announced(request: BuildRequest) -> Ran:
    return {(one.territory, one.chapter) for one in why_years(request) if one.changes}


def chapters(*territories: str) -> Ran:
    return {(territory, "05_activite") for territory in territories}


def published(result: BuildResult) -> dict[str, bytes]:
    """Every file, the manifest without its durations."""
    files = content(result.directory)
    manifest = json.loads(files["manifest.json"])
    del manifest["durees"]
    return {name: data for name, data in files.items() if not name.startswith("diffusion/")} | {
        "manifest.json": json.dumps(manifest).encode()
    }


EDITS: dict[str, tuple[Callable[[Place], None], Ran]] = {
    "a young person of one commune": (
        lambda place: place.replace("source/jeunes.csv", "J1,F,2008", "J1,G,2008"),
        chapters("service", "01004"),
    ),
    "a young person who is as old": (
        lambda place: place.replace("source/jeunes.csv", "J1,G,2008-05-01", "J1,G,2008-05-02"),
        set(),  # no figure moves
    ),
    "a text": (lambda place: place.write("params/2022/textes/edito.md", "Bonsoir."), {SERVICE_ALONE}),
    "a text that was missing, of one commune": (
        lambda place: place.write("params/2022/textes/edito-01004.md", "Ici."),
        set(),  # the portraits show no edito
    ),
    "a table that no chapter reads": (
        lambda place: place.replace("source/temps.csv", "formation,3", "formation,4"),
        set(),
    ),
    "a title that the pages alone show": (
        lambda place: place.write("params/2022/rapport.yml", "titre: Autre\n"),
        set(),
    ),
    "the order of the rows": (lambda place: place.turn("source/jeunes.csv"), set()),
    "the name of a commune": (
        lambda place: place.replace("params/service.yml", "Valserhône", "Bellegarde"),
        chapters(*PORTRAITS),  # the service's chapters name no commune
    ),
    "a notebook": (
        lambda place: place.chapter("01_edito", OPEN, "report.text('edito')", "1"),
        {SERVICE_ALONE},
    ),
    "a young person who moves": (
        lambda place: place.replace("source/jeunes.csv", "J3,G,2006-05-01,01004", "J3,G,2006-05-01,01033"),
        {
            SERVICE_ALONE,
            *chapters(*PORTRAITS),
        },  # the service counts as many
    ),
}


@pytest.mark.slow
def test_each_edit_runs_what_read_it_and_nothing_else(place: Place) -> None:
    first = build(place.request())
    assert len(ran(first)) == 4
    for name, (edit, expected) in EDITS.items():
        edit(place)
        assert announced(place.request()) == expected, name
        running = Running() if expected else Running(executor=no_kernel)  # type: ignore[arg-type]
        result = build(place.request(running=running))
        assert ran(result) == expected, name
    assert published(result) == published(build(place.request("neuf")))


@pytest.mark.slow
def test_a_chapter_that_may_look_anywhere_runs_whenever_anything_changed(place: Place) -> None:
    place.chapter("01_edito", OPEN, "from pathlib import Path", "Path(params, 'absent').exists()")
    build(place.request())
    asked = place.request().asked
    for name in ("source/jeunes.csv", "params/2022/textes/accueil.md", "notebooks/donnees.csv"):
        assert standing(asked) is not None
        was = (place.root / name).read_text(encoding="utf-8") if (place.root / name).exists() else ""
        place.write(name, was.replace("J1,F,2008-05-01", "J1,F,2008-05-02") or "Mots.")
        assert standing(asked) is None
        assert ran(build(place.request())) == {SERVICE_ALONE}, name


@pytest.mark.slow
def test_what_is_accepted_of_the_records_runs_the_annex_alone(place: Place) -> None:
    place.chapter("08_annexes", OPEN, "report.accepted()")
    place.replace("source/jeunes.csv", "J1,F,2008", "J1,F,1980")
    build(place.request())
    accepted = "acceptes:\n  - {code: P301, table: jeunes, cle: J1, raison: Une mère.}\n"
    place.write("params/plausibilite.yml", accepted)
    assert announced(place.request()) == {("service", "08_annexes")}
    result = build(place.request())
    assert ran(result) == {("service", "08_annexes")}
    page = (result.directory / "rapport.html").read_text(encoding="utf-8")
    assert "Une mère." in page
    assert not ran(build(place.request()))


@pytest.mark.slow
def test_notebooks_of_two_communes_swapped_are_not_published(place: Place) -> None:
    build(place.request())
    cache = Cache(place.root / "outputs" / ".2022-memoire", code_now())
    names = [f"chapitre-{commune}-05_activite" for commune in PORTRAITS]
    first, second = (cache.entry(name) for name in names)
    assert first
    assert second
    contents = [(cache.directory / name).read_bytes() for name in names]
    for name, data in zip(names, reversed(contents), strict=True):
        (cache.directory / name).write_bytes(data)
    place.write("params/2022/rapport.yml", "titre: Autre\n")
    assert ran(build(place.request())) == chapters(*PORTRAITS)  # their seals betray them
    place.write("params/2022/rapport.yml", "{}\n")
    cache.put(names[0], first.dependencies, second.content)  # sealed anew: the page betrays them
    cache.put(names[1], second.dependencies, first.content)
    with pytest.raises(ReconciliationError, match="un autre territoire"):
        build(place.request())


@pytest.mark.slow
def test_an_unchanged_build_loads_nothing_and_starts_nothing(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
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
    done = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert built.summary() in done.stdout
    assert main(["why", "--json", *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["tient"] for one in told] == [True] * 4
    asked = place.request().asked
    assert standing(asked) is not None
    assert standing(replace(asked, communes=("01004",))) is None
    assert standing(replace(asked, years=(2021,))) is None
    assert standing(replace(asked, editions=("interne", "diffusion"))) is None
    for name in ("outputs/2022/rapport.html", "notebooks/01_edito.ipynb", "params/service.yml", "source/jeunes.csv"):
        path = place.root / name
        was = path.read_bytes()
        path.write_bytes(was + b" ")
        assert standing(asked) is None, name
        path.write_bytes(was)
        assert standing(asked) is not None, name
    page = built.directory / "rapport.html"
    right, number = page.read_bytes(), page.stat().st_ino
    place.write("params/2022/textes/edito.md", "Bonsoir.")
    assert main(["why", *arguments]) == 0
    told_in_words = capsys.readouterr().out.splitlines()
    assert told_in_words[:3] == [
        "2022, édition interne : 1 chapitre à refaire sur 4",
        "  Service",
        "    01_edito : à refaire, texte edito.md",
    ]
    assert "    05_activite : tient" in told_in_words
    place.write("params/2022/textes/edito.md", "Bonjour.")
    place.turn("source/jeunes.csv")  # other bytes, the same records: what is published is left as it is
    assert standing(asked) is None
    again = build(place.request())
    assert (again.summary(), page.stat().st_ino) == (built.summary(), number)
    page.write_text("abîmée", encoding="utf-8")
    (built.directory / "de trop.txt").touch()
    assert standing(asked) is None
    forced = build(place.request(force=True))
    assert len(ran(forced)) == 4
    assert page.read_bytes() == right
    assert not (built.directory / "de trop.txt").exists()


SHORT = "chapitres: [00_essentiel, 01_edito, 05_activite, 08_annexes]\nportrait: [00_essentiel, 05_activite]\n"


class Edits:
    """Random edits of a demonstration: records, texts, settings, notebooks, the order of rows."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place = place
        self.random = random.Random(seed)

    def next(self) -> str:
        edit = self.random.choice([self.cell, self.cell, self.row, self.text, self.setting, self.order, self.notebook])
        return edit()

    def table(self, names: Sequence[str]) -> tuple[str, list[list[str]]]:
        name = self.random.choice(names)
        with (self.place.root / "source" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            return name, list(csv.reader(stream))

    def save(self, name: str, rows: list[list[str]]) -> None:
        with (self.place.root / "source" / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)

    def cell(self) -> str:
        """Change a value that has others of its kind in the column."""
        columns = {
            "jeunes": "sexe commune date_naissance",
            "situations": "situation",
            "problematiques": "problematique",
            "orientations": "domaine",
            "presences": "date",
            "temps": "heures activite",
            "participations": "nombre",
            "personnel": "etp",
            "territoires": "valeur",
        }
        name, (header, *rows) = self.table(list(columns))
        column = header.index(self.random.choice(columns[name].split()))
        row = self.random.choice(rows)
        row[column] = self.random.choice(rows)[column]
        self.save(name, [header, *rows])
        return f"{name} : {row}"

    def row(self) -> str:
        """Remove a row that no other refers to."""
        name, (header, *rows) = self.table(["presences", "temps", "orientations", "problematiques", "demandes"])
        rows.pop(self.random.randrange(len(rows)))
        self.save(name, [header, *rows])
        return f"{name} : une ligne de moins"

    def order(self) -> str:
        name, (header, *rows) = self.table(["jeunes", "suivis", "temps", "actions"])
        self.random.shuffle(rows)
        self.save(name, [header, *rows])
        return f"{name} : ordre"

    def text(self) -> str:
        name = self.random.choice(["accompagnes", "edito", "actions-01500", "travail_de_rue-01501", "annexes"])
        quoted = "{{ chiffre('accompagnes', 'total', 'total') }}" if self.random.random() < 0.5 else ""
        self.place.write(f"params/2023/textes/{name}.md", f"Mots {self.random.choice('abcdef')}. {quoted}\n")
        return name

    def setting(self) -> str:
        titre, until = self.random.choice("ABCD"), self.random.randrange(1, 28)
        self.place.write(
            "params/2023/rapport.yml", f"{SHORT}titre: Rapport {titre}\ndonnees_arretees_au: 2024-02-{until:02}\n"
        )
        return "rapport.yml"

    def notebook(self) -> str:
        path = self.place.root / "notebooks" / f"{self.random.choice(['00_essentiel', '01_edito', '08_annexes'])}.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"][0]["source"] = [*notebook["cells"][0]["source"], f"\n\nMot {self.random.choice('abcdef')}."]
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path.name


def short_report(place: Path, communes: int, seed: int) -> Place:
    """Write a made-up service, with those of our chapters that open most."""
    write_demo(place, communes, (2022, 2023), seed)
    with (place / "params" / "2023" / "rapport.yml").open("a", encoding="utf-8") as settings:
        settings.write(SHORT)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        Place(place).write(f"notebooks/{path.name}", path.read_text(encoding="utf-8"))
    return Place(place)


@pytest.mark.slow
def test_a_corrected_record_runs_the_chapters_that_opened_a_table_that_moved(tmp_path: Path) -> None:
    small = short_report(tmp_path, communes=3, seed=11)
    with (small.root / "source" / "orientations.csv").open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    of_year = [row for row in rows if row[header.index("date")].startswith("2023")]
    domains = [row[header.index("domaine")] for row in of_year]
    of_year[0][header.index("domaine")] = next(one for one in domains if one != domains[0])
    before = published(build(small.request()))
    with (small.root / "source" / "orientations.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    expected = announced(small.request())
    result = build(small.request())
    after = published(result)
    assert ran(result) == expected
    assert {chapter for _, chapter in expected} == {"00_essentiel", "05_activite"}  # a card of the former, two tables
    assert len(expected) == 4  # of the service and of one commune of three
    moved = {name for name in before if name.startswith("notebooks/") and before[name] != after[name]}
    assert moved - {"notebooks/calcul.ipynb"} <= {f"notebooks/{place}/{name}.ipynb" for place, name in expected}


@pytest.mark.slow
def test_a_random_sequence_of_edits_gives_what_a_fresh_build_gives(tmp_path: Path) -> None:
    demonstration = short_report(tmp_path, communes=2, seed=7)
    edits, told = Edits(demonstration, seed=1), list[str]()
    build(demonstration.request())
    for step in range(4):
        told.append(edits.next())
        expected = announced(demonstration.request())
        incremental = build(demonstration.request())
        assert ran(incremental) == expected, told
        if step % 2:
            told.append(edits.next())
            incremental = build(demonstration.request())
    assert published(incremental) == published(build(demonstration.request("neuf"))), told
    shared = demonstration.request(editions=("diffusion",))
    build(shared)
    edits.text()
    assert published(build(shared)) == published(build(replace(shared, out=demonstration.root / "a-diffuser"))), told
