"""The sections written by the service, and what the settings and the records say of it, ready to be shown."""

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

from rlpipeline.checks.forms import typed_numbers
from rlpipeline.display import cells, french, markup, text
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.layout import MOST_COMMUNES, names
from rlpipeline.display.markup import FILE_MIME, TEXT_MIME, Shown
from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE, TableData
from rlpipeline.settings.models import Service, Settings

FOLD = "Lire le texte"
FOLDED_TEXTS = frozenset({"accueil", "cadre_legislatif", "missions", "moyens", "publics"})
"""Texts that hardly change from one year to the next."""
_BOUND = re.compile(r"<span[^>]*>[^<]*</span>")
KEY = ("indicateur", "annee", "territoire", "ligne", "colonne")
NEEDED = (*KEY, "libelle_ligne", "libelle_colonne", "valeur", "etat")
COLUMNS = [
    "indicateur", "annee", "territoire", "ligne", "libelle_ligne", "colonne", "libelle_colonne", "valeur", "unite",
    "etat",
]  # fmt: skip
SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&:])")


def section(laid: LaidOut, name: str) -> Shown | None:
    """Show a section: in a commune's portrait, the text ``<name>-<INSEE>``; the others are the report's.

    One that is still to be written is said so, but not in the edition to share.
    """
    scope = laid.scope
    name = name if scope.is_service else f"{name}-{scope.territory}"
    shown = written(laid, name, scope.territory)
    if shown is None and scope.is_service and laid.settings.edition != "diffusion":
        return _notified(Shown("", "", TEXT_MIME, {"name": name, "etat": "a_rediger"}), f"texte à rédiger : {name}")
    if shown is None:
        return None
    if name in FOLDED_TEXTS:
        shown = replace(shown, html=markup.folded(FOLD, shown.html), plain=f"{FOLD}\n{shown.plain}")
    year = laid.settings.former_year(name)
    return shown if year is None else _notified(shown, f"texte de {year}, à relire")


def _notified(shown: Shown, notice: str) -> Shown:
    plain = f"{notice}\n{shown.plain}".strip()
    return replace(shown, html=f'<p class="rl-a-rediger">{notice}</p>{shown.html}', plain=plain)


def written(laid: LaidOut, name: str, territory: str) -> Shown | None:
    """Show a text about a territory, its figures filled in; None where there is none."""
    source = laid.settings.text(name)
    if source is None:
        return None
    html, silent = text.with_silences(source, laid.settings.text_path(name), laid.prose(territory))
    return words(name, html, silent)


def message(laid: LaidOut, source: str) -> str:
    """Write the sentence that stands above a chart; empty where a figure of it is not known.

    Raises UsageError: a figure is typed; which numbers are figures, the audit of prose says too.
    """
    html = text.to_html(source, Path("title"), laid.prose()).strip() if source else ""
    typed = [number.words for number in typed_numbers(text.without_tags(_BOUND.sub(text.MASK, html)))]
    if typed:
        raise UsageError(
            "Le titre d'un graphique contient un chiffre tapé.",
            where=f"report.figure(title={source!r})",
            got=french.listing(typed),
            expected="une expression, comme dans un texte",
            todo="écrire par exemple {{ chiffre('accompagnes', 'total', 'total') }}",
        )
    return re.sub(r"</?p>", "", html)


def words(name: str, html: str, silent: Sequence[int] = ()) -> Shown:
    """Show words as the report writes them; the page says which passages of a text were left out, by rank."""
    notice = markup.attributes(texte=name, tus=" ".join(map(str, silent)))
    plain = text.without_tags(html)
    return Shown(f'<div class="rl-text"{notice}>{html}</div>', plain, TEXT_MIME, {"name": name, "etat": "ok"})


def alerts(listed: pd.DataFrame) -> Shown:
    """Say how many follow-ups are to be looked at again; the bundle has the lines of ``alertes.csv``."""
    rows = listed.astype(object).where(listed.notna(), None).itertuples(index=False)
    lines = [[value.date().isoformat() if isinstance(value, pd.Timestamp) else value for value in row] for row in rows]
    html, plain = notice(len(listed))
    return Shown(html, plain, FILE_MIME, {"name": "alertes.csv", "columns": list(listed.columns), "rows": lines})


def notice(number: int) -> tuple[str, str]:
    """Say how many follow-ups are listed in ``alertes.csv``, in HTML and in plain text."""
    if number == 0:
        words = "Aucun suivi n'est à réexaminer."
        return f'<p class="rl-vide">{words}</p>', words
    listed = french.count(number, "suivi est à réexaminer", "suivis sont à réexaminer")
    words = f"{listed}{french.NBSP}; leur liste par éducateur est dans le fichier alertes.csv, réservé au service."
    return f'<p class="rl-note">{words}</p>', words


def identity(settings: Settings) -> str:
    """Write the service's name, territory and the status of the report as a list of terms."""
    service, report = settings.service, settings.report
    terms = {
        "Service": service.nom,
        "Département": service.departement_named,
        "Commune" if len(service.communes) == 1 else "Communes": names([commune.nom for commune in service.communes]),
        **({"Intercommunalité": service.epci.nom} if service.epci else {}),
        "Année du rapport": str(settings.year),
    }
    if report.donnees_arretees_au is not None:
        terms["Données arrêtées au"] = french.day(report.donnees_arretees_au)
    terms["Validation"] = "brouillon, à valider par le conseil d'administration avant transmission"
    if report.statut == "valide" and report.date_validation is not None:
        validated = french.day(report.date_validation)
        terms["Validation"] = f"rapport validé par le conseil d'administration avant transmission, le {validated}"
    pairs = "".join(f"<dt>{escape(term)}</dt><dd>{escape(said, quote=False)}</dd>" for term, said in terms.items())
    return f"<dl>{pairs}</dl>"


def territory(service: Service, territory: str) -> str:
    """List the communes of the territory, each with its priority neighbourhoods."""
    communes = [commune for commune in service.communes if territory in {SERVICE, commune.code}]
    items = ""
    for commune in communes:
        districts = [district.nom for district in service.qpv if district.commune == commune.code]
        label = "quartier prioritaire" if len(districts) == 1 else "quartiers prioritaires"
        unnamed = [name.casefold() for name in districts] == [label]  # a district without a name of its own
        named = label if unnamed else f"{label}{french.NBSP}: {french.listing(districts)}"
        said = f"Commune {french.of(commune.nom)}{f' ({named})' if districts else ''}"
        items += f"<li>{escape(said, quote=False)}</li>"
    listed = f"<ul>{items}</ul>"
    if len(communes) <= MOST_COMMUNES:
        return listed
    return f"<details><summary>{french.number(len(communes))} communes</summary>{listed}</details>"


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
