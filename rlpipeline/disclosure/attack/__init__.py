"""The attack: an intruder with the finished files, who knows how things are counted and nothing of the protection."""

from rlpipeline.disclosure.attack.attacking import Attacked, Failure, attack, attack_documents
from rlpipeline.disclosure.attack.dictionary import Dictionary
from rlpipeline.disclosure.attack.files import document_of
from rlpipeline.disclosure.attack.statements import Document, Key, Knowledge
from rlpipeline.disclosure.attack.verdicts import Bounds

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
