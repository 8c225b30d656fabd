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
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=\w|«|$)")
_BEFORE_MARK, _AFTER_MARK = re.compile(r" (?=[:;?!»%€](?:\W|$))"), re.compile(r"(?<=«) ")


@cache
def page_environment(directory: Path, *, typeset: bool = False) -> Environment:
    """Give what renders the templates of a folder and ours; a name that is not given is an error.

    ``typeset``: whether words put in them are written as a French printer does.
    """
    environment = Environment(
        loader=FileSystemLoader([directory, SHARED]),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_typeset if typeset else None,
    )
    environment.filters["attributes"] = _written_attributes
    return environment


def rendered(template: str, **values: object) -> str:
    """Write a part of a page from its template."""
    return page_environment(SHARED).get_template(template).render(**values)


def attributes(**values: object) -> str:
    """Write ``data-…`` attributes, a space before each; those without a value are left out."""
    return "".join(
        f' data-{name}="{escape(str(value))}"'
        for name, value in values.items()
        if value not in (None, "")
    )


def _written_attributes(values: Mapping[str, object]) -> Markup:
    return Markup(attributes(**values))


def _typeset(value: object) -> object:
    return typographic(value) if type(value) is str else value


def typographic(words: str) -> str:
    """Write the apostrophes and the no-break spaces of words as a French printer does."""
    curved = _APOSTROPHE.sub("’", words)
    return _AFTER_MARK.sub("\u00a0", _BEFORE_MARK.sub("\u00a0", curved))
