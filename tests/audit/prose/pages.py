"""Pages as the pipeline publishes them, made of the sentences of the tables."""

from __future__ import annotations

import html
import re

BOUND = re.compile(r"\[\[(.*?)\]\]")
TYPED = re.compile(r"\(\((.*?)\)\)")


def prose(sentence: str, texte: str = "accompagnes") -> str:
    """One paragraph of a text: [[words]] is a bound figure, ((words)) a value typed with its reason."""
    written = html.escape(sentence, quote=False)
    order = iter(range(len(written)))
    written = BOUND.sub(
        lambda found: (
            f'<span class="rl-chiffre" data-ref="t/l{next(order)}/c" data-fonction="{_function(found[1])}"'
            f' data-annee="2023" data-territoire="service">{found[1]}</span>'
        ),
        written,
    )
    written = TYPED.sub(r'<span class="rl-fixe" data-raison="une raison">\1</span>', written)
    return f'<div class="rl-text" data-texte="{texte}"><p>{written}</p>\n</div>'


def _function(words: str) -> str:
    if re.fullmatch(r"en hausse|en baisse|stable", words):
        return "tendance"
    if words[0] in "+−":
        return "evolution"
    return "part" if words.endswith("%") else "chiffre"
