"""The attack: an intruder with the finished files, who knows how things are counted and nothing of the protection."""

from rlpipeline.attack.attacking import Attacked, Failure, attack, attack_documents
from rlpipeline.attack.reading import document_of
from rlpipeline.attack.rules import Bounds
from rlpipeline.attack.statements import Document, Key, Knowledge
from rlpipeline.published.dictionary import Dictionary

__all__ = [
    "Attacked",
    "Bounds",
    "Dictionary",
    "Document",
    "Failure",
    "Key",
    "Knowledge",
    "attack",
    "attack_documents",
    "document_of",
]
