"""The texts of settings, found by walking their models: a setting added tomorrow is among them without being named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel


class Unprinted:
    """Marks, in ``Annotated``, a text that no page and no file shows: a path, a name that is looked up."""


UNPRINTED = Unprinted()


def texts_in(value: object, kind: Any = None) -> Iterator[str]:
    """Give each text of settings that a page may show, in order; neither choices that a type lists, nor ``UNPRINTED``.

    Parameters
    ----------
    kind
        Type of the value as its model declares it; a model says it by itself.
    """
    origin, inside = get_origin(kind), get_args(kind)
    if isinstance(value, BaseModel):
        hints = get_type_hints(type(value), include_extras=True)
        for name in type(value).model_fields:
            yield from texts_in(getattr(value, name), hints[name])
    elif origin is Annotated:
        if UNPRINTED not in inside[1:]:
            yield from texts_in(value, inside[0])
    elif origin in (Union, UnionType):
        yield from texts_in(value, next(filter(_is_plain, inside), None))
    elif isinstance(value, Mapping):
        of_key, of_value = inside or (None, None)
        for key, item in value.items():
            yield from texts_in(key, of_key)
            yield from texts_in(item, of_value)
    elif isinstance(value, tuple):
        kinds = inside if Ellipsis not in inside else repeat(inside[0])
        for item, of_item in zip(value, kinds or repeat(None), strict=False):
            yield from texts_in(item, of_item)
    elif isinstance(value, str) and origin is not Literal:
        yield value


def _is_plain(kind: Any) -> bool:
    """Whether a type among several is that of a value that is neither None nor a model."""
    return kind is not NoneType and not (isinstance(kind, type) and issubclass(kind, BaseModel))
