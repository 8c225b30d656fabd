"""What a chapter of the service's own shows: some figures of the tables, chosen, and a picture drawn from them."""

from __future__ import annotations

import base64
import io
import json
import re
import unicodedata
from collections.abc import Mapping
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


def check_lines(data: pd.DataFrame, year: int) -> None:
    """Refuse anything but lines of ``report.indicator``, of the year of the report.

    Raises
    ------
    UsageError
        A column is missing, there is no line, or a line is of another year.
    """
    missing = [name for name in NEEDED if name not in data.columns]
    if missing or data.empty or set(data["annee"]) != {year}:
        raise UsageError(
            "Ce ne sont pas des lignes de report.indicator.",
            expected=f"une ou plusieurs lignes de {year}, choisies sans enlever de colonne",
            got=f"sans la colonne {missing[0]}" if missing else "aucune ligne" if data.empty else "une autre année",
            todo="choisir les lignes avec .query(…), et laisser les colonnes telles quelles",
        )


def check_values(data: pd.DataFrame, counted: pd.DataFrame) -> None:
    """Refuse values that are not those of the report: a picture drawn from them would say something else.

    Parameters
    ----------
    known
        The same lines as the report has them.

    Raises
    ------
    UsageError
        A line is not in the report, or has another value there.
    """
    merged = data.merge(counted, on=list(KEY), how="left", suffixes=("", "_du_rapport"))
    same = (merged["valeur"] == merged["valeur_du_rapport"]) | (
        merged["valeur"].isna() & merged["valeur_du_rapport"].isna() & merged["etat_du_rapport"].notna()
    )
    if not same.all():
        wrong = merged[~same].iloc[0]
        raise UsageError(
            "Une valeur du graphique n'est pas celle du rapport.",
            where=f"{wrong['indicateur']}, ligne {wrong['ligne']}, colonne {wrong['colonne']}",
            todo="dessiner à partir de report.indicator, sans changer la colonne valeur",
        )


def extract(laid: LaidOut, data: pd.DataFrame, title: str) -> str:
    """Write chosen lines as a table that the report fills in. Raises as ``check_lines``."""
    check_lines(data, laid.scope.year)
    places = {place: laid.place(place) or "ensemble du service" for place in set(data["territoire"])}
    return text.to_html(to_markdown(data, title, places), Path("report.extract"), laid.prose())


def picture_html(laid: LaidOut, picture: Figure, data: pd.DataFrame, title: str) -> str:
    """Write a picture above the lines that it was drawn from. Raises as ``check_lines`` and ``check_values``."""
    table = extract(laid, data, title)
    places = data[["indicateur", "territoire"]].drop_duplicates().itertuples(index=False)
    counted = [laid.source.table(id, replace(laid.scope, territory=place)).figures for id, place in places]
    check_values(data, pd.concat(counted, ignore_index=True))
    return _with_words(picture, title, data, table)


def to_markdown(data: pd.DataFrame, title: str, places: Mapping[str, str]) -> str:
    """Write the lines as a table whose every number is an expression: the report itself fills it in.

    Parameters
    ----------
    places
        Names of the territories by code.
    """
    columns = data.drop_duplicates("colonne")[["colonne", "libelle_colonne"]].itertuples(index=False)
    named = {str(code): str(label) for code, label in columns}
    several = data["territoire"].nunique() > 1
    head = ["", *(_words(label) for label in named.values())]
    lines = [f"**{_words(title)}**", "", _line(head), _line(["---", *["---:"] * len(named)])]
    for (_, territory, _), group in data.groupby(["indicateur", "territoire", "ligne"], sort=False):
        place = f" – {places.get(str(territory), str(territory))}" if several else ""
        numbers = {str(row["colonne"]): _expression(row) for _, row in group.iterrows()}
        label = _words(f"{group['libelle_ligne'].iloc[0]}{place}")
        lines.append(_line([label, *(numbers.get(code, "") for code in named)]))
    return "\n".join(lines) + "\n"


def _with_words(picture: Figure, title: str, data: pd.DataFrame, table: str) -> str:
    """Write the picture with its words, and under it the figures that it was drawn from; no picture without any."""
    drawn = _png(picture)
    if not data["valeur"].notna().any():
        return f"<p>Pas de graphique : aucune de ces valeurs n'est donnée.</p>{table}"
    words = escape(title)
    remark = " Les valeurs qui ne sont pas données ne sont pas dessinées." if data["valeur"].isna().any() else ""
    return (
        f'<figure class="rl-figure"><img src="data:image/png;base64,{drawn}" alt="{words} (chiffres ci-dessous)">'
        f"<figcaption>{words}.{remark}</figcaption>"
        f"<details><summary>Données du graphique{cells.hidden(f' : {title}')}</summary>{table}</details></figure>"
    )


def _png(picture: Figure) -> str:
    stream = io.BytesIO()
    picture.savefig(stream, format="png", dpi=100, bbox_inches="tight", metadata={"Software": None})
    plt.close(picture)  # shown by us, it must not be shown a second time at the end of the cell
    return base64.b64encode(stream.getvalue()).decode("ascii")


def name_of(title: str) -> str:
    """Give the name under which publication knows what is shown: the title in plain letters."""
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return "extrait_" + "_".join(re.findall(r"[a-z0-9]+", plain))


def _expression(row: pd.Series) -> str:
    names = ("indicateur", "ligne", "colonne", "territoire")
    arguments = ", ".join(json.dumps(str(row[name]), ensure_ascii=False) for name in names)
    return f"{{{{ chiffre({arguments}, sinon={json.dumps(_unknown(row))}) }}}}".replace("|", "\\|")


def _unknown(row: pd.Series) -> str:
    return {"masque": "masqué", "vide": "–"}.get(str(row["etat"]), "nc")


def _words(text: str) -> str:
    """Words that are no markup and no expression, whatever they hold."""
    return SPECIAL.sub(lambda match: f"&#{ord(match[1])};", " ".join(text.split()))


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
