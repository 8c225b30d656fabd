"""The table of acronyms, ours and the service's: publication explains each of them at its first use from it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape

from rlpipeline.display import french, markup
from rlpipeline.settings import strict_yaml

CAPTION = "Sigles courants"
CLASS = "rl-sigles"
"""Of what holds the table, by which publication knows it."""


@cache
def usual() -> Mapping[str, str]:
    """Acronyms that every report explains."""
    return dict(strict_yaml.packaged("sigles.yml"))


def to_html(own: Mapping[str, str]) -> str:
    """Write the table, folded, in alphabetical order; the service's words replace ours.

    Parameters
    ----------
    own
        Acronyms of the settings with their words.
    """
    meanings = {**usual(), **own}
    rows = "".join(_row(name, meanings[name]) for name in sorted(meanings, key=str.casefold))
    table = (
        f'<div class="rl-table-wrap" tabindex="0" role="region" aria-label="{CAPTION}">'
        f'<table class="rl-table"><caption>{CAPTION}</caption><thead><tr><th scope="col">Sigle</th>'
        f'<th scope="col">Signification</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )
    return markup.folded("Sigles", table, CLASS)


def _row(name: str, words: str) -> str:
    meaning = french.spaced(escape(words, quote=False))
    return f'<tr><th scope="row">{escape(name, quote=False)}</th><td>{meaning}</td></tr>'
