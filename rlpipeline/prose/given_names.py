"""Given names in the prose: « Yanis avait quitté la maison », which no reader needs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CAPITAL = re.compile(r"(?<![\w’'-])[A-ZÀ-Ý][a-zà-ÿ]+(?![\w-])")
_OF_A_PLACE = re.compile(
    r"(?<!\w)(?:collèges?|lycées?|amis de|enfants de|écoles?|rues?|avenue|place|boulevard|centre|salle|gymnase"
    r"|espace|quartier|cité|résidence"
    r"|maison|hôpital|médiathèque|théâtre|fondation|association|saint|sainte|foyer|parc|square|bâtiment|tour|pont|port"
    r"|docteure?|dr|garage|pharmacie|boulangerie|cabinet|restaurant|crèche|ferme|établissements|entreprise"
    r"|tournoi|challenge|stade|piscine|madame|monsieur|mme|mm?\.|maître|prix|plan|loi|dispositif|à)\s+(?:[a-zà-ÿ]+\s+)?$",
    re.IGNORECASE,
)
_OF_STAFF = re.compile(
    r"\b(?:éducat(?:eur|rice)s?|salariée?s?|bénévoles?|directeur|directrice|cheffe?|psychologue|maires?"
    r"|présidente?|animat\w+"
    r"|stagiaire|chanteu(?:r|se)|artiste|auteure?|interven\w+|infirmi[eè]re?)\b",
    re.IGNORECASE,
)
_DAYS = frozenset({"noel", "avril", "juin", "france", "paris", "victoire", "constance", "prudence", "ange", "aime"})
"""Given names that are rather something else in a report."""


def given_names(sentence: str, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Find the given names that are nobody's in public: not a place's, not followed by a surname, not of the staff.

    Parameters
    ----------
    names
        Given names in lower case, without accents.

    Yields
    ------
    The name, and why it stops, in French.
    """
    if not names or _OF_STAFF.search(sentence):
        return
    for match in _CAPITAL.finditer(sentence):
        name = _plain(match.group())
        before, after = sentence[: match.start()], sentence[match.end() :]
        surname = re.match(r"[ \u00a0-](?:d['’]|de )?[A-ZÀ-Ý](?!\.)", after) or re.search(
            r"(?<=[a-zà-ÿ,] )[A-ZÀ-Ý][a-zà-ÿ]+ $|-$", before
        )
        if name in names - _DAYS and not surname and not _OF_A_PLACE.search(before):
            yield match.group(), "un prénom est donné"
            return


def _plain(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign)).lower()
