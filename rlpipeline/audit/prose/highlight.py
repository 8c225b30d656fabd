"""Shows on a page what was typed by hand: each finding wrapped in ``<mark class="rl-non-lie">``."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from rlpipeline.audit.prose.scan import Contradicted, Unbound

_OPENING = '<mark class="rl-non-lie"'
_CLOSING = "</mark>"


def highlight(page: str, findings: Iterable[Unbound | Contradicted]) -> str:
    """Wrap each finding of a page, as scanned, in a mark that says what is wrong; nothing else of it changes.

    What a mark already holds is left as it is: done twice, it changes nothing more. A number inside a contradicted
    trend is marked with it, once.
    """
    edits: list[tuple[int, int, str, bool]] = []
    for finding in sorted(findings, key=lambda each: (isinstance(each, Unbound), each.places)):
        if not any(_is_taken(page, edits, place) for place in finding.places):
            edits.extend((*place, _hint(finding), place == finding.places[-1]) for place in finding.places)
    parts: list[str] = []
    done = 0
    for start, end, hint, last in sorted(edits):
        spoken = f'<span class="rl-sr"> ({escape(hint)})</span>' if last else ""
        parts += [page[done:start], f'{_OPENING} title="{escape(hint)}">', page[start:end], spoken, _CLOSING]
        done = end
    return "".join([*parts, page[done:]])


def _is_taken(page: str, edits: list[tuple[int, int, str, bool]], place: tuple[int, int]) -> bool:
    start, end = place
    if any(start < to and since < end for since, to, _, _ in edits):
        return True
    return page.rfind(_OPENING, 0, start) > page.rfind(_CLOSING, 0, start)


def _hint(finding: Unbound | Contradicted) -> str:
    if isinstance(finding, Unbound):
        return "chiffre non lié"
    return f"contredit par « {finding.figure} », {DIRECTION_WORDS[finding.shown]}{_amount(finding)}"


DIRECTION_WORDS = {
    "hausse": "en hausse",
    "baisse": "en baisse",
    "stable": "stable",
    "ancien": "là l'année précédente déjà",
    "nouveau": "absent de l'année précédente",
}


def _amount(finding: Contradicted) -> str:
    if finding.evolution is None:
        return ""
    written = f"{finding.evolution:+.1f}".replace(".", ",").replace("-", "−")
    return f" ({written}\u00a0{finding.unit})"
