"""What the scan of a page says, as findings of the audit."""

from __future__ import annotations

import re

from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.prose.highlight import DIRECTION_WORDS
from rlpipeline.audit.prose.scan import Contradicted, PageScan, Unbound, Unverifiable


def prose_findings(scan: PageScan, file: str, *, blocking: bool) -> tuple[Finding, ...]:
    """Turn what was found on a page into findings: unbound numbers, then contradicted trends.

    Parameters
    ----------
    file
        Path of the page in the publication.
    blocking
        Whether the year is validated: in a draft, the page only shows them.
    """
    return (
        *(_unbound(found, file, blocking) for found in scan.unbound),
        *(_contradicted(found, file, blocking) for found in scan.contradicted),
    )


def where(found: Unbound | Contradicted | Unverifiable) -> str:
    """Place of a finding in its page, in French: « texte durees » or « chapitre cadre-d-intervention »."""
    return f"texte {found.texte}" if found.texte else f"chapitre {found.chapitre or 'sans titre'}"


def _unbound(found: Unbound, file: str, blocking: bool) -> Finding:
    message = (
        f"« {found.words} » n'est lié à aucun chiffre, dans « {found.sentence} » : écrire {{{{ chiffre(…) }}}}, ou "
        f'{{{{ fixe("{found.words}", "d\'où il vient") }}}}.'
    )
    key = _key("chiffre_non_lie", found)
    return Finding("chiffre_non_lie", message, Place(file, where(found)), found.words, None, "", blocking, key)


def _contradicted(found: Contradicted, file: str, blocking: bool) -> Finding:
    reference = dict(found.reference).get("data-ref", "")
    amount = "" if found.evolution is None else f" ({found.evolution:+.1f}\u00a0{found.unit})".replace(".", ",")
    message = (
        f"« {found.words} » annonce « {found.announced} », mais « {found.figure} » ({reference}) est "
        f"{DIRECTION_WORDS[found.shown]}{amount}, dans « {found.sentence} »."
    )
    second = Place(file, f"chiffre {reference}")
    key = _key("tendance_contredite", found)
    return Finding(
        "tendance_contredite", message, Place(file, where(found)), found.words, second,
        DIRECTION_WORDS[found.shown] + amount, blocking, key,
    )  # fmt: skip


def _key(check: str, found: Unbound | Contradicted) -> str:
    """Stable as long as the sentence is: its text, its first words, and the words found."""
    start = "-".join(re.findall(r"\w+", found.sentence.lower())[:6])
    return f"{check}:{found.texte or found.chapitre}/{start}/{found.words}"
