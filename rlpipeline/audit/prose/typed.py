"""What was typed by hand in the finished pages: findings, once each, and marks around the words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from rlpipeline.audit.findings import Finding
from rlpipeline.audit.prose.references import EvolutionOf
from rlpipeline.audit.prose.scan import Contradicted, NamesOf, PageScan, Unbound, Unverifiable, scan_page
from rlpipeline.published.markup import unmarked
from rlpipeline.published.model import Place

_OPENING = '<mark class="rl-non-lie"'
_CLOSING = "</mark>"
Typed = Unbound | Contradicted | Unverifiable
Scans = Mapping[str, PageScan]
"""The scan of every page, by its path in the publication."""
NUMBER, TREND = "chiffre_non_lie", "tendance_contredite"


def highlight(page: str, findings: Iterable[Unbound | Contradicted]) -> str:
    """Wrap each finding of a page, as scanned, in a mark that says what is wrong; nothing else of it changes.

    What a mark already holds is left as it is: done twice, it changes nothing more. A number inside a contradicted
    trend is marked with it, once.
    """
    edits: list[tuple[int, int, str, bool]] = []
    for finding in sorted(findings, key=lambda each: (isinstance(each, Unbound), each.places)):
        if not any(_is_marked(page, edits, place) for place in finding.places):
            edits.extend((*place, _hint(finding), place == finding.places[-1]) for place in finding.places)
    parts: list[str] = []
    done = 0
    for start, end, hint, last in sorted(edits):
        spoken = f'<span class="rl-sr"> ({escape(hint)})</span>' if last else ""
        parts += [page[done:start], f'{_OPENING} title="{escape(hint)}">', page[start:end], spoken, _CLOSING]
        done = end
    return "".join([*parts, page[done:]])


def _is_marked(page: str, edits: list[tuple[int, int, str, bool]], place: tuple[int, int]) -> bool:
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


def counts_of(scans: Scans) -> Mapping[str, int]:
    """Numbers and trends read."""
    numbers = sum(scan.numbers + scan.bound + scan.typed for scan in scans.values())
    trends = sum(scan.confirmed + len(scan.contradicted) + len(scan.unverifiable) for scan in scans.values())
    return {NUMBER: numbers, TREND: trends}


def scan_pages(
    directory: Path, pages: Sequence[str], evolution_of: EvolutionOf | None, names_of: NamesOf | None = None
) -> Scans:
    """Scan the pages as they were before they were marked."""
    sources = ((name, unmarked((directory / name).read_text(encoding="utf-8"))) for name in pages)
    return {name: scan_page(source, evolution_of, names_of) for name, source in sources}


def typed_findings(scans: Scans, validated: bool) -> Iterator[Finding]:
    """Tell what was typed by hand, which blocks where the report is validated."""
    by_key: dict[str, list[tuple[str, Typed]]] = {}
    for page, scan in scans.items():
        every: tuple[Typed, ...] = (*scan.unbound, *scan.contradicted, *scan.unverifiable)
        for one in every:
            by_key.setdefault(_key(page, one), []).append((page, one))
    for key, places in by_key.items():
        yield _finding(key, places, validated)


def highlight_pages(directory: Path, scans: Scans, standing: frozenset[str]) -> None:
    """Show in the pages what was typed by hand and stands, by the keys of the findings."""
    for page, scan in scans.items():
        every: tuple[Unbound | Contradicted, ...] = (*scan.unbound, *scan.contradicted)
        shown = [one for one in every if _key(page, one) in standing]
        if shown:
            path = directory / page
            source = unmarked(path.read_text(encoding="utf-8"))
            path.write_text(highlight(source, shown), encoding="utf-8", newline="\n")


def _key(page: str, typed: Typed) -> str:
    """The text, the words, and a digest of the sentence: the same on every page that shows the text."""
    check = NUMBER if isinstance(typed, Unbound) else TREND
    where = typed.texte or f"{page}#{typed.chapitre}"
    digest = hashlib.sha256(typed.sentence.encode("utf-8")).hexdigest()[:8]
    return f"{check}:{where}/{'_'.join(typed.words.split())}/{digest}"


def _finding(key: str, places: list[tuple[str, Typed]], validated: bool) -> Finding:
    page, typed = places[0]
    others = len({name for name, _ in places}) - 1
    also = f" (et sur {others} autre{'s' if others > 1 else ''} page{'s' if others > 1 else ''})" if others else ""
    text = f"texte « {typed.texte} »" if typed.texte else f"chapitre « {typed.chapitre} »"
    place = Place(page, f"{text}{also} : « {typed.sentence} »")
    message, against = _message(typed)
    blocking = validated and not isinstance(typed, Unverifiable)
    return Finding(key.partition(":")[0], message, place, typed.words, None, against, blocking, key)


def _message(typed: Typed) -> tuple[str, str]:
    if isinstance(typed, Unbound):
        message = "Un nombre est écrit à la main : le lier à son chiffre, ou l'écrire avec fixe(…) et sa raison."
        return message, "un chiffre lié"
    if isinstance(typed, Contradicted):
        return (
            "Ce que dit une phrase est contredit par le chiffre qu'elle cite.",
            f"{DIRECTION_WORDS[typed.shown]} ({typed.figure})",
        )
    return (
        f"Un mot de tendance est écrit à la main et rien ne le confirme : {typed.reason}.",
        "un chiffre lié qui le confirme",
    )
