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
    around = official[0].departement if official else ""
    named = [Commune(code=commune.code, nom=commune.name) for commune in official]
    return Service.model_construct(
        nom=name.strip(),
        departement=departement or around,
        communes=tuple(named),
        epci=epci_of(official),
    )


def find_communes(
    words: Sequence[str], departement: str | None = None
) -> tuple[OfficialCommune, ...]:
    """The communes of these codes or names, once each, in the order given. Where several bear a name, those of the
    département are meant, else of that of the others. UsageError where a word is neither a code nor a name, or may mean
    several communes."""
    candidates = {word: _candidates(word) for word in words}
    alone = [several[0] for several in candidates.values() if len(several) == 1]
    sure = {commune.departement for commune in alone}
    around = departement or (sure.pop() if len(sure) == 1 else None)
    chosen: dict[OfficialCommune, None] = {}
    for word, several in candidates.items():
        chosen[_the_one(word, several, around)] = None
    return tuple(chosen)


def _the_one(word: str, several: Sequence[OfficialCommune], around: str | None) -> OfficialCommune:
    """The commune of that name in a département; UsageError where several bear it."""
    here = [commune for commune in several if commune.departement == around] or several
    if len(here) == 1:
        return here[0]
    todo = f"donner le code de la bonne, ou --departement : {_listed(here)}"
    what = f"{len(here)} communes portent ce nom."
    raise UsageError(what, where="--commune", got=f"« {word} »", todo=todo)


def _candidates(word: str) -> Sequence[OfficialCommune]:
    """The communes that a code or a name may mean; UsageError, with those nearest, for none."""
    exact = by_code().get(word.strip().upper())
    named = (exact,) if exact else communes_named(word)
    if named:
        return named
    near = _near(plain(word))
    unknown = "corriger le nom ; un code postal n'est pas un code INSEE"
    raise UsageError(
        "Cette commune n'est pas dans la liste officielle.",
        where="--commune",
        expected='un code INSEE (62215) ou un nom entier (Carvin, "Évin-Malmaison")',
        got=f"« {word} »",
        todo=f"choisir parmi {_listed(near)}" if near else unknown,
    )


def _near(wanted: str) -> list[OfficialCommune]:
    """The communes whose names hold a text, else those that are nearly written so."""
    official = official_communes() if wanted else ()
    near = [commune for commune in official if wanted in plain(commune.name)]
    if near:
        return near
    names = {plain(commune.name) for commune in official_communes()}
    alike = difflib.get_close_matches(wanted, sorted(names), SHOWN)
    return [commune for name in alike for commune in communes_named(name)]


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
    _refuse_taken(directory)
    files = dict(_files(service, year))
    with placed(directory, "Le dossier ne peut pas être écrit.") as new:
        for name, content in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    missing = tuple(_empty_keys(files["params/service.yml"].decode()))
    texts = [name for name in files if "/textes/" in name]
    return NewService(directory, year, service, missing, len(texts))


def _refuse_taken(directory: Path) -> None:
    """UsageError where something else has the name of a folder that is to be written."""
    if not directory.exists() or _is_blank(directory):
        return
    what = "Ce nom est celui d'un fichier."
    if directory.is_dir():
        what = "Ce dossier existe et n'est pas vide."
    todo = "choisir un autre nom de dossier"
    raise UsageError(f"{what} Rien n'y est écrit.", str(directory), todo=todo)


def _is_blank(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _empty_keys(text: str) -> Iterator[str]:
    """The keys of ``service.yml`` that are still to be written, each with its line."""
    for number, line in enumerate(text.splitlines(), start=1):
        key = re.match(r'(\w+): (?:""|\[\])$', line)
        if key:
            yield f"{key[1]} (ligne {number})"


@contextmanager
def placed(
    target: Path, what: str, todo: str | None = "choisir un autre endroit"
) -> Iterator[Path]:
    """Give a path beside a target; what is written there takes its place, all at once. An empty folder is filled: the
    user may stand in it. ToolError, with ``what``, where the system refuses."""
    is_blank = _is_blank(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target if is_blank else target.parent
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=beside) as workshop:
            draft = Path(workshop) / (target.name or "nouveau")
            yield draft
            _put_in_place(draft, target, is_blank)
    except OSError as error:
        raise ToolError(what, str(target), got=error.strerror, todo=todo) from error


def _put_in_place(draft: Path, target: Path, is_blank: bool) -> None:
    """Move what was written to its place, or into the empty folder that is there."""
    if is_blank:
        for path in draft.iterdir():
            path.rename(target / path.name)
        return
    if target.is_dir():
        target.rename(draft.with_name(".ancien"))
    draft.replace(target)


def next_steps(new: NewService, command: str) -> str:
    """What was written, what is still missing, and the commands that follow."""
    return filled("dossier.modele.txt", new=new, command=command).rstrip()


def _files(service: Service, year: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a new folder."""
    yield WORKBOOK, entry_workbook(service, year)
    for name, text in _texts(service, year):
        yield name, text.encode()


def _texts(service: Service, year: int) -> Iterator[tuple[str, str]]:
    """Name and content of each text of a new folder: settings, schemas, texts to write."""
    yield "LISEZMOI.md", filled("lisezmoi.modele.md", annee=year)
    yield FILE, project_file(WORKBOOK, f"{SCHEMAS}/rlpipeline.json")
    yield ".gitignore", filled("gitignore.modele")
    yield "params/service.yml", service_yaml(service)
    yield f"params/{year}/rapport.yml", report_yaml(year)
    for name, content in schemas().items():
        yield f"{SCHEMAS}/{name}", content
    for name, asked in _asked(service).items():
        yield f"params/{year}/textes/{name}.md", filled("texte.modele.md", **asked)


def _asked(service: Service) -> Mapping[str, Mapping[str, str]]:
    """Name of each text to what it asks for, one of actions for each commune."""
    here = "Les actions menées dans cette commune. Ce texte va aussi dans son portrait."
    texts = dict(prompts())
    for commune in service.communes:
        title = f"{texts['actions']['titre']}, {commune.nom}"
        texts[f"actions-{commune.code}"] = {"titre": title, "consigne": here}
    return texts


def service_yaml(service: Service) -> str:
    """The settings of the service; what is not known is empty, and refused until it is written."""
    codes = [commune.code for commune in service.communes]
    issues = resources.files("rlpipeline").joinpath("problematiques.yml")
    lines = issues.read_text(encoding="utf-8").splitlines()
    commented = [f"#  {line}" for line in lines if not line.startswith("#")]
    words = {"nom": _quoted(service.nom), "departement": _quoted(service.departement)}
    words["communes"] = _listed_communes(service)
    words["premiere"] = _quoted([*codes, "62215"][0])
    words["epci"] = '#epci: {code: "246200299", nom: "Nom de l\'intercommunalité"}'
    if service.epci:
        words["epci"] = f"epci: {_pair(service.epci)}"
    return filled("service.modele.yml", problematiques="\n".join(commented), **words)


def _listed_communes(service: Service) -> str:
    """The communes as YAML lists them; an empty list where none is known."""
    lines = [f"  - {_pair(commune)}" for commune in service.communes]
    return "\n".join(["", *lines]) if lines else " []"


def _pair(place: Commune | Epci) -> str:
    return f"{{code: {_quoted(place.code)}, nom: {_quoted(place.nom)}}}"


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
    before = _year_before(params, year)
    former = load_settings(params, before).report_path.parent
    new = params / str(year)
    with placed(new, "Le dossier de l'année ne peut pas être écrit.", todo=None) as fresh:
        shutil.copytree(former, fresh, ignore=shutil.ignore_patterns(".*", *LEFT))
        _edit(fresh / "rapport.yml", _Report(before, year).edits, _comments(before, year))
        texts = sum(_mark(path, before) for path in sorted(fresh.glob("textes/**/*.md")))
        pictures = _edit(fresh / PICTURES, _without_authorisations)
        left = tuple(name for name in LEFT if (former / name).exists())
        return NewYear(new, before, year, texts, pictures, left)


def _year_before(params: Path, year: int) -> int:
    """The latest year, from which another is made; UsageError where there is none."""
    years = years_begun(params)
    if not years:
        expected = "un dossier de l'année d'avant, comme 2026"
        raise UsageError("Aucune année n'est à reprendre.", where=str(params), expected=expected)
    last = years[-1]
    if year <= last:
        raise UsageError(
            f"L'année {last} est déjà commencée : rien n'est écrit.",
            where=str(params / str(last)),
            expected=f"une année qui la suit, comme {last + 1}",
            got=str(year),
            todo="continuer dans ce dossier, ou demander l'année suivante",
        )
    return last


def _comments(before: int, year: int) -> Mapping[str, str]:
    """The lines that explain the settings of a year, to those of the next."""
    lines, others = (report_yaml(each).splitlines() for each in (before, year))
    return dict(zip(lines, others, strict=True))


def _edit(
    path: Path,
    change: Callable[[Keys, str], Iterator[Edit]],
    lines: Mapping[str, str] | None = None,
) -> int:
    """Replace lines and parts of a YAML file, where it is there; how many parts."""
    if not path.is_file():
        return 0
    known = lines or {}
    written = path.read_text(encoding="utf-8-sig").splitlines()
    text = "\n".join([*(known.get(line, line) for line in written), ""])
    keys = _keys(yaml.compose(text, Loader=yaml.BaseLoader))
    edits = sorted(change(keys, text), reverse=True)
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    path.write_text(text, encoding="utf-8")
    return len(edits)


def _keys(node: yaml.Node | None) -> Keys:
    """Each key of a mapping, with its node and that of its value."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: (key, value) for key, value in node.value}


def _end(node: yaml.Node) -> int:
    """Where a value ends, without what is empty below it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


EMPTIED = {"statut": ": brouillon", "date_validation": ":", "donnees_arretees_au": ":"}
"""What begins anew with a year."""


@dataclass(frozen=True)
class _Report:
    """The settings of a report on their way to another year."""

    former: int
    year: int

    def edits(self, keys: Keys, text: str) -> Iterator[Edit]:
        """What changes: the title's year, what begins anew, breaks that were those of the year."""
        for name, (key, value) in keys.items():
            start, end = key.end_mark.index, _end(value)
            if name == "titre":
                yield start, end, re.sub(rf"\b{self.former}\b", str(self.year), text[start:end])
            elif name in EMPTIED:
                yield start, end, EMPTIED[name]
            elif name == "ruptures" and isinstance(value, yaml.SequenceNode):
                yield from map(self._dated, filter(_has_no_year, value.value))
            elif name == "constats" and "mots" in _keys(value):
                name_of_words, words = _keys(value)["mots"]
                yield name_of_words.end_mark.index, _end(words), ": {}"

    def _dated(self, rupture: yaml.Node) -> Edit:
        """Say of which year a break was."""
        start, indent = rupture.start_mark.index, " " * rupture.start_mark.column
        apart = f"\n{indent}"
        if rupture.flow_style:
            start, apart = start + 1, ", "
        return start, start, f"annee: {self.former}{apart}"


def _has_no_year(rupture: yaml.Node) -> bool:
    return "annee" not in _keys(rupture)


def _without_authorisations(keys: Keys, _: str) -> Iterator[Edit]:
    """No picture is authorised for another year; where nothing is said, it is no."""
    pictures = keys["images"][1].value if "images" in keys else ()
    for said in (_keys(picture).get("autorisation") for picture in pictures):
        if said:
            key, value = said
            yield key.end_mark.index, _end(value), ": non"
        else:
            yield 0, 0, ""


def _mark(path: Path, former: int) -> bool:
    text = path.read_text(encoding="utf-8-sig")
    written = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).strip()
    if written and not FORMER.search(text):
        path.write_text(f"<!-- texte de {former}, à relire -->\n{text}", encoding="utf-8")
    return bool(written)
