"""What a fragment may hold: records and texts are data, so everything outside the list is taken away."""

from __future__ import annotations

import re

import nh3

from rlpipeline.characters import in_reading_order
from rlpipeline.pictures import SHAPED, SHAPES, WRITTEN, bare_address, svg_value

# fmt: off
TAGS = frozenset({
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "details",
    "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
    "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
})
DRAWN = SHAPES | WRITTEN
"""Elements of a drawing, and no others: nh3 keeps apart what stands in a drawing and what stands around it."""
ATTRIBUTES = {
    "*": {"class", "lang", "role", "aria-label", "aria-hidden"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "div": {"tabindex", "data-texte", "data-tus", "data-fiche"},
    "figure": {"data-graphique", "data-territoire", "data-annee"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "p": {"aria-level"},
    "span": {
        "data-ref", "data-territoire", "data-annee", "data-fonction", "data-sur", "data-depuis", "data-forme",
        "data-decimales", "data-accord", "data-nombre", "data-decalage", "data-pluriel", "data-sinon",
        "data-comparable", "data-environ", "data-hausse", "data-baisse", "data-raison",
    },
    "table": {"data-tableau", "data-territoire", "data-annee"},
    "td": {"colspan", "rowspan", "data-ligne", "data-colonne", "data-annee"},
    "th": {"colspan", "rowspan", "scope", "data-colonne", "data-annee"},
    "tbody": {"data-territoire"},
    "tr": {"data-ligne", "data-colonne"},
    **dict.fromkeys(DRAWN, SHAPED),
}
CLASSES = frozenset({
    "arrondi", "corps", "famille", "masque", "nc", "note", "num", "partiel", "sous-total", "texte", "total", "vide",
    "zero", "dataframe",
})
# fmt: on
NUMBER = re.compile(r"^\d{1,5}$")
FORMS = {
    "href": re.compile(r"^(https?://|mailto:|#)", re.IGNORECASE),
    "role": re.compile(r"^(region|group|note|heading)$"),
    "aria-level": re.compile(r"^[3-6]$"),
    "scope": re.compile(r"^(col|row)(group)?$"),
    "tabindex": re.compile(r"^0$"),
    "aria-hidden": re.compile(r"^true$"),
    "data-fiche": re.compile(r"^[a-z0-9_]+$"),
    "data-tus": re.compile(r"^[0-9 ]+$"),
    **dict.fromkeys(("width", "height", "colspan", "rowspan", "start"), NUMBER),
}


def clean(fragment: str) -> str:
    """The fragment with the allowed tags and attributes alone; no script, style, form, frame, id or request.

    Pictures are PNG or JPEG, bare of metadata, or drawings of shapes and words; no mark changes the order of reading.
    """
    cleaned = nh3.clean(
        fragment,
        tags=set(TAGS | DRAWN),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=_clean_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    return in_reading_order(cleaned)


def _clean_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Give what is kept of an attribute; None where it goes."""
    if attribute == "class":
        return " ".join(filter(_is_class, value.split())) or None
    if attribute == "src":
        return bare_address(value)
    if tag in DRAWN:
        return svg_value(attribute, value) or None
    form = FORMS.get(attribute)
    return value if form is None or form.match(value) else None


def _is_class(name: str) -> bool:
    return name.startswith("rl-") or name in CLASSES
