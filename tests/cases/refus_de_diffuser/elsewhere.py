"""The chapter opens the records by their place, which it is not given."""

from pathlib import Path

import nbformat

path = Path("notebooks/20_montre.ipynb")
notebook = nbformat.read(path, as_version=4)
source = (
    f'open_report("{Path.cwd()}/source", params, year, commune, "interne").table("problematiques")'
)
notebook.cells = [*notebook.cells[:3], nbformat.v4.new_code_cell(source, id="ailleurs")]
nbformat.write(notebook, path)
