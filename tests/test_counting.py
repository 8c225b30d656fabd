"""A build counts once, in the notebook of counts, for all years, territories and editions.

Slow: both editions and years in turn, which alone show a count that is made twice.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from rlpipeline.errors import NotebookError
from rlpipeline.execution.memory import COUNTS_ENTRY
from rlpipeline.figures import HORS, SANS_COMMUNE, Scope, Store
from rlpipeline.figures import SERVICE as SERVICE_PLACE
from rlpipeline.figures import notebook as counting_of_tables
from rlpipeline.pipeline.build import BuildRequest, build_years, open_build, prepare
from tests.execution.made_up import write_chapter
from tests.test_build import SERVICE, content, no_kernel, request_in

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
    own = list[nbformat.NotebookNode]()
    for rank, one in enumerate(cells):
        own.append(nbformat.v4.new_markdown_cell("Un essai.", id=f"dit-{rank}"))
        own.append(nbformat.v4.new_code_cell(one, id=f"a-moi-{rank}"))
    notebook.cells = [*notebook.cells[:3], *own, *(notebook.cells[-1:] if whole else ())]
    nbformat.write(notebook, request.notebooks / "calcul.ipynb")


@pytest.mark.slow
def test_each_year_and_territory_is_counted_once_and_nothing_outside_the_notebook(
    request_alone: BuildRequest, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "comptes"
    demands = DEMANDS.replace(
        "2022-02-01", "2023-02-01", 1
    )  # both years have records, else one is refused
    Path(request_alone.source, "demandes.csv").write_text(demands, encoding="utf-8")
    own_counting(request_alone, root, COUNTED.format(log=str(log)))
    monkeypatch.setattr(counting_of_tables, "count_table", None)
    editions = [
        one.edition
        for one in build_years(
            replace(request_alone, editions=("interne", "diffusion")), (2022, 2023)
        )
    ]
    assert editions == ["interne", "diffusion"] * 2
    places = ("service", "01004", "01033", HORS, SANS_COMMUNE)
    assert sorted(log.read_text(encoding="utf-8").splitlines()) == sorted(
        f"{year} {place}" for year in (2022, 2023) for place in places
    )


def test_a_failure_is_told_like_that_of_a_chapter(request_alone: BuildRequest, root: Path) -> None:
    (built,) = build_years(request_alone, (2022,))
    before = content(built.directory)
    own_counting(request_alone, root, "raise KeyError('Dupont')")
    with pytest.raises(NotebookError) as caught:
        list(build_years(request_alone, (2022,)))
    kept = request_alone.out / "echecs/calcul-2022/service/calcul.ipynb"
    assert kept.is_file() and f"conservé : {kept}" in str(caught.value)
    assert "cellule : cellule de code n° " in str(caught.value)
    assert "Dupont" not in str(caught.value)
    assert content(built.directory) == before
    assert [*request_alone.out.glob(".travail-*")] == []
    (request_alone.notebooks / "calcul.ipynb").unlink()
    list(build_years(request_alone, (2022,)))
    assert not kept.exists()


def test_a_notebook_that_writes_no_figures_is_told(request_alone: BuildRequest, root: Path) -> None:
    own_counting(request_alone, root, whole=False)
    with pytest.raises(NotebookError, match="aucun chiffre"):
        list(build_years(request_alone, (2022,)))


LOOKED_AT = """
from rlpipeline.figures.populations import accompagnes
display(accompagnes, accompagnes.rows())
accompagnes.where("sexe == 'F'")
"""


def test_rows_that_cells_of_the_counts_show_are_in_nothing_published(
    request_alone: BuildRequest, root: Path
) -> None:
    """Of a build that is private in whole: the exact edition of a service of one young person, J1, with S1."""
    own_counting(request_alone, root, LOOKED_AT)
    (built,) = build_years(request_alone, (2022,))
    written = content(built.directory)
    counted = nbformat.reads(written["notebooks/calcul.ipynb"].decode(), as_version=4)
    [looking] = [cell for cell in counted.cells if "accompagnes.rows()" in cell.source]
    assert looking.execution_count and not looking.outputs
    for name, bytes_of in written.items():
        assert not re.search(rb"\b(J1|S1|2008-05-01)\b|lignes? compt|id_jeune", bytes_of), name


SHARE_OF_GIRLS = """
from rlpipeline.figures.notebook import ratio, table
girls, all_of_them = ("accompagnes", "total", "F"), ("accompagnes", "total", "total")
table("part_des_filles", "Part des filles", count=ratio(of=girls, on=all_of_them))
"""


def test_a_ratio_of_our_tables_waits_until_they_are_declared(request_alone: BuildRequest) -> None:
    definition = nbformat.v4.new_markdown_cell("Filles accompagnées, rapportées à tous.")  # type: ignore[no-untyped-call]
    cell = nbformat.v4.new_code_cell(SHARE_OF_GIRLS)  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(cells=[definition, cell])  # type: ignore[no-untyped-call]
    nbformat.write(notebook, request_alone.notebooks / "mes_indicateurs.ipynb")  # type: ignore[no-untyped-call]
    with open_build(request_alone, (2022,)) as build:
        counted = Store(build.counted.figures)
        for place in (SERVICE_PLACE, "01004"):
            assert counted.opened(
                "part_des_filles", Scope(2022, place, build.settings_of_years[0].service)
            )


def counts_again(request: BuildRequest) -> bool:
    """Whether a build would count: chapters apart, nothing else runs."""
    try:
        with open_build(replace(request, chapter_executor=no_kernel), (2022,)) as build:
            return not build.counted.figures.is_dir()
    except AssertionError:
        return True


def count(request: BuildRequest) -> None:
    with open_build(request, (2022,)):
        pass


def test_exact_counts_are_in_the_memory_of_the_exact_edition_alone(
    request_alone: BuildRequest,
) -> None:
    kept = request_alone.out / "echecs/calcul-2021/service"
    kept.mkdir(parents=True)
    shared = replace(request_alone, editions=("diffusion",))
    count(shared)
    assert [path.parent.name for path in request_alone.out.glob(f".*/{COUNTS_ENTRY}")] == [
        ".2022-memoire"
    ]
    assert not counts_again(shared)
    assert kept.is_dir()  # another year's build tells of it


def test_counts_stand_while_only_texts_and_chapters_move(request_alone: BuildRequest) -> None:
    count(request_alone)
    (request_alone.params / "2022/textes").mkdir(parents=True)
    (request_alone.params / "2022/textes/edito.md").write_text("Bonjour.", encoding="utf-8")
    write_chapter(request_alone.notebooks / "01_edito.ipynb", ["'autre'"])
    assert not counts_again(request_alone)
    assert counts_again(replace(request_alone, force=True))


@pytest.mark.parametrize(
    "moved", ["params/service.yml", "notebooks/donnees.csv", "notebooks/mes_indicateurs.ipynb"]
)
def test_counts_are_made_again_where_what_they_may_open_moves(
    request_alone: BuildRequest, root: Path, moved: str
) -> None:
    count(request_alone)
    path = request_alone.params.parent / moved
    own = (root / "notebooks/mes_indicateurs.ipynb").read_text(encoding="utf-8")
    texts = {"service.yml": SERVICE.replace("Valserhône", "Bellegarde"), "donnees.csv": "a"}
    path.write_text(texts.get(path.name, own), encoding="utf-8")
    assert counts_again(request_alone)


@pytest.mark.parametrize("name", ["records", "figures"])
def test_what_a_chapter_writes_alters_no_count(request_alone: BuildRequest, name: str) -> None:
    with open_build(request_alone, (2022,)) as build:
        (wanted,) = build.editions
        with wanted.folders:
            root, kept = prepare(wanted).workspace.root, build.counted.figures.parent
            written = next(path for path in (root / name).rglob("*") if path.is_file())
            before = written.read_bytes()
            written.write_bytes(b"faux")
            assert (kept / written.relative_to(root)).read_bytes() == before
