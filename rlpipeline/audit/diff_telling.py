"""A comparison of two publications, told in French or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rlpipeline.audit.diff_model import Change, Comparison, Side, Turn, Value, by_indicator

LISTED = 12
"""Figures told for each indicator; the others are counted."""
NARROW = "\u202f"
UNITS = {"presences": "présences", "seances": "séances", "problematiques_relevees": "problématiques relevées"}
STATES = {"nc": "nc", "vide": "–", "masque": "masqué"}


def render_text(comparison: Comparison, listed: int = LISTED) -> str:
    """Tell what changed, indicator by indicator.

    Parameters
    ----------
    listed
        Figures told for each indicator and kind of change; the rest is counted.
    """
    return "\n".join(_lines(comparison, listed)) + "\n"


def _lines(comparison: Comparison, listed: int) -> Iterator[str]:
    first, second = comparison.first, comparison.second
    yield f"De {_side(first)} à {_side(second)}"
    if comparison.same:
        yield f"Aucune différence : {_count(second.figures, 'chiffre')} de part et d'autre."
        return
    new, gone, alike = len(comparison.new), len(comparison.gone), comparison.unchanged
    yield (
        f"{_count(len(comparison.changed), 'chiffre')} changé{_s(len(comparison.changed))}, {new} nouveau{_x(new)}, "
        f"{gone} disparu{_s(gone)}, {alike} identique{_s(alike)} ; "
        f"{_count(len(comparison.turned), 'phrase')} de sens contraire ou nouveau."
    )
    for title, changes in (
        ("Changés", comparison.changed),
        ("Nouveaux", comparison.new),
        ("Disparus", comparison.gone),
    ):
        yield from _section(title, changes, listed)
    if comparison.turned:
        yield from ("", "Phrases dont le sens a changé")
        yield from (f"  {_turn(turn)}" for turn in comparison.turned)


def _section(title: str, changes: Sequence[Change], listed: int) -> Iterator[str]:
    if changes:
        yield from ("", title)
    for indicator, some in by_indicator(changes).items():
        yield f"  {indicator} ({len(some)})"
        yield from (f"    {_change(change)}" for change in some[:listed])
        if len(some) > listed:
            yield f"    … et {len(some) - listed} de plus (--json les donne tous)"


def _change(change: Change) -> str:
    key = change.key
    apart = ", un an avant" if key.recul == 1 else ""
    place = f"{key.territoire}, {key.ligne} × {key.colonne}{apart}"
    if change.before is None or change.after is None:
        return f"{place} : {_value(change.before or change.after)}"
    gap = change.difference
    told = f" ({'+' if gap > 0 else ''}{_number(gap)})" if gap else ""
    return f"{place} : {_value(change.before)} → {_value(change.after)}{told}"


def _turn(turn: Turn) -> str:
    return f"{turn.page}, texte « {turn.texte} », {turn.ref} ({turn.territoire}) : « {turn.before} » → « {turn.after} »"


def _value(value: Value | None) -> str:
    if value is None or value.valeur is None:
        return STATES.get(value.etat, value.etat) if value else ""
    partial = " (partiel)" if value.etat == "partiel" else ""
    return f"{_number(value.valeur)} {_unit(value)}{partial}"


def _unit(value: Value) -> str:
    """« 2 jeunes », « 1 jeune », « 0,5 heure »."""
    unit = UNITS.get(value.unite, value.unite)
    one = value.valeur is not None and abs(value.valeur) < 2
    return " ".join(word.removesuffix("s") for word in unit.split()) if one else unit


def _number(value: float) -> str:
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return text.replace(",", NARROW).replace(".", ",").replace("-", "−")


def _side(side: Side) -> str:
    return f"{side.year} ({side.directory})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{_s(number)}"


def _x(number: int) -> str:
    return "x" if number > 1 else ""


def _s(number: int) -> str:
    return "s" if number > 1 else ""


def render_json(comparison: Comparison) -> str:
    """Give everything that changed as JSON, figures by their key."""
    content = {
        "de": _side_json(comparison.first),
        "a": _side_json(comparison.second),
        "identiques": comparison.unchanged,
        "changes": [_change_json(change) for change in comparison.changed],
        "nouveaux": [_change_json(change) for change in comparison.new],
        "disparus": [_change_json(change) for change in comparison.gone],
        "phrases": [
            {
                "page": turn.page,
                "texte": turn.texte,
                "ref": turn.ref,
                "territoire": turn.territoire,
                "avant": turn.before,
                "apres": turn.after,
            }
            for turn in comparison.turned
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _side_json(side: Side) -> dict[str, Any]:
    return {"dossier": side.directory.as_posix(), "annee": side.year, "chiffres": side.figures}


def _change_json(change: Change) -> dict[str, Any]:
    sides = {"avant": _value_json(change.before), "apres": _value_json(change.after)}
    return {**change.key._asdict(), **sides, "ecart": change.difference}


def _value_json(value: Value | None) -> dict[str, Any] | None:
    return None if value is None else {"valeur": value.valeur, "unite": value.unite, "etat": value.etat}
