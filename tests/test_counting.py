"""A build counts once, in the notebook of counts, for all years, territories and editions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from rlpipeline.errors import NotebookError
from rlpipeline.execution.lock import lock_path, only_build
from rlpipeline.execution.workspace import remove_abandoned_counts
from rlpipeline.figures import HORS, SANS_COMMUNE, source
from rlpipeline.pipeline.build import BuildRequest, build_years
from tests.execution.made_up import write_chapter
from tests.test_build import content, request_in

OPENED = """
from rlpipeline.report import open_report
report = open_report(source, params, year, commune, edition)
"""
COUNTED = """
from rlpipeline.figures import REGISTRY
def compter(donnees, portee):
    with open({log!r}, "a") as stream:
        print(portee.year, portee.territory, file=stream)
    return REGISTRY["accompagnes"].compute(donnees, portee)
calcul.indicator("accompagnes", compter)
"""
ACCEPTED = """
from rlpipeline.figures import REGISTRY
def compter(donnees, portee):
    demandes = donnees["demandes"]
    retenues = donnees.with_table("demandes", demandes[demandes["suite"] == "acceptee"])
    return REGISTRY["demandes"].compute(retenues, portee)
calcul.indicator("demandes", compter)
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


def test_each_year_and_territory_is_counted_once_and_nothing_outside_the_notebook(
    request_alone: BuildRequest, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "comptes"
    own_counting(request_alone, root, COUNTED.format(log=str(log)))
    for name in ("table_data", "figures"):
        monkeypatch.setattr(source, name, None)
    editions = [
        one.edition for one in build_years(replace(request_alone, editions=("interne", "diffusion")), (2022, 2023))
    ]
    assert editions == ["interne", "diffusion"] * 2
    places = ("service", "01004", "01033", HORS, SANS_COMMUNE)
    assert sorted(log.read_text(encoding="utf-8").splitlines()) == sorted(
        f"{year} {place}" for year in (2022, 2023) for place in places
    )


def test_the_notebook_is_published_with_the_exact_figures_alone(request_alone: BuildRequest, root: Path) -> None:
    wanted = replace(request_alone, editions=("interne", "diffusion"))
    interne, diffusion = (one.directory for one in build_years(wanted, (2022,)))
    published = nbformat.read(interne / "notebooks/calcul.ipynb", as_version=4)
    assert all(cell.execution_count for cell in published.cells if cell.cell_type == "code")
    assert str(request_alone.out) not in published.cells[-1].outputs[0].data["text/plain"]
    assert [*diffusion.rglob("calcul.ipynb")] == []
    assert [path.name for path in request_alone.out.glob(".calcul-*")] == []


def test_what_the_service_counts_in_its_own_way_is_in_the_report(request_alone: BuildRequest, root: Path) -> None:
    Path(request_alone.source, "demandes.csv").write_text(DEMANDS, encoding="utf-8")
    write_chapter(request_alone.notebooks / "01_edito.ipynb", [OPENED, 'report.table("demandes")'])
    values = []
    for cells in ((), (ACCEPTED,)):
        own_counting(request_alone, root, *cells)
        (built,) = build_years(request_alone, (2022,))
        lines = (built.directory / "indicateurs.csv").read_text(encoding="utf-8").splitlines()
        total = "demandes,2022,service,total,total,"
        values.append(next(line.removeprefix(total)[0] for line in lines if line.startswith(total)))
    assert values == ["2", "1"]


@pytest.mark.parametrize("failing", ["raise KeyError('Dupont')", "import sys; sys.exit()"])
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


def test_a_chapter_may_ask_for_the_records(request_alone: BuildRequest) -> None:
    cell = "report.records('suivis')['id_suivi'].tolist()"
    write_chapter(request_alone.notebooks / "01_edito.ipynb", [OPENED, cell])
    (built,) = build_years(request_alone, (2022,))
    executed = nbformat.read(built.directory / "notebooks/service/01_edito.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].data["text/plain"] == "['S1']"
