"""The attack: an intruder with all that was ever released, who knows how things are counted, rounded and shown."""

from rlpipeline.attack.attacking import Attacked, Failure, attack
from rlpipeline.attack.publications import Knowledge, PublishedFigures

__all__ = ["Attacked", "Failure", "Knowledge", "PublishedFigures", "attack"]
