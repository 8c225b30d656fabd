"""A build counts once, in the notebook of counts, for all years, territories and editions.

Slow: both editions and years in turn, which alone show a count that is made twice; a second way of failing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from rlpipeline.errors import NotebookError
from rlpipeline.execution import cache
from rlpipeline.execution.cache import COUNTS, Cache
from rlpipeline.execution.code import code_now
from rlpipeline.execution.lock import lock_path, only_build
from rlpipeline.execution.plan import plan_counting
from rlpipeline.execution.runner import Running
from rlpipeline.execution.workspace import open_counting, remove_abandoned_counts
from rlpipeline.figures import HORS, SANS_COMMUNE
from rlpipeline.figures import counting as counting_of_tables
from rlpipeline.pipeline.build import BuildRequest, build_years, inputs_of, read_source
from rlpipeline.pipeline.counting import Counted, _dependencies, counting
from rlpipeline.pipeline.edition import EditionBuild, ReadRecords, open_edition
from rlpipeline.settings.models import load_service, load_settings
from tests.execution.made_up import write_chapter
from tests.test_build import content, no_kernel, request_in

OPENED = """
from rlpipeline.report import open_report
report = open_report(source, params, year, commune, edition)
"""
COUNTED = """
from tests.declared import INDICATORS
def compter(donnees, portee):
    with open({log!r}, "a") as stream:
        print(portee.year, portee.territory, file=stream)
    return INDICATORS["accompagnes"].compute(donnees, portee)
table("accompagnes", "Jeunes accompagnés", count=compter)
"""
DEMANDS = """date,commune,tranche_age,origine,suite
2022-02-01,01004,15_18,college,acceptee
2022-02-01,01004,15_18,college,refusee
"""


@pytest.fixture
def request_alone(tmp_path: Path) -> BuildRequest:
    """A service of two communes whose report shows two tables."""
    made = request_in(tmp_path)
    (made.notebooks / "05_activite.ipynb").unlink()
    write_chapter(made.notebooks / "01_edito.ipynb", [OPENED, 'report.table("accompagnes")'])
    return made


def own_counting(request: BuildRequest, root: Path, *cells: str, whole: bool = True) -> None:
    """Put beside the chapters a copy of the notebook of counts, with other cells before the last, which writes."""
    notebook = nbformat.read(root / "notebooks/calcul.ipynb", as_version=4)
    own = [nbformat.v4.new_code_cell(one, id=f"a-moi-{rank}") for rank, one in enumerate(cells)]
    notebook.cells = [*notebook.cells[:3], *own, *(notebook.cells[-1:] if whole else ())]
    nbformat.write(notebook, request.notebooks / "calcul.ipynb")


@pytest.mark.slow
def test_each_year_and_territory_is_counted_once_and_nothing_outside_the_notebook(
    request_alone: BuildRequest, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "comptes"
    demands = DEMANDS.replace("2022-02-01", "2023-02-01", 1)  # both years have records, else one is refused
    Path(request_alone.source, "demandes.csv").write_text(demands, encoding="utf-8")
    own_counting(request_alone, root, COUNTED.format(log=str(log)))
    monkeypatch.setattr(counting_of_tables, "count_table", None)
    editions = [
        one.edition for one in build_years(replace(request_alone, editions=("interne", "diffusion")), (2022, 2023))
    ]
    assert editions == ["interne", "diffusion"] * 2
    places = ("service", "01004", "01033", HORS, SANS_COMMUNE)
    assert sorted(log.read_text(encoding="utf-8").splitlines()) == sorted(
        f"{year} {place}" for year in (2022, 2023) for place in places
    )


@pytest.mark.parametrize(
    "failing", ["raise KeyError('Dupont')", pytest.param("import sys; sys.exit()", marks=pytest.mark.slow)]
)
def test_a_failure_is_told_like_that_of_a_chapter(request_alone: BuildRequest, root: Path, failing: str) -> None:
    (built,) = build_years(request_alone, (2022,))
    before = content(built.directory)
    own_counting(request_alone, root, failing)
    with pytest.raises(NotebookError) as caught:
        list(build_years(request_alone, (2022,)))
    kept = request_alone.out / "echecs/calcul-2022/service/calcul.ipynb"
    assert kept.is_file() and f"conservé : {kept}" in str(caught.value)
    assert "cellule : a-moi-0" in str(caught.value)
    assert "Dupont" not in str(caught.value)
    assert content(built.directory) == before
    assert [*request_alone.out.glob(".calcul-*")] == []
    (request_alone.notebooks / "calcul.ipynb").unlink()
    list(build_years(request_alone, (2022,)))
    assert not kept.exists()


def test_a_notebook_that_writes_no_figures_is_told(request_alone: BuildRequest, root: Path) -> None:
    own_counting(request_alone, root, whole=False)
    with pytest.raises(NotebookError, match="aucun chiffre"):
        list(build_years(request_alone, (2022,)))


def test_what_a_killed_build_counted_is_removed_and_what_lives_stays(tmp_path: Path) -> None:
    killed, living = (tmp_path / f".calcul-{name}" for name in ("tue", "vit"))
    killed.mkdir()
    living.mkdir()
    lock_path(killed).touch()
    with only_build(living):
        remove_abandoned_counts(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {living.name, lock_path(living).name}


def read_of(request: BuildRequest) -> ReadRecords:
    return read_source(request, load_service(request.params), inputs_of(request))


def test_exact_counts_are_in_the_memory_of_the_exact_edition_alone(request_alone: BuildRequest) -> None:
    kept = request_alone.out / "echecs/calcul-2021/service"
    kept.mkdir(parents=True)
    shared = replace(request_alone, editions=("diffusion",))
    with counting(shared, read_of(shared), (2022,)):
        pass
    assert [path.parent.name for path in request_alone.out.glob(f".*/{COUNTS}")] == [".2022-memoire"]
    again = replace(request_alone, running=Running(executor=no_kernel))  # type: ignore[arg-type]
    with counting(again, read_of(again), (2022,)) as counted:
        assert counted.figures.is_dir()
    assert kept.is_dir()  # another year's build tells of it


def test_counts_stand_while_only_what_they_cannot_read_moves(request_alone: BuildRequest, root: Path) -> None:
    (request_alone.notebooks / "mes_indicateurs.ipynb").write_bytes(
        (root / "notebooks/mes_indicateurs.ipynb").read_bytes()
    )
    with counting(request_alone, read_of(request_alone), (2022,)):
        pass
    (request_alone.params / "2022").mkdir()
    (request_alone.params / "2022/rapport.yml").write_text("titre: Autre\n", encoding="utf-8")
    write_chapter(request_alone.notebooks / "01_edito.ipynb", ["'autre'"])
    again = replace(request_alone, running=Running(executor=no_kernel))  # type: ignore[arg-type]
    with counting(again, read_of(again), (2022,)) as counted:
        assert counted.figures.is_dir()
    service = request_alone.params / "service.yml"
    service.write_text(service.read_text(encoding="utf-8").replace("Valserhône", "Bellegarde"), encoding="utf-8")
    with pytest.raises(AssertionError, match="a kernel started"), counting(again, read_of(again), (2022,)):
        pass


@pytest.mark.parametrize("name", ["calcul", "mes_indicateurs"])
@pytest.mark.parametrize("moved", ["params/2022/rapport.yml", "notebooks/01_edito.ipynb"])
def test_counts_of_the_service_s_own_are_made_from_everything(
    request_alone: BuildRequest, root: Path, name: str, moved: str
) -> None:
    own = nbformat.read(root / f"notebooks/{name}.ipynb", as_version=4)
    own.cells.insert(3, nbformat.v4.new_code_cell("from pathlib import Path"))
    nbformat.write(own, request_alone.notebooks / f"{name}.ipynb")
    digests = []
    for title in ("Un", "Autre"):
        path = request_alone.params.parent / moved
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"titre: {title}\n", encoding="utf-8")
        task, inputs = plan_counting(request_alone.notebooks, (2022,)), inputs_of(request_alone)
        with open_counting(request_alone.out, request_alone.params, 2022) as workspace:
            workspace.records.mkdir()
            digests.append(_dependencies(task, request_alone.notebooks / "mes_indicateurs.ipynb", workspace, inputs))
    assert digests[0] != digests[1]


def test_a_build_survives_another_that_removes_what_it_is_writing(
    request_alone: BuildRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Cache(request_alone.out / ".2022-memoire", code_now())
    monkeypatch.setattr(cache.os, "fsync", lambda _: other.prepare())
    with counting(request_alone, read_of(request_alone), (2022,)) as counted:
        assert counted.figures.is_dir()


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    """Counts of 2022, as far as an edition takes them."""
    for name in ("records", "figures"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "fichier").write_text("exact", encoding="utf-8")
    counts = Cache(tmp_path / "outputs/.2022-memoire", code_now())
    return Counted(tmp_path / "records", tmp_path / "figures", tmp_path / "calcul.ipynb", counts)


@contextmanager
def making_of(request: BuildRequest, counted: Counted, year: int = 2022) -> Iterator[EditionBuild]:
    with open_edition(request, load_settings(request.params, year), "interne", read_of(request), counted) as made:
        yield made


@pytest.mark.parametrize("name", ["records", "figures"])
def test_what_a_chapter_writes_alters_no_count(request_alone: BuildRequest, counted: Counted, name: str) -> None:
    with making_of(request_alone, counted) as made:
        made.set_up()
        (made.workspace.root / name / "fichier").write_text("faux", encoding="utf-8")
    assert (counted.figures.with_name(name) / "fichier").read_text(encoding="utf-8") == "exact"


@pytest.mark.parametrize(("year", "left"), [(2022, [COUNTS]), (2021, [])])
def test_counts_are_let_go_in_every_other_memory(
    request_alone: BuildRequest, counted: Counted, year: int, left: list[str]
) -> None:
    with making_of(request_alone, counted, year) as made:
        made.cache.put(COUNTS, {}, b"")
        made.remember((), "")
        assert [path.name for path in made.cache.directory.glob(COUNTS)] == left
