"""Wider classes spelled out: the same class has the same code in every release, whatever its settings name it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from rlpipeline.attack.dictionary import spelled
from rlpipeline.attack.statements import Document, Key, Relation
from rlpipeline.published.links import Links

_Spell = Callable[[str, str, bool], str]


def spelled_out(document: Document, links: Links) -> Document:
    """Write the code of each wider class as the codes that it unites, joined by ``_ou_``."""
    if not document.dictionary.classes:
        return document
    spell = _spelling(document, links)
    return replace(
        document,
        figures=tuple(replace(one, key=_key(one.key, spell)) for one in document.figures),
        relations=tuple(_relation(one, spell) for one in document.relations),
        units={_key(key, spell): unit for key, unit in document.units.items()},
        labels={(name, _either(name, code, spell)): words for (name, code), words in document.labels.items()},
        families={
            spell("problematiques", family, True): tuple(spell("problematiques", code, True) for code in codes)
            for family, codes in document.families.items()
        },
    )


def names(documents: Sequence[Document], links: Links) -> Mapping[Key, Key]:
    """Give the published key of each figure that was spelled out; that of the latest release."""
    found: dict[Key, Key] = {}
    for document in documents:
        if document.dictionary.classes:
            spell = _spelling(document, links)
            found |= {_key(figure.key, spell): figure.key for figure in document.figures}
    return found


def _spelling(document: Document, links: Links) -> _Spell:
    @cache
    def spell(indicator: str, code: str, line: bool) -> str:
        return spelled(document.dictionary.classes, links, indicator, code, line=line)

    return spell


def _key(key: Key, spell: _Spell) -> Key:
    line, column = spell(key.indicateur, key.ligne, True), spell(key.indicateur, key.colonne, False)
    return key if (line, column) == key[3:] else key._replace(ligne=line, colonne=column)


def _relation(relation: Relation, spell: _Spell) -> Relation:
    return replace(relation, terms=tuple((_key(key, spell), factor) for key, factor in relation.terms))


def _either(indicator: str, code: str, spell: _Spell) -> str:
    own = spell(indicator, code, True)
    return spell(indicator, code, False) if own == code else own
