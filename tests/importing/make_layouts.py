"""Make the twenty layouts again: `python tests/importing/make_layouts.py [FOLDER]`. The same bytes each time.

Six styles: a software with codes (01–03), one with words and headers on two lines (04–07), the association's own wide
spreadsheet (08–11), a sheet a month (12–14), tables out of a database (15–17), a file or a sheet a commune (18–20).
"""

import sys
from pathlib import Path

from styles import codes, communes, database, monthly, wide, words
from writing_layouts import write_yaml

STYLES = (codes, words, wide, monthly, database, communes)


def main(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    layouts = [build() for style in STYLES for build in style.LAYOUTS]
    for layout in layouts:
        layout.write(root)
    settings = {
        layout.name: {key: list(value) if isinstance(value, tuple) else value for key, value in layout.settings.items()}
        for layout in layouts
    }
    write_yaml(root / "layouts.yml", settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "layouts")
