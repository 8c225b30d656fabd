"""What a reader left out is in the exact report, and nowhere in the one to share."""

import zipfile
from pathlib import Path

import pandas as pd


def words_of(path: Path) -> str:
    """All that a file says, unpacked."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return "".join(
                archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
            )
    return path.read_text("utf-8", errors="replace")


exact = [words_of(path) for path in Path("outputs/2023").glob("*.*")]
shared = {
    path.name: words_of(path)
    for path in Path("outputs/2023/diffusion").rglob("*")
    if path.is_file()
}
for words in ("Stage de Yanis", "Nos partenaires nous ont écrit", "Les collèges"):
    print(
        words,
        sum(words in text for text in exact) > 0,
        [name for name, text in shared.items() if words in text],
    )
