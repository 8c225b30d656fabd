"""What a chapter of the service's own shows: some figures of the tables, chosen, and a picture drawn from them."""

from __future__ import annotations

import base64
import io
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from rlpipeline.display import cells, text
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.errors import UsageError
from rlpipeline.figures import TableData

KEY = ("indicateur", "annee", "territoire", "ligne", "colonne")
NEEDED = (*KEY, "libelle_ligne", "libelle_colonne", "valeur", "etat")
COLUMNS = [
    "indicateur", "annee", "territoire", "ligne", "libelle_ligne", "colonne", "libelle_colonne", "valeur", "unite",
    "etat",
]  # fmt: skip
SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&:])")


def lines(data: TableData) -> pd.DataFrame:
    """Give the figures of a table with the words of their line and column: one row per figure, in display order."""
    rows = {row.code: row.label for row in data.rows}
    columns = {column.code: column.label for column in data.columns}
    figures = data.figures
    words = {"libelle_ligne": figures["ligne"].map(rows), "libelle_colonne": figures["colonne"].map(columns)}
    return figures.assign(**words)[COLUMNS]


def extract(laid: LaidOut, data: pd.DataFrame, title: str) -> str:
    """Write chosen lines as a table whose every number is an expression: the report itself fills it in.

    Raises UsageError: they are not lines of ``report.indicator`` of the year: a column is missing, there is no line, or
    one is of another year.
    """
    year = laid.scope.year
    missing = [name for name in NEEDED if name not in data.columns]
    if missing or data.empty or set(data["annee"]) != {year}:
        raise UsageError(
            "Ce ne sont pas des lignes de report.indicator.",
            expected=f"une ou plusieurs lignes de {year}, choisies sans enlever de colonne",
            got=f"sans la colonne {missing[0]}" if missing else "aucune ligne" if data.empty else "une autre année",
            todo="choisir les lignes avec .query(…), et laisser les colonnes telles quelles",
        )
    columns = data.drop_duplicates("colonne")[["colonne", "libelle_colonne"]].itertuples(index=False)
    named = {str(code): str(label) for code, label in columns}
    several = data["territoire"].nunique() > 1
    head = _line(["", *map(_words, named.values())])
    table = [f"**{_words(title)}**", "", head, _line(["---", *["---:"] * len(named)])]
    for (_, territory, _), group in data.groupby(["indicateur", "territoire", "ligne"], sort=False):
        place = f" – {laid.place(str(territory)) or 'ensemble du service'}" if several else ""
        numbers = {str(row["colonne"]): _expression(row) for _, row in group.iterrows()}
        label = _words(f"{group['libelle_ligne'].iloc[0]}{place}")
        table.append(_line([label, *(numbers.get(code, "") for code in named)]))
    return text.to_html("\n".join(table) + "\n", Path("report.extract"), laid.prose())


def picture_html(laid: LaidOut, picture: Figure, data: pd.DataFrame, title: str) -> str:
    """Write a picture above the lines that it was drawn from; no picture where none has a value.

    Raises UsageError: as :func:`extract`; or a value is not the report's: the picture would say something else.
    """
    table = extract(laid, data, title)
    places = data[["indicateur", "territoire"]].drop_duplicates().itertuples(index=False)
    counted = [laid.source.table(id, replace(laid.scope, territory=place)).figures for id, place in places]
    merged = data.merge(pd.concat(counted, ignore_index=True), on=list(KEY), how="left", suffixes=("", "_du_rapport"))
    both_unknown = merged["valeur"].isna() & merged["valeur_du_rapport"].isna() & merged["etat_du_rapport"].notna()
    same = (merged["valeur"] == merged["valeur_du_rapport"]) | both_unknown
    if not same.all():
        wrong = merged[~same].iloc[0]
        raise UsageError(
            "Une valeur du graphique n'est pas celle du rapport.",
            where=f"{wrong['indicateur']}, ligne {wrong['ligne']}, colonne {wrong['colonne']}",
            todo="dessiner à partir de report.indicator, sans changer la colonne valeur",
        )
    stream = io.BytesIO()
    picture.savefig(stream, format="png", dpi=100, bbox_inches="tight", metadata={"Software": None})
    plt.close(picture)  # shown by us, it must not be shown a second time at the end of the cell
    if not data["valeur"].notna().any():
        return f"<p>Pas de graphique : aucune de ces valeurs n'est donnée.</p>{table}"
    words, drawn = escape(title), base64.b64encode(stream.getvalue()).decode("ascii")
    remark = " Les valeurs qui ne sont pas données ne sont pas dessinées." if data["valeur"].isna().any() else ""
    return (
        f'<figure class="rl-figure"><img src="data:image/png;base64,{drawn}" alt="{words} (chiffres ci-dessous)">'
        f"<figcaption>{words}.{remark}</figcaption>"
        f"<details><summary>Données du graphique{cells.hidden(f' : {title}')}</summary>{table}</details></figure>"
    )


def name_of(title: str) -> str:
    """Give the name under which publication knows what is shown: the title in plain letters."""
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return "extrait_" + "_".join(re.findall(r"[a-z0-9]+", plain))


def _expression(row: pd.Series) -> str:
    names = ("indicateur", "ligne", "colonne", "territoire")
    arguments = ", ".join(json.dumps(str(row[name]), ensure_ascii=False) for name in names)
    unknown = json.dumps(cells.SHORT.get(str(row["etat"]), "nc"))
    return f"{{{{ chiffre({arguments}, sinon={unknown}) }}}}".replace("|", "\\|")


def _words(text: str) -> str:
    return SPECIAL.sub(lambda match: f"&#{ord(match[1])};", " ".join(text.split()))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
