"""Follow each recipe of docs/changer.md in the folder of a service, a chapter of which is the model's copy."""

import re
import shutil
import textwrap
from pathlib import Path

import nbformat

from tests.conftest import ROOT

PAGE = (ROOT / "docs/changer.md").read_text("utf-8")
BLOCK = re.compile(r"(?:^ {4}.*\n|^\n(?= {4}))+", re.MULTILINE)
NOTEBOOKS, YEAR = Path("notebooks"), Path("params/2023")


def blocks(heading: str) -> list[str]:
    """What is to be written under a heading of the page."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [textwrap.dedent(block).strip() for block in BLOCK.findall(section)]


def write_notebook(path: Path, *cells: str, definition: str = "") -> None:
    """Add cells to a notebook, each below its definition where there is one."""
    notebook = nbformat.read(path, 4) if path.is_file() else nbformat.v4.new_notebook()
    for cell in cells:
        if definition:
            notebook.cells.append(nbformat.v4.new_markdown_cell(definition))
        notebook.cells.append(nbformat.v4.new_code_cell(cell))
    nbformat.write(notebook, path)


bands, chart = blocks("Une tranche d'âge")[0], blocks("Un graphique")[0]
(text,), (chapters,) = blocks("Un texte"), blocks("Un chapitre")
indicator, shown = blocks("Un indicateur")

NOTEBOOKS.mkdir(exist_ok=True)
shutil.copy(ROOT / "notebooks/modele.ipynb", NOTEBOOKS / "chantiers.ipynb")
write_notebook(NOTEBOOKS / "chantiers.ipynb", chart, shown)
write_notebook(
    NOTEBOOKS / "mes_indicateurs.ipynb", bands, indicator, definition="## Question ?\n\nDéfinition."
)
(YEAR / "textes").mkdir(exist_ok=True)
(YEAR / "textes/perspectives.md").write_text(text + "\n", "utf-8")
settings = YEAR / "rapport.yml"
kept = [
    line for line in settings.read_text("utf-8").splitlines() if not line.startswith("chapitres")
]
names = re.findall(r"chantiers|07_perspectives", chapters)  # the two that the recipes write in
settings.write_text("\n".join([*kept, f"chapitres: [{', '.join(names)}]"]) + "\n", "utf-8")
