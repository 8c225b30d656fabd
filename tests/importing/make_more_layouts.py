"""Make layouts 21 to 30 again: `python tests/importing/make_more_layouts.py [FOLDER]`. The same bytes each time.

Written by another hand than the first twenty, without reading the import. `layouts/more.yml` says of each what
`layouts.yml` says of those.
"""

import sys
from pathlib import Path

from second_hand import accounts, county, databases, teams, tools
from writing_layouts import write_yaml


def main(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    layouts = [build() for module in (databases, county, tools, accounts, teams) for build in module.LAYOUTS]
    layouts.sort(key=lambda layout: layout.name)
    for layout in layouts:
        layout.write(root)
    write_yaml(root / "more.yml", {layout.name: layout.settings for layout in layouts})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "layouts")
