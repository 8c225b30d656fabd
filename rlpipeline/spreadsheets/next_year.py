"""The settings and texts of the next year's report, from those of the latest: what must be read again says so."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from rlpipeline.errors import UsageError
from rlpipeline.settings.models import FORMER, load_settings, years_begun
from rlpipeline.spreadsheets.new_service import filled, placed, report_yaml

LEFT = ("ecarts.yml", "publie.csv", "relecture.yml")
"""What holds for the figures of one year alone, and who has read its texts."""
PICTURES = Path("images", "images.yml")

Edit = tuple[int, int, str]  # where a part of a file begins and ends, and what takes its place
Keys = Mapping[str, tuple[yaml.Node, yaml.Node]]


@dataclass(frozen=True)
class NewYear:
    """The folder of a new year: how many texts and pictures are to be read again, which files were not copied."""

    directory: Path
    former: int
    year: int
    texts: int
    pictures: int
    left: tuple[str, ...]

    def message(self, command: str) -> str:
        """What was written, what is to be done, in French."""
        return filled("annee.modele.txt", new=self, command=command).rstrip()


def begin_year(params: Path, year: int) -> NewYear:
    """Write the folder of a year from that of the latest before; all of it appears at once. UsageError: there is no
    year before, or this one is begun. SettingsError: the latest year's are wrong. ToolError."""
    years = years_begun(params)
    if years and year <= years[-1]:
        raise UsageError(
            f"L'année {years[-1]} est déjà commencée : rien n'est écrit.",
            where=str(params / str(years[-1])),
            expected=f"une année qui la suit, comme {years[-1] + 1}",
            got=str(year),
            todo="continuer dans ce dossier, ou demander l'année suivante",
        )
    if not years:
        raise UsageError(
            "Aucune année n'est à reprendre.", where=str(params), expected="un dossier de l'année d'avant, comme 2026"
        )
    former, before = load_settings(params, years[-1]).report_path.parent, years[-1]
    with placed(params / str(year), "Le dossier de l'année ne peut pas être écrit.", todo=None) as fresh:
        shutil.copytree(former, fresh, ignore=shutil.ignore_patterns(".*", *LEFT))
        if (fresh / "rapport.yml").is_file():
            comments = dict(zip(report_yaml(before).splitlines(), report_yaml(year).splitlines(), strict=True))
            _edit(fresh / "rapport.yml", lambda keys, text: _next_report(keys, text, before, year), comments)
        texts = sum(_mark(path, before) for path in sorted(fresh.glob("textes/**/*.md")))
        pictures = _edit(fresh / PICTURES, _without_authorisations) if (fresh / PICTURES).is_file() else 0
        left = tuple(name for name in LEFT if (former / name).exists())
        return NewYear(params / str(year), before, year, texts, pictures, left)


def _edit(path: Path, change: Callable[[Keys, str], Iterator[Edit]], lines: Mapping[str, str] | None = None) -> int:
    written = path.read_text(encoding="utf-8-sig").splitlines()
    text = "\n".join([*((lines or {}).get(line, line) for line in written), ""])
    edits = sorted(change(_keys(yaml.compose(text, Loader=yaml.BaseLoader)), text), reverse=True)
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    path.write_text(text, encoding="utf-8")
    return len(edits)


def _keys(node: yaml.Node | None) -> Keys:
    return {key.value: (key, value) for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _end(node: yaml.Node) -> int:
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _next_report(keys: Keys, text: str, former: int, year: int) -> Iterator[Edit]:
    new = {"statut": ": brouillon", "date_validation": ":", "donnees_arretees_au": ":"}
    for name, (key, value) in keys.items():
        start, end = key.end_mark.index, _end(value)
        if name == "titre":
            yield start, end, re.sub(rf"\b{former}\b", str(year), text[start:end])
        elif name in new:
            yield start, end, new[name]
        elif name == "ruptures" and isinstance(value, yaml.SequenceNode):
            for rupture in value.value:
                if "annee" not in _keys(rupture):
                    start, apart = rupture.start_mark.index, f"\n{' ' * rupture.start_mark.column}"
                    flow = rupture.flow_style
                    yield start + flow, start + flow, f"annee: {former}{', ' if flow else apart}"
        elif name == "constats" and "mots" in _keys(value):
            name_of_words, words = _keys(value)["mots"]
            yield name_of_words.end_mark.index, _end(words), ": {}"


def _without_authorisations(keys: Keys, _: str) -> Iterator[Edit]:
    for picture in keys["images"][1].value if "images" in keys else ():
        key, value = _keys(picture).get("autorisation", (picture, picture))
        said = key is not picture  # where nothing is said, it is no
        yield key.end_mark.index, _end(value) if said else key.end_mark.index, ": non" if said else ""


def _mark(path: Path, former: int) -> bool:
    text = path.read_text(encoding="utf-8-sig")
    written = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).strip()
    if written and not FORMER.search(text):
        path.write_text(f"<!-- texte de {former}, à relire -->\n{text}", encoding="utf-8")
    return bool(written)
