"""What the solutions met so far show of each unknown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlpipeline.attack.programmes import Floats, Programme

WHOLE = 1e-5


@dataclass
class Seen:
    """Least and greatest values met for each unknown, in solutions with fractions and in whole ones."""

    low: Floats
    high: Floats
    whole_low: Floats
    whole_high: Floats

    @classmethod
    def nothing(cls, size: int) -> Seen:
        """Start without any solution."""
        return cls(np.full(size, np.inf), np.full(size, -np.inf), np.full(size, np.inf), np.full(size, -np.inf))

    def add(self, values: Floats, programme: Programme) -> None:
        """Take note of a solution; one that is whole but for the solver's tolerance must be possible once it is."""
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)
        if np.abs(values - np.rint(values)).max(initial=0) < WHOLE and programme.allows(np.rint(values)):
            self.add_whole(np.rint(values))

    def add_whole(self, world: Floats) -> None:
        """Take note of a solution in whole numbers."""
        self.whole_low = np.minimum(self.whole_low, world)
        self.whole_high = np.maximum(self.whole_high, world)
