"""The sections written by the service, and what the settings and the records say of it, ready to be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

import pandas as pd

from rlpipeline.checks.forms import typed_numbers
from rlpipeline.display import french, markup, text
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.layout import MOST_COMMUNES, names
from rlpipeline.display.shown import FILE_MIME, TEXT_MIME, Shown
from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE
from rlpipeline.settings.models import Service, Settings

FOLD = "Lire le texte"
FOLDED_TEXTS = frozenset({"accueil", "cadre_legislatif", "missions", "moyens", "publics"})
"""Texts that hardly change from one year to the next."""
_BOUND = re.compile(r"<span[^>]*>[^<]*</span>")


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
