"""What a fragment may hold: records and texts are data, so everything outside the list is taken away."""

from __future__ import annotations

import re

import nh3

# fmt: off
TAGS = frozenset({
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "details",
    "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
    "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
})
# fmt: on
ATTRIBUTES = {
    "*": {"class", "lang", "role", "aria-label", "aria-hidden"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "div": {"tabindex", "data-texte"},
    "figure": {"data-graphique", "data-territoire", "data-annee"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "span": {
        "data-ref",
        "data-territoire",
        "data-annee",
        "data-fonction",
        "data-sur",
        "data-depuis",
        "data-forme",
        "data-decimales",
        "data-accord",
        "data-nombre",
        "data-decalage",
        "data-raison",
    },
    "table": {"data-tableau", "data-territoire", "data-annee"},
    "td": {"colspan", "rowspan", "data-ligne", "data-colonne"},
    "th": {"colspan", "rowspan", "scope", "data-colonne"},
    "tr": {"data-ligne"},
}
# fmt: off
CLASSES = frozenset({
    "corps", "famille", "masque", "nc", "note", "num", "partiel", "sous-total", "texte", "total", "vide",
    "zero", "dataframe",
})
# fmt: on
NUMBER = re.compile(r"^\d{1,5}$")
FORMS = {
    "src": re.compile(r"^data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]+$"),
    "href": re.compile(r"^(https?://|mailto:|#)", re.IGNORECASE),
    "role": re.compile(r"^(region|group|note)$"),
    "scope": re.compile(r"^(col|row)(group)?$"),
    "tabindex": re.compile(r"^0$"),
    "aria-hidden": re.compile(r"^true$"),
    **dict.fromkeys(("width", "height", "colspan", "rowspan", "start"), NUMBER),
}


def clean(fragment: str) -> str:
    """The fragment with the allowed tags and attributes alone; no script, style, form, frame, id or request."""
    return nh3.clean(
        fragment,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """The value that stays, None where the attribute goes."""
    if attribute == "class":
        return " ".join(name for name in value.split() if name.startswith("rl-") or name in CLASSES) or None
    form = FORMS.get(attribute)
    return value if form is None or form.match(value) else None
