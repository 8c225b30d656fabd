"""What an executed chapter is made from, hence what makes it run again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from rlpipeline.execution.chapters import EVERYTHING, NEVER, Chapters, asked_of
from rlpipeline.execution.install import settings_files
from rlpipeline.execution.memory import Memory, hashes, sha256
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import Task, Workspace, find_chapters
from rlpipeline.report import open_report
from rlpipeline.settings.models import load_service
from tests.conftest import ROOT, YEAR
from tests.execution.made_up import OPEN, task, write_chapter

GIVEN = {
    "figures/2023/service.json": "s",
    "figures/2023/62215.json": "a",
    "figures/2023/62637.json": "b",
    "figures/chiffres.json": "c",
    "records/jeunes.parquet": "r",
    "params/service.yml": "nom",
    "params/2023/textes/edito.md": "Bonjour.",
    "params/2023/textes/edito-62215.md": "Ici.",
    "params/2023/textes/bilan.md": "Fin.",
    "echelles.json": "{}",
}
NAMES = {"service": "Service", "62215": "Carvin", "62637": "Oignies"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name, text in GIVEN.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Workspace(tmp_path)


def chapters(workspace: Workspace, notebooks: str = "n") -> Chapters:
    memory = Memory(workspace.root.with_name(f"{workspace.root.name}-memoire"), {"code": "c"})
    return Chapters(memory, workspace, {"01_edito.ipynb": notebooks}, NAMES)


def kept(workspace: Workspace, territory: str = "62215", *cells: str) -> Task:
    """A chapter that was executed and kept."""
    shows = cells or ('report.text("edito")',)
    notebook = write_chapter(workspace.root.with_name("nb") / "01_edito.ipynb", [OPEN, *shows])
    own, executed = task(notebook, territory), workspace.root / "execute.ipynb"
    executed.write_text("exécuté", encoding="utf-8")
    chapters(workspace).keep(Outcome(own, executed, digest=sha256(notebook)))
    return own


@pytest.mark.parametrize(
    ("territory", "changed", "told"),
    [
        ("62215", "figures/2023/62215.json", "chiffres de 2023, Carvin (62215)"),
        ("62215", "figures/2023/service.json", ""),
        ("62215", "figures/2023/62637.json", ""),
        ("service", "figures/2023/62637.json", "chiffres de 2023, Oignies (62637)"),
        ("62215", "echelles.json", "échelles communes des graphiques"),
        ("62215", "params/2023/textes/edito-62215.md", "texte edito-62215.md"),
        ("62215", "params/2023/textes/edito.md", ""),
        ("service", "params/2023/textes/edito.md", "texte edito.md"),
        ("service", "params/2023/textes/diffusion/edito.md", "texte diffusion/edito.md"),
        ("service", "params/2023/textes/bilan.md", ""),
        ("service", "params/2023/textes/edito-62215.md", "texte edito-62215.md"),
        ("service", "params/2023/images/rue.png", "fichier 2023/images/rue.png des paramètres"),
        ("service", "records/jeunes.parquet", ""),
    ],
)
def test_what_changed_is_named_and_nothing_else_runs_again(
    workspace: Workspace, territory: str, changed: str, told: str
) -> None:
    own = kept(workspace, territory)
    assert chapters(workspace).changes(own) == ()
    (workspace.root / changed).parent.mkdir(exist_ok=True)
    (workspace.root / changed).write_text("autre", encoding="utf-8")
    assert chapters(workspace).changes(own) == ((told,) if told else ())
    taken = chapters(workspace).take(own)
    assert (taken is None) == bool(told)
    if taken:
        assert taken.notebook.read_text(encoding="utf-8") == "exécuté" and not taken.digest
        assert taken.notebook.stat().st_mode & 0o777 == 0o600


SAID = ["{{ chiffre('a', territoire='62637') }}", "{{ chiffre('a', 'b', 'c', '62637') }}"]


@pytest.mark.parametrize("said", [*SAID, "{{ chiffre('a', 'b', 'c', 'service') }}"])
def test_a_portrait_whose_text_speaks_of_another_territory_depends_on_it(
    workspace: Workspace, said: str
) -> None:
    (workspace.params / "2023/textes/edito-62215.md").write_text(said, encoding="utf-8")
    own = kept(workspace)
    for place in ("62637", "service"):
        (workspace.figures / f"2023/{place}.json").write_text("autre", encoding="utf-8")
    assert {*chapters(workspace).changes(own)} >= {"chiffres de 2023, Oignies (62637)"}


def test_a_text_of_a_commune_that_the_report_names_counts(workspace: Workspace) -> None:
    own = kept(workspace, "service", 'report.text("edito-62215")')
    (workspace.params / "2023/textes/edito-62215.md").write_text("autre", encoding="utf-8")
    assert chapters(workspace).changes(own) == ("texte edito-62215.md",)


def test_the_notebook_and_who_it_is_for_count(workspace: Workspace) -> None:
    own = kept(workspace)
    assert chapters(workspace).changes(replace(own, territory="62637")) == (NEVER,)
    assert chapters(workspace).changes(replace(own, edition="diffusion")) == (
        "édition, territoire ou année",
    )
    write_chapter(own.notebook, [OPEN, 'report.text("edito")', 'report.table("a")'])
    assert chapters(workspace).changes(own) == ("notebook 01_edito.ipynb",)


def test_a_notebook_saved_while_it_ran_is_not_kept(workspace: Workspace) -> None:
    own = kept(workspace)
    chapters(workspace).memory.prune(())
    chapters(workspace).keep(Outcome(own, workspace.root / "execute.ipynb", digest="un autre"))
    assert chapters(workspace).changes(own) == (NEVER,)


def test_a_chapter_that_may_look_anywhere_depends_on_all_that_a_build_is_given(
    workspace: Workspace,
) -> None:
    own = kept(workspace, "62215", "from pathlib import Path")
    assert chapters(workspace, "autre").changes(own) == (EVERYTHING,)
    (workspace.records / "jeunes.parquet").write_text("autre", encoding="utf-8")
    assert chapters(workspace).changes(own) == (EVERYTHING,)


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ('report.figure("accompagnes", kind="pyramid")', True),
        ('report.table("durees")\n\nreport.text("durees")', True),
        ("# Une remarque (entre parenthèses).\nreport.essentials()", True),
        (
            """report.figure("a", title="{{ part('a', '11_14', 'total') }} ont l'âge du collège (11 à 14 ans).")""",
            True,
        ),
        ("", True),
        ("import os", False),
        (
            "from rlpipeline.report import open_report\nreport = open_report('../data', params, year)",
            False,
        ),
        ("report.text(open('x').read())", False),
        ("report.text(nom)", False),
        ('report.text(*["edito"])', False),
        ('report.records("jeunes")', False),
        ("""report.text(f"{open('x').read()}")""", False),
        (r"""report.table(r"\" + open('x').read() + "\")""", False),
        ("""report.table(\"\"\" " \"\"\" + open('x').read() + \"\"\" " \"\"\")""", False),
        ("""report.table("a",  # l"\n open('x').read()  # "\n)""", False),
        ("report.source.records", False),
        ('report.indicator("accompagnes").valeur.sum()', False),
        ("!ls", False),
        ("%run autre.py", False),
    ],
)
def test_a_chapter_shows_the_report_or_may_look_elsewhere(
    tmp_path: Path, source: str, plain: bool
) -> None:
    path = write_chapter(tmp_path / "01_a.ipynb", [OPEN, source])
    assert (asked_of(path, "").words is not None) is plain


@pytest.mark.parametrize(
    "path", find_chapters(ROOT / "notebooks").values(), ids=lambda path: path.stem
)
def test_our_own_chapters_keep_to_the_report(path: Path) -> None:
    assert asked_of(path, "").words is not None


def test_a_portrait_that_shows_its_commune_beside_the_service_depends_on_both(
    workspace: Workspace,
) -> None:
    own = kept(workspace, "62215", "report.poster()")
    (workspace.figures / "2023/62637.json").write_text("autre", encoding="utf-8")
    (workspace.figures / "2023/service.json").write_text("autre", encoding="utf-8")
    assert chapters(workspace).changes(own) == ("chiffres de 2023, ensemble du service",)


@pytest.mark.parametrize(
    ("commune", "year"), [(True, YEAR), (False, YEAR - 1)], ids=["a portrait", "the year before"]
)
def test_our_chapters_open_nothing_but_what_they_are_made_from(
    store: Path, tmp_path: Path, commune: bool, year: int
) -> None:
    """All the rest is taken away: they show the same."""
    params, service = ROOT / "params", load_service(ROOT / "params")
    place = service.commune_codes[0] if commune else "service"
    names = {"service": "", **dict.fromkeys(service.commune_codes, "")}
    for path in find_chapters(ROOT / "notebooks").values():
        given = Workspace(tmp_path / path.stem)
        shutil.copytree(store, given.figures)
        for name in settings_files(params, year):
            (given.params / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(params / name, given.params / name)
        made_from = Chapters(Memory(tmp_path, {}), given, {}, names)
        digests = {*made_from.inputs(replace(task(path, place), year=year)).values()}
        for folder in (given.figures, given.params):
            for name, digest in hashes(folder).items():
                if digest not in digests:
                    (folder / name).unlink()
        assert shown(path, store, params, place, year) == shown(
            path, given.figures, given.params, place, year
        ), path.stem


def shown(path: Path, store: Path, params: Path, place: str, year: int) -> list[str]:
    report = open_report(str(store), str(params), year, None if place == "service" else place)
    cells = (cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    calls = [
        call
        for cell in cells
        if cell.source.startswith("report.")
        for call in cell.source.splitlines()
        if call
    ]
    calls = [
        call for call in calls if call != "report.alerts()"
    ]  # the store lists those of its last year alone
    return [part.html for call in calls if (part := eval(call, {"report": report}))]
