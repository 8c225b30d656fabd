"""The poster of a commune on paper: that which its portrait holds, on a sheet alone or before the portrait's pages."""

from __future__ import annotations

import re
from pathlib import Path

HOLDER = re.compile(r'<details class="rl-affiche">\s*<summary>[^<]*</summary>(?P<poster>.*?)</details>', re.DOTALL)
LOGO = re.compile(r'<img class="couverture-logo"[^>]*>')
MARK = re.compile(r'<aside class="mention"[^>]*>(?P<words>[^<]*)</aside>')
TITLE = re.compile(r"(?<=<title>)[^<]*(?=</title>)")
EDITION = re.compile(r"^Édition (interne|à diffuser)[^·]*?(?=$| ·)")
IN_PUBLIC = {
    "interne": "Réservée au service : ne pas afficher en public",
    "à diffuser": "Source : rapport d’activité du service",
}
"""What a sheet on a wall says for the mark of its edition."""
DRAFT = 'class="couverture-brouillon"'
NAME = re.compile(r'<p class="rl-affiche-titre">([^<]*)</p>')


def poster_name(page: Path) -> Path:
    """Name of the sheet that goes with a portrait, without its suffix: « communes/62215-affiche »."""
    return page.with_name(f"{page.name.partition('-')[0]}-affiche")


def has_poster(page: str) -> bool:
    """Whether a page holds a poster."""
    return HOLDER.search(page) is not None


def poster_alone(page: str) -> str:
    """The poster of a page as a page of its own, which has the head of the other."""
    head = page.partition("<body>")[0]
    name = NAME.search(page)
    named = TITLE.sub(lambda title: f"Affiche\u00a0: {name[1] if name else title[0]}", head, count=1)
    sheet = NAME.sub(r'<h1 class="rl-affiche-titre">\1</h1>', _sheet(page))
    return f"{named}<body>\n{sheet}</body>\n</html>\n"


def poster_first(page: str) -> str:
    """A page whose poster, where it holds one, stands before all else, on a sheet of its own."""
    if not has_poster(page):
        return page
    return HOLDER.sub("", page, count=1).replace("<body>", f"<body>\n{_sheet(page)}", 1)


def _sheet(page: str) -> str:
    """What is printed: the poster, with the service's logo and what every page says of its readers."""
    holder, logo, mark = HOLDER.search(page), LOGO.search(page), MARK.search(page)
    poster = holder["poster"] if holder else ""
    words = EDITION.sub(lambda edition: IN_PUBLIC[edition[1]], mark["words"]) if mark else ""
    words = " · ".join(filter(None, (words, "Brouillon, non validé" if DRAFT in page else "")))
    said = f'<p class="rl-affiche-mention">{words}</p>' if words else ""
    return f'<section class="rl-affiche-feuille">{logo[0] if logo else ""}{poster}{said}</section>\n'
