"""How many cells an import reads wrongly in silence where it knows less: ``python -m benchmarks.importing --help``."""

from __future__ import annotations

import argparse
from collections import Counter

from tests.importing.measuring import said_of_layouts
from tests.importing.unseen import Unseen, kinds, measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--synonyms", type=float, default=0.0)
    parser.add_argument("--headers", type=float, default=0.0)
    parser.add_argument("--values", type=float, default=0.0)
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--layouts", nargs="+", default=[], help="beginnings of names")
    parser.add_argument("--show", type=int, default=0, help="how many silent cells and wrong columns to print of each")
    asked = parser.parse_args()
    names = [n for n in said_of_layouts() if not asked.layouts or n.startswith(tuple(asked.layouts))]
    for seed in asked.seeds:
        unseen = Unseen(seed, asked.synonyms, asked.headers, asked.values, asked.shuffled)
        total: Counter[str] = Counter()
        for name in names:
            one = measured(name, unseen)
            total += Counter(columns=one.columns, right=one.right, silent=len(one.silent), layouts=bool(one.silent))
            total["over eight questions"] += len(one.questions) > 8
            total["not replayed"] += not one.replayed
            line = f"{name}: {one.right}/{one.columns} right, {len(one.questions)} questions, {len(one.silent)} silent"
            print(line, dict(kinds(one.silent).most_common(6)) or "", "" if one.replayed else "NOT REPLAYED")
            for text in [*one.silent[: asked.show], *one.wrong[: asked.show]]:
                print(f"    {text[:300]}")
        print(f"seed {seed}: {dict(total)}", flush=True)


if __name__ == "__main__":
    main()
