"""A new service's folder: settings, texts to write, the workbook to type in; what is asked before and said after. The
settings and texts of a next year, from those of the latest: what must be read again says so.

In ``service.yml`` and ``rapport.yml`` a line that starts with ``#``, one space and a word explains; the others that
start with ``#`` are keys that serve once their ``#`` is taken away.
"""

import difflib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import yaml

from rlpipeline.characters import plain
from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records.communes import (
    OfficialCommune,
    by_code,
    communes_named,
    epci_names,
    official_communes,
)
from rlpipeline.settings.models import FORMER, Commune, Epci, Service, load_settings, years_begun
from rlpipeline.settings.project import FILE, project_file
from rlpipeline.settings.strict_yaml import packaged
from rlpipeline.spreadsheets.entry_workbook import entry_workbook
from rlpipeline.spreadsheets.schemas import FOLDER as SCHEMAS
from rlpipeline.spreadsheets.schemas import schemas

SHOWN = 8  # communes that an error lists
WORKBOOK = "saisie.xlsx"
NAME = "Nom du service (Entrée : plus tard) : "
COMMUNES = (
    "Ses communes, par leur nom ou leur code, séparées par des virgules (Entrée : plus tard) : "
)


@dataclass(frozen=True)
class NewService:
    """A new folder: its first year, the service as far as it is known, the keys still empty, the texts to write."""

    directory: Path
    year: int
    service: Service
    missing: tuple[str, ...]
    texts: int


def year_of(day: date) -> int:
    """The year whose records are being typed: until June, that which has just ended."""
    return day.year if day.month > 6 else day.year - 1


def ask_missing(
    name: str | None, communes: Sequence[str], ask: Callable[[str], str] | None
) -> tuple[str, tuple[str, ...]]:
    """The name and the communes, asked for where they were not given and somebody is there to answer."""
    if ask is None:
        return name or "", tuple(communes)
    wanted = communes or [word.strip() for word in ask(COMMUNES).split(",") if word.strip()]
    return name if name is not None else ask(NAME), tuple(wanted)


def service_of(name: str, departement: str | None, communes: Sequence[str]) -> Service:
    """The service as far as it is described by codes or names of communes: not valid yet. Raises as below."""
    official = find_communes(communes, departement)
    return Service.model_construct(
        nom=name.strip(),
        departement=departement or (official[0].departement if official else ""),
        communes=tuple(Commune(code=commune.code, nom=commune.name) for commune in official),
        epci=epci_of(official),
    )


def find_communes(
    words: Sequence[str], departement: str | None = None
) -> tuple[OfficialCommune, ...]:
    """The communes of these codes or names, once each, in the order given. Where several bear a name, those of the
    département are meant, else of that of the others. UsageError where a word is neither a code nor a name, or may mean
    several communes."""
    candidates = {word: _candidates(word) for word in words}
    sure = {several[0].departement for several in candidates.values() if len(several) == 1}
    around = departement or (sure.pop() if len(sure) == 1 else None)
    chosen: dict[OfficialCommune, None] = {}
    for word, several in candidates.items():
        here = [commune for commune in several if commune.departement == around] or several
        if len(here) > 1:
            raise UsageError(
                f"{len(here)} communes portent ce nom.",
                where="--commune",
                got=f"« {word} »",
                todo=f"donner le code de la bonne, ou --departement : {_listed(here)}",
            )
        chosen[here[0]] = None
    return tuple(chosen)


def _candidates(word: str) -> Sequence[OfficialCommune]:
    exact = by_code().get(word.strip().upper())
    if named := (exact,) if exact else communes_named(word):
        return named
    wanted, names = plain(word), {plain(commune.name) for commune in official_communes()}
    near = [commune for commune in official_communes() if wanted and wanted in plain(commune.name)]
    alike = difflib.get_close_matches(wanted, sorted(names), SHOWN) if not near else ()
    near += [commune for name in alike for commune in communes_named(name)]
    raise UsageError(
        "Cette commune n'est pas dans la liste officielle.",
        where="--commune",
        expected='un code INSEE (62215) ou un nom entier (Carvin, "Évin-Malmaison")',
        got=f"« {word} »",
        todo=f"choisir parmi {_listed(near)}"
        if near
        else "corriger le nom ; un code postal n'est pas un code INSEE",
    )


def _listed(communes: Sequence[OfficialCommune]) -> str:
    shown = ", ".join(f"{commune.name} ({commune.code})" for commune in communes[:SHOWN])
    return shown + (f"… et {len(communes) - SHOWN} autres" if len(communes) > SHOWN else "")


def epci_of(communes: Sequence[OfficialCommune]) -> Epci | None:
    """The intercommunal body that all the communes belong to, None where they share none."""
    codes = {commune.epci for commune in communes}
    code = codes.pop() if len(codes) == 1 else ""
    return Epci(code=code, nom=epci_names()[code]) if code else None


def write_new_service(directory: Path, service: Service, year: int) -> NewService:
    """Write the folder; all of it appears at once, or an empty one is filled. UsageError: the folder exists and is not
    empty, or its name is that of a file. ToolError: the system refuses to write there."""
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        what = (
            "Ce dossier existe et n'est pas vide."
            if directory.is_dir()
            else "Ce nom est celui d'un fichier."
        )
        raise UsageError(
            f"{what} Rien n'y est écrit.", str(directory), todo="choisir un autre nom de dossier"
        )
    files = dict(_files(service, year))
    with placed(directory, "Le dossier ne peut pas être écrit.") as new:
        for name, content in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
    lines = enumerate(files["params/service.yml"].decode().splitlines(), start=1)
    empty = [(number, re.match(r'(\w+): (?:""|\[\])$', line)) for number, line in lines]
    missing = tuple(f"{key[1]} (ligne {number})" for number, key in empty if key)
    return NewService(directory, year, service, missing, sum("/textes/" in name for name in files))


@contextmanager
def placed(
    target: Path, what: str, todo: str | None = "choisir un autre endroit"
) -> Iterator[Path]:
    """Give a path beside a target; what is written there takes its place, all at once. An empty folder is filled: the
    user may stand in it. ToolError, with ``what``, where the system refuses."""
    blank = target.is_dir() and not any(target.iterdir())
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{target.name}-", dir=target if blank else target.parent
        ) as workshop:
            draft = Path(workshop) / (target.name or "nouveau")
            yield draft
            for path in draft.iterdir() if blank else ():
                path.rename(target / path.name)
            if not blank and target.is_dir():
                target.rename(Path(workshop) / ".ancien")
            if not blank:
                draft.replace(target)
    except OSError as error:
        raise ToolError(what, str(target), got=error.strerror, todo=todo) from error


def next_steps(new: NewService, command: str) -> str:
    """What was written, what is still missing, and the commands that follow."""
    return filled("dossier.modele.txt", new=new, command=command).rstrip()


def _files(service: Service, year: int) -> Iterator[tuple[str, bytes]]:
    yield WORKBOOK, entry_workbook(service, year)
    here = "Les actions menées dans cette commune. Ce texte va aussi dans son portrait."
    texts = dict(prompts())
    for commune in service.communes:
        title = f"{texts['actions']['titre']}, {commune.nom}"
        texts[f"actions-{commune.code}"] = {"titre": title, "consigne": here}
    files = {
        "LISEZMOI.md": filled("lisezmoi.modele.md", annee=year),
        FILE: project_file(WORKBOOK, f"{SCHEMAS}/rlpipeline.json"),
        ".gitignore": filled("gitignore.modele"),
        "params/service.yml": service_yaml(service),
        f"params/{year}/rapport.yml": report_yaml(year),
        **{f"{SCHEMAS}/{name}": content for name, content in schemas().items()},
        **{
            f"params/{year}/textes/{name}.md": filled("texte.modele.md", **asked)
            for name, asked in texts.items()
        },
    }
    yield from ((name, text.encode()) for name, text in files.items())


def service_yaml(service: Service) -> str:
    """The settings of the service; what is not known is empty, and refused until it is written."""
    communes = [
        f"  - {{code: {_quoted(each.code)}, nom: {_quoted(each.nom)}}}" for each in service.communes
    ]
    issues = (
        resources.files("rlpipeline").joinpath("problematiques.yml").read_text(encoding="utf-8")
    )
    epci = '#epci: {code: "246200299", nom: "Nom de l\'intercommunalité"}'
    if service.epci:
        epci = f"epci: {{code: {_quoted(service.epci.code)}, nom: {_quoted(service.epci.nom)}}}"
    return filled(
        "service.modele.yml",
        nom=_quoted(service.nom),
        departement=_quoted(service.departement),
        communes="\n" + "\n".join(communes) if communes else " []",
        premiere=_quoted(service.communes[0].code if communes else "62215"),
        epci=epci,
        problematiques="\n".join(
            f"#  {line}" for line in issues.splitlines() if not line.startswith("#")
        ),
    )


def report_yaml(year: int) -> str:
    """The settings of one year's report; its title leaves out the service, named above it on the cover."""
    title = f'"Rapport d\'activité {year}"'
    return filled(
        "rapport.modele.yml", titre=title, annee=year, suivante=year + 1, precedente=year - 1
    )


def prompts() -> Mapping[str, Mapping[str, str]]:
    """Name of each text to its title in the report, what to write there and a figure that it may call."""
    asked: Mapping[str, Mapping[str, str]] = packaged("spreadsheets/data/textes.yml")
    return asked


def filled(name: str, **words: Any) -> str:
    """A file kept beside the code, with these words in their places."""
    return _template(name).render(words)


@cache
def _template(name: str) -> jinja2.Template:
    source = (
        resources.files("rlpipeline.spreadsheets")
        .joinpath("data", name)
        .read_text(encoding="utf-8")
    )
    return jinja2.Environment(trim_blocks=True, keep_trailing_newline=True).from_string(source)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# The next year.

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
            "Aucune année n'est à reprendre.",
            where=str(params),
            expected="un dossier de l'année d'avant, comme 2026",
        )
    former, before = load_settings(params, years[-1]).report_path.parent, years[-1]
    with placed(
        params / str(year), "Le dossier de l'année ne peut pas être écrit.", todo=None
    ) as fresh:
        shutil.copytree(former, fresh, ignore=shutil.ignore_patterns(".*", *LEFT))
        if (fresh / "rapport.yml").is_file():
            comments = dict(
                zip(report_yaml(before).splitlines(), report_yaml(year).splitlines(), strict=True)
            )
            _edit(
                fresh / "rapport.yml",
                lambda keys, text: _next_report(keys, text, before, year),
                comments,
            )
        texts = sum(_mark(path, before) for path in sorted(fresh.glob("textes/**/*.md")))
        pictures = (
            _edit(fresh / PICTURES, _without_authorisations) if (fresh / PICTURES).is_file() else 0
        )
        left = tuple(name for name in LEFT if (former / name).exists())
        return NewYear(params / str(year), before, year, texts, pictures, left)


def _edit(
    path: Path,
    change: Callable[[Keys, str], Iterator[Edit]],
    lines: Mapping[str, str] | None = None,
) -> int:
    written = path.read_text(encoding="utf-8-sig").splitlines()
    text = "\n".join([*((lines or {}).get(line, line) for line in written), ""])
    edits = sorted(change(_keys(yaml.compose(text, Loader=yaml.BaseLoader)), text), reverse=True)
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    path.write_text(text, encoding="utf-8")
    return len(edits)


def _keys(node: yaml.Node | None) -> Keys:
    return (
        {key.value: (key, value) for key, value in node.value}
        if isinstance(node, yaml.MappingNode)
        else {}
    )


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
        yield (
            key.end_mark.index,
            _end(value) if said else key.end_mark.index,
            ": non" if said else "",
        )


def _mark(path: Path, former: int) -> bool:
    text = path.read_text(encoding="utf-8-sig")
    written = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).strip()
    if written and not FORMER.search(text):
        path.write_text(f"<!-- texte de {former}, à relire -->\n{text}", encoding="utf-8")
    return bool(written)
