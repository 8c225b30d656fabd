"""The hostile cases, by name, as their files have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "corpus"
GROWN = {
    "LONG": "Très long nom de partenaire " * 100,
    "NOMBRE": f"nom: S\ndepartement: '62'\ndiffusion: {{seuil: {'9' * 5000}}}",
    "IMBRICATION": f"nom: {'[' * 5000}{']' * 5000}",
    "BLOCS": "".join(f"{' ' * depth}a:\n" for depth in range(300)),
    "GRAND": f"nom: {'S' * 1_000_001}",
}
"""Cases too long to be written out."""


def cases(name: str) -> dict[str, Any]:
    """Name of a case to what it is."""
    with (FOLDER / f"{name}.yml").open(encoding="utf-8") as stream:
        found: dict[str, Any] = yaml.safe_load(stream)
    return {case: _grown(value) for case, value in found.items()}


def _grown(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _grown(item) for key, item in value.items()}
    return GROWN.get(value, value)
