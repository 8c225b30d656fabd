"""The sections written by the service, and the words of the report itself, ready to be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rlpipeline.checks.forms import typed_numbers
from rlpipeline.display import french, markup, text
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.shown import TEXT_MIME, Shown
from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE

FOLD = "Lire le texte"
FOLDED_TEXTS = frozenset({"accueil", "cadre_legislatif", "missions", "moyens", "publics"})
"""Texts that hardly change from one year to the next."""
_BOUND = re.compile(r"<span[^>]*>[^<]*</span>")


def section(laid: LaidOut, name: str) -> Shown | None:
    """Show a section: in a commune's portrait, the text ``<name>-<INSEE>``; the others are the report's.

    One that is still to be written is said so, but not in the edition to share.
    """
    scope = laid.scope
    if not scope.is_service:
        own = f"{name}-{scope.territory}"
        shown = written(laid, own, scope.territory)
        return shown and _to_read_again(shown, laid.settings.former_year(own))
    shown = written(laid, name, SERVICE)
    if shown is None:
        return None if laid.settings.edition == "diffusion" else _to_write(name)
    if name in FOLDED_TEXTS:
        shown = replace(shown, html=markup.folded(FOLD, shown.html), plain=f"{FOLD}\n{shown.plain}")
    return _to_read_again(shown, laid.settings.former_year(name))


def written(laid: LaidOut, name: str, territory: str) -> Shown | None:
    """Show a text about a territory, its figures filled in; None where there is none."""
    source = laid.settings.text(name)
    if source is None:
        return None
    html, silent = text.with_silences(source, laid.settings.text_path(name), laid.prose(territory))
    return words(name, html, silent)


def message(laid: LaidOut, source: str) -> str:
    """Write the sentence that stands above a chart; empty where a figure of it is not known.

    Raises
    ------
    UsageError
        A figure is typed; which numbers are figures, the audit of prose says too.
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
    bundle = {"name": name, "etat": "ok"}
    notice = markup.attributes(texte=name, tus=" ".join(map(str, silent)))
    return Shown(f'<div class="rl-text"{notice}>{html}</div>', text.without_tags(html), TEXT_MIME, bundle)


def _to_read_again(shown: Shown, year: int | None) -> Shown:
    """Say above a text that it was written for a former report."""
    if year is None:
        return shown
    notice = f"texte de {year}, à relire"
    return replace(shown, html=f'<p class="rl-a-rediger">{notice}</p>{shown.html}', plain=f"{notice}\n{shown.plain}")


def _to_write(name: str) -> Shown:
    notice = f"texte à rédiger : {name}"
    bundle = {"name": name, "etat": "a_rediger"}
    return Shown(f'<p class="rl-a-rediger">{notice}</p>', notice, TEXT_MIME, bundle)
