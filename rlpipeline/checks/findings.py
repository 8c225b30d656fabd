"""What checks find: the two places that disagree, what the service accepts of it, how many tests were made."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.settings.acceptances import FILE, Acceptance


@dataclass(frozen=True, order=True)
class Place:
    """Where something is read in a publication: the path of its file, and the place in it, in French."""

    file: str
    where: str

    def __str__(self) -> str:
        return f"{self.file}, {self.where}" if self.where else self.file


@dataclass(frozen=True)
class Finding:
    """Two things published that should agree and do not: two places, and what each says or should say.

    ``check`` is one of :data:`rlpipeline.settings.acceptances.CHECKS`; ``message`` one French sentence; ``second`` None
    where there is no other place; ``key`` the stable text that ``ecarts.yml`` names.
    """

    check: str
    message: str
    first: Place
    first_value: str
    second: Place | None
    second_value: str
    blocking: bool
    key: str


Test = str | Finding
"""One test made: the name of its check where it passed, else what it found."""


def examine(tests: Iterable[Test]) -> tuple[tuple[Finding, ...], Mapping[str, int]]:
    """Make the tests; give what failed, in their order and each once, and how many tests each check made."""
    made = [*tests]
    counts = Counter(test if isinstance(test, str) else test.check for test in made)
    return tuple(dict.fromkeys(test for test in made if not isinstance(test, str))), counts


def covers(acceptance: Acceptance, finding: Finding) -> bool:
    """Whether a finding is the one accepted, with its values where they are given; spaces are alike."""
    values = finding.first_value, finding.second_value
    return finding.key == acceptance.cle and [*map(str.split, acceptance.valeurs)] in ([], [*map(str.split, values)])


def sort_out(
    findings: Sequence[Finding], acceptances: Iterable[Acceptance]
) -> tuple[list[Finding], list[tuple[Finding, Acceptance]]]:
    """Part what stands, acceptances of what does not occur too, from what the service accepts, with its reason."""
    every = {of: [finding for finding in findings if covers(of, finding)] for of in acceptances}
    accepted = [(finding, of) for of, covered in every.items() for finding in covered]
    known = {finding for finding, _ in accepted}
    standing = [finding for finding in findings if finding not in known]
    return [*standing, *(_outdated(of, findings) for of, covered in every.items() if not covered)], accepted


def _outdated(acceptance: Acceptance, findings: Sequence[Finding]) -> Finding:
    other = next((finding for finding in findings if finding.key == acceptance.cle), None)
    if other is not None:
        message = "Un écart accepté a d'autres valeurs que celles qui l'ont été : il n'est plus accepté."
        now = f"{other.first_value} et {other.second_value}"
    else:
        near = difflib.get_close_matches(acceptance.cle, [finding.key for finding in findings], n=1, cutoff=0.6)
        message = "Un écart accepté ne se produit pas (ou plus) : retirer cette acceptation."
        now = f"le plus proche des écarts trouvés est « {near[0]} »" if near else "aucun écart semblable"
    place, key = Place(FILE, f"clé « {acceptance.cle} »"), f"ecart_perime:{acceptance.cle}"
    accepted = " et ".join(acceptance.valeurs) or "accepté"
    return Finding("ecart_perime", message, place, accepted, None, now, False, key)
