"""A chapter of the service's own: copied from the model, named in the settings, it is a chapter like the others.

Slow: whole builds of both editions, which alone show what a chapter of the service's own lets out.
"""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from rlpipeline.demo import write_demo
from rlpipeline.errors import DisclosureError
from rlpipeline.pipeline.build import BuildRequest, BuildResult, build_years
from rlpipeline.settings.models import load_settings


@pytest.fixture(scope="module")
def service(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service of two communes whose report is a chapter of its own and the appendices."""
    folder = tmp_path_factory.mktemp("service")
    write_demo(folder, 2, (2023,), 2023)
    shutil.copytree(root / "notebooks", folder / "notebooks")
    return folder


def own_chapter(service: Path, name: str, cells: list[str], begun: int | None = 3) -> None:
    """Copy the first cells of the model, put others after them, and name it in the settings after one of ours."""
    notebook = nbformat.read(service / "notebooks/modele.ipynb", as_version=4)
    own = [nbformat.v4.new_code_cell(source, id=f"cellule-{rank}") for rank, source in enumerate(cells)]
    notebook.cells = [*notebook.cells[:begun], *own]
    nbformat.write(notebook, service / f"notebooks/{name}.ipynb")
    settings = service / "params/2023/rapport.yml"
    kept = [line for line in settings.read_text("utf-8").splitlines() if not line.startswith(("chapitres", "portrait"))]
    lines = [*kept, f"chapitres: [00_essentiel, {name}, 08_annexes]", f"portrait: [00_essentiel, {name}]", ""]
    settings.write_text("\n".join(lines), encoding="utf-8")


def request(service: Path) -> BuildRequest:
    return BuildRequest(
        source=str(service / "source"),
        params=service / "params",
        out=service / "outputs",
        notebooks=service / "notebooks",
        editions=("interne", "diffusion"),
        stream=io.StringIO(),
        pdf=False,
    )


DECLARED = """
table(
    "mes_quartiers", "Jeunes suivis, par quartier et sexe",
    population=suivis, lines=quartier, columns=sexe,
)
"""
TEXT = '{{ chiffre("mes_quartiers", "total", "total") }} jeunes.'


@pytest.fixture(scope="module")
def both(service: Path) -> tuple[BuildResult, ...]:
    """Both editions, with the model as it is and, after its cells, an indicator of the service's own."""
    notebook = nbformat.read(service / "notebooks/mes_indicateurs.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(DECLARED.strip(), id="quartiers"))
    nbformat.write(notebook, service / "notebooks/mes_indicateurs.ipynb")
    (service / "params/2023/textes").mkdir(exist_ok=True)
    (service / "params/2023/textes/quartiers.md").write_text(TEXT, encoding="utf-8")
    shown = [
        'report.table("mes_quartiers")',
        'report.figure("mes_quartiers", kind="stacked")',
        'report.text("quartiers")',
    ]
    own_chapter(service, "chantiers", shown, begun=None)
    return tuple(build_years(request(service), (2023,)))


@pytest.mark.slow
def test_an_indicator_of_one_s_own_is_in_all_of_the_internal_edition_and_in_nothing_that_is_shared(
    service: Path, both: tuple[BuildResult, ...]
) -> None:
    exact, shared = both
    numbers = pd.read_csv(exact.directory / "indicateurs.csv").query("indicateur == 'mes_quartiers'")
    communes = load_settings(service / "params", 2023).service.commune_codes
    assert set(numbers["territoire"]) == {"service", *communes, "hors", "sans_commune"}
    contents = load_workbook(exact.directory / "tableaux.xlsx")["Sommaire"]
    assert "mes_quartiers" in {row[5].value for row in contents.iter_rows(min_row=4, max_col=6)}
    total = numbers.query("territoire == 'service' and ligne == 'total' and colonne == 'total'")["valeur"].item()
    page = BeautifulSoup((exact.directory / "rapport.html").read_text("utf-8"), "html.parser")
    assert f"{total:g} jeunes." in " ".join(words_of(page).split())
    assert page.select_one('figure[data-graphique="mes_quartiers"] img') is not None
    assert page.select_one("#fiche-mes_quartiers") is not None
    assert "mes_quartiers" not in (shared.directory / "indicateurs.csv").read_text("utf-8")
    assert "mes_quartiers" not in (shared.directory / "datapackage.json").read_text("utf-8")
    assert "quartier et sexe" not in (shared.directory / "rapport.html").read_text("utf-8")


def words_of(page: BeautifulSoup) -> str:
    return " ".join(section.get_text(" ") for section in page.select("section.chapitre"))


STRANGERS = [
    "import pandas as pd\npd.read_csv('{source}/jeunes.csv').head()",
    "print(report.indicator('accompagnes').valeur.sum())",
    "report.indicator('accompagnes').plot.bar(x='ligne', y='valeur');",
]
"""A frame read from the records, a printed line, a picture that report does not show."""
OPENED = ["own = open_report('{source}', params, year, commune, 'interne')", "own.table('problematiques')"]
"""A table of the records, opened as in the other edition."""


@pytest.mark.slow
@pytest.mark.parametrize(("cells", "caught"), [(STRANGERS, (0, 1, 2)), (OPENED, ())])
def test_what_was_not_protected_stops_the_edition_to_share(
    service: Path, cells: list[str], caught: tuple[int, ...]
) -> None:
    own_chapter(service, "fuite", [source.format(source=service / "source") for source in cells])
    with pytest.raises(DisclosureError) as stopped:
        list(build_years(replace(request(service), editions=("diffusion",), communes=("01500",)), (2023,)))
    assert "fuite.ipynb" in str(stopped.value)
    for rank in caught:
        assert f"cellule-{rank}" in str(stopped.value)
