"""What JupyterLab saves of a chapter: its cells, never what they showed."""

from __future__ import annotations

from typing import Any

CHAPTERS = "notebooks"
CELL_METADATA = frozenset({"tags", "alt", "slideshow"})
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "lang": "fr",
    "language_info": {"name": "python"},
}


def without_outputs(model: dict[str, Any], path: str, **_: Any) -> None:
    """Strip, in place as the hook wants it, a chapter about to be saved; the screen keeps its outputs.

    Outputs are figures about young people, and would be in version control; what else is stripped changes at each save
    or from a machine to another.
    """
    if model.get("type") != "notebook" or path.strip("/").partition("/")[0] != CHAPTERS or not model.get("content"):
        return
    content = model["content"]
    content["metadata"] = METADATA
    for cell in content["cells"]:
        cell["metadata"] = {name: cell["metadata"][name] for name in cell["metadata"] if name in CELL_METADATA}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
