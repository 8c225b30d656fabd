"""A service in which every text that somebody can type is a mark of its own, wherever its models allow one."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, repeat
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import nbformat
import yaml
from nbformat import v4
from PIL import Image
from pydantic import BaseModel, TypeAdapter, ValidationError

from rlpipeline.demo import write_demo
from rlpipeline.pictures import Picture
from rlpipeline.pipeline.passages import _our_words
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import ReportSettings, Service, default_problematiques
from rlpipeline.settings.typed import UNPRINTED
from tests.execution.made_up import OPEN, PARAMETERS

YEAR = 2023
LINKED = {
    "objectifs": [{"texte": "x", "chiffre": ["accompagnes", "total", "total"], "cible": 3}],
    "situations_groupees": None,
}
"""Settings that name something else: what they name is given, their texts become marks."""
OF_THE_YEAR = {
    "ruptures": [{"indicateurs": ["financements"], "nature": "source", "raison": "x"}],
    "constats": {"mots": {"titre": "x"}},
}
TEXTS = "accueil missions cadre_legislatif publics moyens edito activite reseaux partenaires actions perspectives"


@dataclass
class Marks:
    """The marks made, each with what it is in."""

    places: dict[str, str] = field(default_factory=dict)
    _ranks: Iterator[int] = field(default_factory=count)

    def new(self, place: str) -> str:
        """A text that is nowhere else: letters and digits, which no page writes in another way."""
        mark = f"zq{next(self._ranks):04d}k"
        self.places[mark] = place
        return mark


def filled(kind: Any, value: Any, marks: Marks, place: str) -> Any:
    """A value of a model, each text a mark where the model takes one and no code of the package stands."""
    origin, inside = get_origin(kind), get_args(kind)
    is_unprinted = origin is Annotated and UNPRINTED in inside[1:] and value != "x"
    if origin in (Union, UnionType):
        kind = _chosen([option for option in inside if option is not NoneType], value)
        made = filled(kind, value, marks, place)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        hints, given = get_type_hints(kind, include_extras=True), value or {}
        named = {
            name: filled(hints[name], given.get(name), marks, f"{place}.{name}")
            for name in kind.model_fields
        }
        made = {name: of for name, of in named.items() if of is not None}
    elif not is_unprinted and str in (kind, *inside[: origin is Annotated]):
        made = _text(kind, value, marks, place)
    elif origin is Mapping:
        pairs = [*(value or {"": None}).items()]
        keys = [filled(inside[0], key or None, marks, f"{place} (clé)") for key, _ in pairs]
        made = {
            key: filled(inside[1], of, marks, place)
            for key, (_, of) in zip(keys, pairs, strict=True)
        }
    elif origin is tuple and value:
        kinds = repeat(inside[0]) if Ellipsis in inside else inside
        made = [filled(of, item, marks, place) for of, item in zip(kinds, value, strict=False)]
    else:
        made = value
    return made


def _chosen(options: list[Any], value: Any) -> Any:
    """The model of several types where the value has keys, else the other."""
    models = [
        option for option in options if isinstance(option, type) and issubclass(option, BaseModel)
    ]
    others = [option for option in options if option not in models]
    return models[0] if models and (isinstance(value, dict) or not others) else others[0]


def _text(kind: Any, value: Any, marks: Marks, place: str) -> Any:
    """A mark, or the value where it is a code of ours or the type takes no word."""
    if isinstance(value, str) and (value in _our_words() or value == "titre"):
        return value
    try:
        TypeAdapter(kind).validate_python("zq0000k")
    except ValidationError:
        return value
    return marks.new(place)


def write_service(place: Path, notebooks: Path) -> Marks:
    """Write its settings, records, chapters and pictures."""
    marks = Marks()
    write_demo(place, communes=2, years=(YEAR - 1, YEAR))
    _write_settings(place / "params", marks)
    _write_records(place / "source", marks)
    _write_chapter(notebooks, marks)
    return marks


def _write_settings(params: Path, marks: Marks) -> None:
    year = params / str(YEAR)
    own = {"carte_source": "x", **LINKED}
    service = {**yaml.safe_load((params / "service.yml").read_text("utf-8")), **own}
    service["problematiques"] = _families()
    for commune, position in zip(service["communes"], ([50.1, 2.1], [50.2, 2.2]), strict=True):
        commune["position"] = position
    _class = service["diffusion"]["classes"]["age"].popitem()[1]
    service["diffusion"]["classes"]["age"] = {"x": {"codes": _class, "libelle": "x"}}
    service["diffusion"]["raison"] = "x"
    service["carte"] = f"{marks.new('nom de la carte')}.geojson"
    codes = [commune["code"] for commune in service["communes"]]
    (params / service["carte"]).write_text(json.dumps(_outlines(codes, marks)), "utf-8")
    service["apparence"] = {"logo": f"{marks.new('nom du logo')}.svg"}
    _write_logo(params / service["apparence"]["logo"], marks)
    written = filled(Service, service, marks, "service.yml")
    (params / "service.yml").write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    report = filled(ReportSettings, OF_THE_YEAR, marks, "rapport.yml")
    report["chapitres"] = None
    (year / "rapport.yml").write_text(yaml.safe_dump(_without_none(report)), "utf-8")
    _write_pictures(year / "images", codes, marks)
    _write_texts(year / "textes", codes, marks)


def _outlines(codes: list[str], marks: Marks) -> dict[str, Any]:
    square = [[0, 0], [0, 1], [1, 1], [0, 0]]
    shapes = [
        {
            "type": "Feature",
            "properties": {"code": code, "nom": marks.new("carte, nom")},
            "geometry": {"type": "Polygon", "coordinates": [square]},
        }
        for code in codes
    ]
    return {"type": "FeatureCollection", "name": marks.new("carte"), "features": shapes}


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _families() -> list[dict[str, Any]]:
    """The package's families under other names, and one more whose codes are typed."""
    families = [family.model_dump(mode="json") for family in default_problematiques()]
    for family in families:
        family["libelle"] = "x"
    one = {"code": "x", "libelle": "x"}
    return [*families, {"code": "x", "libelle": "x", "codes": [one]}]


def _write_logo(path: Path, marks: Marks) -> None:
    title, words, id, style, text = (
        marks.new(f"logo, {what}") for what in ("title", "desc", "id", "style", "text")
    )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>{title}</title>'
        f'<desc>{words}</desc><path id="{id}" d="M0 0h9v9z" style="font-family:{style}"/>'
        f'<use href="#{id}"/><text>{text}</text><!-- {text} --></svg>',
        "utf-8",
    )


def _write_pictures(folder: Path, communes: list[str], marks: Marks) -> None:
    folder.mkdir()
    sections = ["annexes", "actions", *(f"affiche-{code}" for code in communes)]
    pictures = []
    for section in sections:
        picture = filled(Picture, {"section": section, "autorisation": "oui"}, marks, "images.yml")
        picture["file"] = f"{marks.new('nom de la photographie')}.png"
        Image.new("RGB", (9, 9), "navy").save(folder / picture["file"])
        pictures.append(picture)
    (folder / "images.yml").write_text(yaml.safe_dump({"images": pictures}), "utf-8")


def _write_texts(folder: Path, communes: list[str], marks: Marks) -> None:
    folder.mkdir(exist_ok=True)
    names = TEXTS.split()
    for name in [*names, *(f"{name}-{code}" for name in names for code in communes)]:
        words, reason = marks.new(f"texte {name}"), marks.new(f"texte {name}, raison")
        text = f'Un mot : {words}.\n\nDepuis {{{{ fixe("1972", "{reason}") }}}}.\n'
        (folder / f"{name}.md").write_text(text, "utf-8")


def _write_records(source: Path, marks: Marks) -> None:
    """Mark each free cell and each identifier of one line of each table; of the latest, where lines have a date."""
    tables = {table.name: _read(source / f"{table.name}.csv") for table in TABLES}
    renamed: dict[str, tuple[str, str]] = {}
    for table in TABLES:
        rows = tables[table.name]
        row = max(rows, key=lambda row: (row.get("annee", ""), row.get("millesime", "")))
        for column in (column for column in table.columns if column.name in row):
            if column.kind == "text":
                row[column.name] = marks.new(f"{table.name}/{column.name}")
            elif column.kind == "identifier" and column.name not in renamed:
                renamed[column.name] = row[column.name], marks.new(f"{table.name}/{column.name}")
    for table in TABLES:
        rows = tables[table.name]
        for name, (former, mark) in renamed.items():
            for row in (row for row in rows if row.get(name) == former):
                row[name] = mark
        with (source / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [*rows[0]])
            writer.writeheader()
            writer.writerows(rows)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [*csv.DictReader(stream)]


def _write_chapter(notebooks: Path, marks: Marks) -> None:
    """A chapter of the service that hands texts to the report in every way, and shows some by itself."""
    notebooks.mkdir()
    name = marks.new("nom du chapitre")
    helper = marks.new("module d'à côté")
    (notebooks / "aide.py").write_text(f'TITLE = "{helper}"\n', "utf-8")
    (notebooks / "titre.txt").write_text(marks.new("fichier d'à côté"), "utf-8")
    text = f"{marks.new('nom de texte')}"

    def new(place: str) -> str:
        return marks.new(f"chapitre, {place}")

    halves = new("mots joints")
    cells = [
        f"import sys\nfrom pathlib import Path\nsys.path.insert(0, {str(notebooks)!r})\nimport aide\n"
        'data = report.indicator("accompagnes")\ndata = data[data["colonne"] == "total"]',
        f'report.extract(data, "{new("titre d’extrait")}")',
        f'report.extract(data, "{halves[:3]}" + "{halves[3:]}")',
        f"report.extract(data, bytes({[*new('octets').encode()]}).decode())",
        "report.extract(data, aide.TITLE)",
        f"report.extract(data, Path({str(notebooks / 'titre.txt')!r}).read_text())",
        f'report.extract(data.assign(libelle_ligne="{new("libellé changé")}"), "Un tableau")',
        f'report.figure("accompagnes", title="{new("titre de graphique")}")',
        f'report.text("{text}")',
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\n"
        f'axes.bar(data["libelle_ligne"], data["valeur"], label="{new("légende")}")\naxes.legend()\n'
        f'axes.set_xlabel("{new("axe")}")\naxes.set_title("{new("titre du dessin")}")\n'
        f'axes.annotate("{new("annotation")}", (0, 0))\nfigure.suptitle("{new("sur-titre")}")\n'
        f'axes.table([["{new("tableau dessiné")}"]])\n'
        f'axes.plot([0], [0], marker="${new("marque dessinée")}$")\n'
        f'report.chart(figure, data, "{new("titre de dessin")}")',
        f'from dataclasses import replace\nshown = report.extract(data, "Un tableau")\n'
        f'replace(shown, html=shown.html + "<p>{new("changé après coup")}</p>")',
        "from IPython.display import display\ndisplay({'text/html': "
        f"'<p>{new('montré soi-même')}<abbr title=\"{new('attribut')}\">x</abbr></p>', "
        "'application/vnd.rlpipeline.text+json': {'name': 'x', 'etat': 'ok'}}, raw=True)",
    ]
    parameters = v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    titled = v4.new_markdown_cell(f"# {new('titre du chapitre')}\n\n{new('Markdown')}")
    code = [v4.new_code_cell(source) for source in (OPEN, *cells)]
    notebook = v4.new_notebook(cells=[titled, parameters, *code])
    nbformat.write(notebook, notebooks / f"20_{name}.ipynb")
    own = notebooks.parent / "params" / str(YEAR) / "textes" / f"{text}.md"
    own.write_text(f"{marks.new('texte à soi')}\n", "utf-8")
