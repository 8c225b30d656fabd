"""The settings and texts of the next year's report, from those of the latest: what must be read again says so."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from rlpipeline.errors import ToolError, UsageError
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import FORMER, Settings, load_settings
from rlpipeline.spreadsheets.entry.settings_files import report_yaml

LEFT = ("ecarts.yml", "publie.csv", "relecture.yml")
"""What holds for the figures of one year alone, and who has read its texts."""
PICTURES = Path("images", "images.yml")


@dataclass(frozen=True)
class NewYear:
    """The folder of a new year.

    Parameters
    ----------
    directory
        Where its settings and texts are.
    texts, pictures
        How many texts are to be read again, how many pictures to be authorised again.
    left
        Files of the former year that were not copied, by name.
    """

    directory: Path
    former: int
    year: int
    texts: int
    pictures: int
    left: tuple[str, ...]

    def message(self, command: str) -> str:
        """What was written, what is to be done, in French."""
        lines = [f"Année {self.year} préparée d'après {self.former} : {self.directory}"]
        lines.append(f"  rapport.yml : mis à l'année {self.year}, en brouillon ; y écrire ses dates")
        if self.texts:
            lines.append(
                f"  {_counted(self.texts, 'texte')} à relire : le brouillon porte au-dessus de chacun « texte de "
                f"{self.former}, à relire », jusqu'à ce que sa première ligne soit ôtée"
            )
        if self.pictures:
            lines.append(f"  {_counted(self.pictures, 'image')} : redonner les autorisations, ou l'ôter de images.yml")
        if self.left:
            lines.append(f"  non repris : {', '.join(self.left)}")
        lines += ["", "Saisir l'année à la suite dans les données, puis :", f"  {command} build --year {self.year}"]
        return "\n".join(lines)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' if number > 1 else ''}"


def begin_year(params: Path, year: int) -> NewYear:
    """Write the folder of a year from that of the latest before; all of it appears at once.

    Raises
    ------
    UsageError
        There is no year before, or this one is begun.
    SettingsError
        The settings of the latest year break their contract, or bear the title of another.
    ToolError
        The system refuses to write there.
    """
    years = sorted(int(path.name) for path in params.glob("[0-9][0-9][0-9][0-9]") if path.is_dir())
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
    settings = load_settings(params, years[-1])
    try:
        with tempfile.TemporaryDirectory(prefix=f".{year}-", dir=params) as workshop:
            fresh = Path(workshop) / "new"
            next_year = _written(settings, year, fresh)
            fresh.rename(next_year.directory)
    except OSError as error:
        raise ToolError(
            "Le dossier de l'année ne peut pas être écrit.", where=str(params), got=error.strerror
        ) from error
    return next_year


def _written(settings: Settings, year: int, fresh: Path) -> NewYear:
    former = settings.report_path.parent
    shutil.copytree(former, fresh, ignore=shutil.ignore_patterns(".*", *LEFT))
    report = fresh / "rapport.yml"
    if report.is_file():
        _edit(report, settings.year, year, lambda values: _next_report(values, settings.year, year))
    texts = sum(_mark(path, settings.year) for path in sorted(fresh.glob("textes/**/*.md")))
    pictures = 0
    if (fresh / PICTURES).is_file():
        pictures = len(strict_yaml.parse((fresh / PICTURES).read_text("utf-8")).get("images") or ())
        _edit(fresh / PICTURES, settings.year, year, _without_authorisations)
    left = tuple(name for name in LEFT if (former / name).exists())
    return NewYear(settings.directory / str(year), settings.year, year, texts, pictures, left)


def _edit(path: Path, former: int, year: int, change: Callable[[Any], None]) -> None:
    """Change the values of a settings file; its comments stay, those of the model with the years of the new report."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes, yaml.width = True, 4096
    model = dict(zip(report_yaml(former).splitlines(), report_yaml(year).splitlines(), strict=True))
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    values = yaml.load("\n".join(model.get(line, line) for line in lines))
    if values is None:
        return
    change(values)
    stream = io.StringIO()
    yaml.dump(values, stream)
    path.write_text(stream.getvalue(), encoding="utf-8")


def _next_report(values: dict[str, Any], former: int, year: int) -> None:
    """What is dated, validated or said of the former year goes; its breaks are still its own."""
    if values.get("titre"):
        title = values["titre"]
        values["titre"] = type(title)(re.sub(rf"\b{former}\b", str(year), title))
    if "statut" in values:
        values["statut"] = "brouillon"
    for dated in ("date_validation", "donnees_arretees_au"):
        if dated in values:
            values[dated] = None
    for change in values.get("ruptures") or ():
        change.setdefault("annee", former)
    if values.get("constats"):
        values["constats"].pop("mots", None)


def _without_authorisations(values: dict[str, Any]) -> None:
    for picture in values.get("images") or ():
        picture["autorisation"] = "non"


def _mark(path: Path, former: int) -> bool:
    """Say at the top of a text that it is to be read again, unless it is still to be written, or says so already."""
    text = path.read_text(encoding="utf-8-sig")
    written = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).strip()
    if written and not FORMER.search(text):
        path.write_text(f"<!-- texte de {former}, à relire -->\n{text}", encoding="utf-8")
    return bool(written)
