"""Which executed chapters stand, and what is said of those that do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from rlpipeline import reads
from rlpipeline.execution.cache import Cache
from rlpipeline.execution.chapters import (
    LISTS,
    WORDS,
    Chapters,
    keeps_to_counts,
    keeps_to_declarations,
    keeps_to_report,
    trace_of,
)
from rlpipeline.execution.code import Code, code_now, sha256
from rlpipeline.execution.outcome import Outcome, Trace
from rlpipeline.execution.plan import Task, find_chapters
from rlpipeline.execution.workspace import Workspace
from rlpipeline.figures import store
from rlpipeline.reads import Read
from tests.conftest import ROOT
from tests.execution.made_up import task, write_chapter

READ = (reads.FIGURES, "accompagnes", "2023", "62215")
TEXT = (reads.TEXT, "2023/textes/edito.md", "c1")
OTHER, NOWHERE = (reads.TEXT, "2023/textes/activite.md", "c2"), (reads.TEXT, "2023/textes/durees.md", "")
OPEN = "from rlpipeline.report import open_report\n\nreport = open_report(source, params, year, commune, edition)"


@dataclass
class World:
    """All that a chapter may depend on, to be changed."""

    code: Code = field(default_factory=code_now)
    digests: dict[Read, str] = field(default_factory=lambda: {READ: "x", TEXT: "absent"})

    def chapters(self, place: Path) -> Chapters:
        cache = Cache(place / ".2023-memoire", self.code)
        cache.prepare()
        return Chapters(cache, Workspace(place / "travail"), self.digests.__getitem__, {"62215": "Carvin"})


@pytest.fixture
def own(tmp_path: Path) -> Task:
    return task(write_chapter(tmp_path / "nb" / "01_edito.ipynb", ["1"]))


@pytest.fixture
def world() -> World:
    return World()


def done(chapters: Chapters, own: Task) -> Outcome:
    executed = chapters.workspace.executed(own)
    executed.parent.mkdir(parents=True, exist_ok=True)
    executed.write_text("exécuté", encoding="utf-8")
    return Outcome(own, "ok", executed, None, 1.0, Trace(sha256(own.notebook), (READ, TEXT)))


@pytest.fixture
def former(tmp_path: Path, own: Task, world: World) -> Chapters:
    chapters = world.chapters(tmp_path)
    chapters.keep(done(chapters, own))
    return chapters


def test_the_next_build_takes_what_stands(former: Chapters, tmp_path: Path, own: Task, world: World) -> None:
    again = world.chapters(tmp_path)
    assert again.changes(own) == ()
    former.workspace.executed(own).unlink()
    outcome = again.take(own)
    assert outcome is not None
    assert (outcome.trace, outcome.ran) == (None, False)
    assert outcome.notebook.read_text(encoding="utf-8") == "exécuté"
    assert outcome.notebook.stat().st_mode & 0o777 == 0o600


CHANGES: dict[str, tuple[Callable[[World], object], str]] = {
    "a figure": (lambda world: world.digests.update({READ: "y"}), "tableau accompagnes, 2023, Carvin"),
    "a text": (lambda world: world.digests.update({TEXT: "y"}), "texte edito.md"),
    "our code": (lambda world: setattr(world, "code", replace(world.code, package="y")), "code de rlpipeline"),
    "a library": (
        lambda world: setattr(world, "code", replace(world.code, libraries="y")),
        "versions de Python ou de ses bibliothèques",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_is_named_and_the_task_runs_again(
    former: Chapters, tmp_path: Path, own: Task, world: World, name: str
) -> None:
    change, words = CHANGES[name]
    change(world)
    again = world.chapters(tmp_path)
    assert [one.what for one in again.changes(own)] == [words]
    assert again.take(own) is None


def test_the_notebook_and_who_it_is_for_count(former: Chapters, tmp_path: Path, own: Task, world: World) -> None:
    for other in (replace(own, territory="62215"), replace(own, year=2022), replace(own, edition="diffusion")):
        assert [one.kind for one in world.chapters(tmp_path).changes(other)] == ["absent"]
    write_chapter(own.notebook, ["2"])
    assert [one.what for one in world.chapters(tmp_path).changes(own)] == ["notebook 01_edito.ipynb"]


@pytest.mark.parametrize(
    "source",
    [
        OPEN,
        'report.table("accompagnes")',
        'report.figure("accompagnes", kind="pyramid")',
        'report.table("durees")\n\nreport.text("durees")',
        "# Une remarque (entre parenthèses).\nreport.essentials()",
        """report.figure("a", title="{{ part('a', '11_14', 'total') }} ont l'âge du collège (de 11 à 14 ans).")""",
        "",
    ],
)
def test_a_chapter_that_shows_the_report_depends_on_what_it_read(source: str) -> None:
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source)])
    assert trace_of(notebook, "n", [list(READ)]).reads == (READ,)


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from rlpipeline.report import open_report\nreport = open_report('../data', params, year)",
        'report.table(open("x").read())',
        """report.table(f"{open('x').read()}")""",
        r"""report.table(r"\" + open('x').read() + "\")""",
        """report.table(\"\"\" " \"\"\" + open('x').read() + \"\"\" " \"\"\")""",
        """report.table("a",  # l"\n open('x').read()  # "\n)""",
        "report.source.records",
        "report._laid.table('x')",
        'report.indicator("accompagnes").valeur.sum()',
        "!ls",
        "%run autre.py",
    ],
)
def test_a_chapter_that_may_look_elsewhere_depends_on_everything(source: str) -> None:
    notebook = v4.new_notebook(cells=[v4.new_code_cell(OPEN), v4.new_code_cell(source)])
    assert trace_of(notebook, "n", [list(READ)]).reads == (READ, (reads.EVERYTHING,))


@pytest.mark.parametrize("name", find_chapters(ROOT / "notebooks"))
def test_our_own_chapters_keep_to_the_report(name: str) -> None:
    assert keeps_to_report(nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4))


def test_our_notebooks_of_counts_and_declarations_open_nothing_else() -> None:
    assert keeps_to_counts(nbformat.read(ROOT / "notebooks/calcul.ipynb", as_version=4))
    assert keeps_to_declarations(nbformat.read(ROOT / "notebooks/mes_indicateurs.ipynb", as_version=4))


OWN = """from rlpipeline.figures.notebook import offered, ratio, table
from rlpipeline.figures.populations import suivis
from rlpipeline.figures.variables import age, ages, sexe"""


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ('table("a", "A",\n    population=suivis, lines=ages(15, 18), columns=sexe)', True),
        ('table("r", "R (ou rapport)", count=ratio(("a", "b", "c"), ("a", "b", "d")))', True),
        ("age = ages(15, 18)", True),
        ('table("a", open("x").read())', False),
        ("t = open", False),
        ("import os", False),
        ("offered()\n!cat x", False),
    ],
)
def test_declarations_in_plain_words_open_nothing(source: str, plain: bool) -> None:
    cells = [v4.new_code_cell(OWN), v4.new_code_cell(source)]
    assert keeps_to_declarations(v4.new_notebook(cells=cells)) is plain


@pytest.mark.parametrize(
    "source", ['table("accompagnes", "A", count=compter)', "def compter(donnees, portee): ...", "calcul.write('x')"]
)
def test_counting_in_another_way_may_open_anything(source: str) -> None:
    assert not keeps_to_counts(v4.new_notebook(cells=[v4.new_code_cell(source)]))


def test_every_read_has_its_words() -> None:
    assert {value for name, value in vars(reads).items() if name.isupper()} <= {*WORDS, reads.LIST}
    assert {store.YEARS, store.PLACES, store.SILENCED, store.DECLARED, store.RARE, store.ALERT_LIST.rstrip("-")} == set(
        LISTS
    )
