"""Two hundred corrections of one young person, of which none may be told: ``python -m benchmarks.corrections``.

Each is followed by what the same year and the year after publish. ``--number`` are those of each service.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.protection.corrections import corrected, small_service, told

SERVICES = ((1, 40, 3), (1, 60, 5), (2, 50, 7), (3, 60, 11), (4, 150, 13))
"""Communes, young people and seed of each service."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=40)
    options, kinds, every = parser.parse_args(), Counter[str](), 0
    for communes, young, seed in SERVICES:
        begun = time.process_time()
        with tempfile.TemporaryDirectory() as place:
            life = small_service(Path(place, "vie"), communes, young, seed)
            for made in corrected(life, options.number, seed, Path(place)):
                wrong = told(life, made)
                every += 1
                kinds["differs" if made.first.again and made.first.again.differing else "same"] += 1
                kinds.update({f"told, {made.name}": 1} if wrong else {})
                for line in wrong:
                    print(f"  {made.name}: {line}", flush=True)
        print(
            f"{communes} communes, {young} young: {time.process_time() - begun:.0f} s", flush=True
        )
    print(f"{every} corrections: {dict(kinds)}")


if __name__ == "__main__":
    main()
