"""The French words of the codes of the records (``labels.yml``), of which a cell may hold either, and of findings."""

import re
from collections import defaultdict
from collections.abc import Mapping

from rlpipeline.records.names import words_in
from rlpipeline.records.tables import LABELS, Column
from rlpipeline.settings.models import Service
from rlpipeline.settings.strict_yaml import packaged

FAMILLES = "familles"
AGES, PUBLICS, SITUATIONS = LABELS["ages"], LABELS["publics"], LABELS["situations"]
PARTENAIRES, DOMAINES, SUITES = LABELS["partenaires"], LABELS["domaines"], LABELS["suites"]
ORIGINES, CRENEAUX, ACTIVITES = LABELS["origines"], LABELS["creneaux"], LABELS["activites"]
STATUTS, CATEGORIES, UNITES_D_ACTION = LABELS["statuts"], LABELS["categories"], LABELS["unites_d_action"]
OUI_NON = FLAGS = LABELS["oui_non"]
MOTIFS_DE_CLOTURE = LABELS["motifs_de_cloture"]
MOTIFS = {code: words for code, words in MOTIFS_DE_CLOTURE.items() if code != "changement_statut"}
"""Reasons that are an exit."""
SENTENCES: Mapping[str, str] = packaged("records/sentences.yml")
"""Code of a finding, and a word where it has several, to what is wrong and what to do."""
_LITTLE_WORDS = frozenset(["a", "an", "ans", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"])
_BRACKETED = re.compile(r"\([^)]*\)")


def said(name: str, /, **words: object) -> str:
    """One of ``SENTENCES`` with these words in their places."""
    return SENTENCES[name].format(**words)


def words_of(column: Column, service: Service) -> Mapping[str, str]:
    """Code to its words, for every code that a column may hold; the issues, after their family, are of the settings."""
    if column.kind == "flag":
        return FLAGS
    issues = ((family, code) for family in service.problematiques for code in family.codes)
    return column.words or {code.code: f"{family.libelle} : {code.libelle}" for family, code in issues}


def codes_by_label(words: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """What a cell may hold, as ``label_key`` gives it, to the codes that it may mean. That is the code, its label, the
    same without what is in brackets, an issue without its family."""
    by_key: dict[str, dict[str, None]] = defaultdict(dict)
    for code, label in words.items():
        texts = [label, label.rsplit(" : ", maxsplit=1)[-1]]
        for key in {label_key(text) for text in [code, *texts, *(_BRACKETED.sub(" ", text) for text in texts)]} - {""}:
            by_key[key][code] = None
    return {key: tuple(codes) for key, codes in by_key.items()}


def label_key(text: str) -> str:
    """The words without plural or little words: « 11 à 14 ans » is « 11-14 »."""
    significant = (word for word in words_in(text) if word not in _LITTLE_WORDS)
    return " ".join(word.removesuffix("s") if len(word) > 3 else word for word in significant)
