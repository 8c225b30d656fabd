"""The attack: an intruder with the finished files, who knows how things are counted and nothing of the protection."""

from rlpipeline.disclosure.attack.attacking import Attacked, Failure, attack, attack_documents
from rlpipeline.disclosure.attack.statements import Key, Knowledge
from rlpipeline.disclosure.attack.verdicts import Bounds

__all__ = ["Attacked", "Bounds", "Failure", "Key", "Knowledge", "attack", "attack_documents"]
