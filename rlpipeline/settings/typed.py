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
        yield from _texts_of_model(value)
    elif origin is Annotated:
        if UNPRINTED not in inside[1:]:
            yield from texts_in(value, inside[0])
    elif origin in (Union, UnionType):
        yield from texts_in(value, next(filter(_is_plain, inside), None))
    elif isinstance(value, Mapping | tuple):
        for item, of_item in _items(value, inside):
            yield from texts_in(item, of_item)
    elif isinstance(value, str) and origin is not Literal:
        yield value


def _texts_of_model(value: BaseModel) -> Iterator[str]:
    """Give each text of a model, field by field."""
    hints = get_type_hints(type(value), include_extras=True)
    for name in type(value).model_fields:
        yield from texts_in(getattr(value, name), hints[name])


def _items(
    value: Mapping[Any, Any] | tuple[Any, ...], inside: tuple[Any, ...]
) -> Iterator[tuple[object, Any]]:
    """Give what a mapping or a tuple holds, each with its type where the model declares it."""
    if isinstance(value, Mapping):
        for pair in value.items():
            yield from zip(pair, inside or (None, None), strict=True)
        return
    kinds = inside if Ellipsis not in inside else repeat(inside[0])
    yield from zip(value, kinds or repeat(None), strict=False)


def _is_plain(kind: Any) -> bool:
    """Whether a type among several is that of a value that is neither None nor a model."""
    return kind is not NoneType and not (isinstance(kind, type) and issubclass(kind, BaseModel))
