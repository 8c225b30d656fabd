"""Executed notebooks made by hand: what the real ones would carry, without a kernel."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from nbformat import v4

from rlpipeline.publication.figures import COLUMNS, Figures, Label, Table, figures_of

NO_LINKS = '{"variables": {}, "tableaux": [], "liens": []}'
"""A dictionary that declares nothing."""
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def markdown(source: str, *tags: str) -> nbformat.NotebookNode:
    return v4.new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def shown(data: dict[str, Any], cell_id: str = "montre") -> nbformat.NotebookNode:
    output = v4.new_output("display_data", data={"text/plain": "objet", **data})
    return v4.new_code_cell(
        "report.table('x')  # CODE", id=cell_id, outputs=[output], execution_count=1
    )


def html(source: str) -> nbformat.NotebookNode:
    return shown({"text/html": source})


def bundle(
    table_id: str, values: dict[tuple[str, str], Any], territory: str = "service", **changes: Any
) -> dict[str, Any]:
    """A table; a value is a number, or a state, or (number, state), or a rounded number (25, "arrondi", 5)."""
    figures = [
        _figure(table_id, territory, line, column, value)
        for (line, column), value in values.items()
    ]
    lines = dict.fromkeys(line for line, _ in values)
    columns = dict.fromkeys(column for _, column in values)
    return {
        "id": table_id,
        "title": f"Table {table_id}",
        "definition": "Jeunes distincts.",
        "source": "Données du service",
        "unit": "jeunes",
        "territory": territory,
        "year": 2023,
        "rows": [{"code": line, "label": line.capitalize(), "kind": _kind(line)} for line in lines],
        "columns": [
            {"code": column, "label": column.capitalize(), "kind": _kind(column)}
            for column in columns
        ],
        "figures": figures,
        "texts": [],
        **changes,
    }


def table(content: dict[str, Any]) -> nbformat.NotebookNode:
    rows = "".join(
        f'<tr><th scope="row">{escape(figure["ligne"])}</th><td class="num">{figure["valeur"]}</td></tr>'
        for figure in content["figures"]
    )
    page = (
        '<div class="rl-table-wrap">'
        f'<table class="rl-table"><caption>{escape(content["title"])}</caption><thead><tr><td></td>'
        f'<th scope="col">Total</th></tr></thead><tbody>{rows}</tbody></table></div><p class="rl-note">Unité.</p>'
    )
    carried = {name: content[name] for name in ("id", "territory", "year")}
    return shown({"text/html": page, "application/vnd.rlpipeline.table+json": carried})


def figure(alt: str = "Les 15 à 18 ans sont les plus nombreux.") -> nbformat.NotebookNode:
    page = (
        f'<figure class="rl-figure"><img src="data:image/png;base64,{PNG}" alt="{escape(alt)}" width="1" height="1">'
        "<details><summary>Données du graphique"
        "</summary><table><thead><tr><td></td><th>Total</th></tr></thead><tbody><tr><th>15 à 18 ans</th>"
        "<td>39</td></tr></tbody></table></details>"
        "<figcaption>Accompagnés par âge. Source : service.</figcaption></figure>"
    )
    content = {"id": "accompagnes", "alt": alt, "figures": []}
    return shown({"text/html": page, "application/vnd.rlpipeline.figure+json": content})


def write(path: Path, *cells: nbformat.NotebookNode) -> Path:
    """Write an executed notebook whose cells have fixed ids."""
    for index, cell in enumerate(cells):
        cell["id"] = f"c{index}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel}), path)
    return path


def figures(*contents: dict[str, Any]) -> Figures:
    """The figures of tables made by ``bundle``, as they would be taken from a store."""
    tables, now, then = dict[str, Table](), list[dict[str, Any]](), list[dict[str, Any]]()
    for of in contents:
        words = [of[name] for name in ("id", "title", "definition", "source", "unit")]
        sides = (
            {label["code"]: Label(**label) for label in of[side]} for side in ("rows", "columns")
        )
        texts = {(text["ligne"], text["colonne"]): text["texte"] for text in of["texts"]}
        table = Table(
            *words, of.get("onglet", ""), bool(of.get("reserve")), *sides, {of["territory"]: texts}
        )
        tables.setdefault(of["id"], table).add(table)
        now += [{**row, "compare": "former" in of} for row in of["figures"]]
        then += [{**row, "annee": row["annee"] + 1} for row in of.get("former", ())]
    frames = _frame(now, compare="bool"), _frame(then, origine="str", rupture="str")
    return figures_of(*frames, tables, {"62637": "Oignies", "62215": "Carvin"})


def _frame(rows: list[dict[str, Any]], **more: str) -> pd.DataFrame:
    types = {
        **dict.fromkeys(COLUMNS, "str"),
        "annee": "int64",
        "valeur": "float64",
        "base": "int64",
        **more,
    }
    return pd.DataFrame([{"base": 0, **row} for row in rows], columns=[*types]).astype(types)


def _figure(table_id: str, territory: str, line: str, column: str, value: Any) -> dict[str, Any]:
    told = (
        value
        if isinstance(value, tuple)
        else (None, value)
        if isinstance(value, str)
        else (value, "ok")
    )
    number, state, *base = told
    key = {
        "indicateur": table_id,
        "annee": 2023,
        "territoire": territory,
        "ligne": line,
        "colonne": column,
    }
    return {
        **key,
        "valeur": number,
        "unite": "jeunes",
        "etat": state,
        **({"base": base[0]} if base else {}),
    }


def _kind(code: str) -> str:
    return "total" if code == "total" else "corps"
