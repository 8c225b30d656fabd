"""How every page of ours is written from its template: strictly, with everything escaped, in French typography."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

SHARED = Path(__file__).parent / "templates"
"""What pages of several rooms are written with."""

ROLE = "Des éducateurs vont vers les jeunes, là où ils sont, et accompagnent, avec leur accord, ceux qui en ont besoin."
"""What prévention spécialisée is, for who never heard of it."""
SERVICE_ROLE = f"Service de prévention spécialisée (SPS) : {ROLE[0].lower()}{ROLE[1:]}"
_TAGS = re.compile(r"(<(style|script|pre|code)\b.*?</\2>|<[^>]*>)", re.DOTALL)
_SPOKEN = re.compile(r'(?<=\s)(?:alt|aria-label|title)="[^"]*"')
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])(?:'|&#0?39;|&#x27;)(?=\w|«|$)")
_BEFORE_MARK, _AFTER_MARK = re.compile(r" (?=[:;?!»%€](?:\W|$))"), re.compile(r"(?<=«) ")


@cache
def page_environment(directory: Path) -> Environment:
    """Give what renders the templates of a folder and ours; a name that is not given is an error."""
    environment = Environment(
        loader=FileSystemLoader([directory, SHARED]),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["attributes"] = _written_attributes
    return environment


def attributes(**values: object) -> str:
    """Write ``data-…`` attributes, a space before each; those without a value are left out."""
    return "".join(
        f' data-{name}="{escape(str(value))}"'
        for name, value in values.items()
        if value not in (None, "")
    )


def _written_attributes(values: Mapping[str, object]) -> Markup:
    return Markup(attributes(**values))


def typographic(html: str) -> str:
    """Write the apostrophes and the no-break spaces of a finished page as a French printer does, code apart."""
    pieces = _TAGS.split(html)
    for rank in range(0, len(pieces), 3):
        words = _APOSTROPHE.sub("’", pieces[rank])
        pieces[rank] = _AFTER_MARK.sub("\u00a0", _BEFORE_MARK.sub("\u00a0", words))
    for rank in range(1, len(pieces), 3):
        if pieces[rank + 1] is None:
            pieces[rank] = _SPOKEN.sub(lambda match: _APOSTROPHE.sub("’", match[0]), pieces[rank])
        pieces[rank + 1] = ""
    return "".join(pieces)
