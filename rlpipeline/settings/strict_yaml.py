"""YAML read into frozen models: every scalar is a text, which its model types; each problem is told with its line.

A code, a date or « NO » need no quotes. Duplicate keys, unknown keys, aliases, tags, characters that nobody sees and
wrong types are errors. Accents are in Unicode's composed form, so that a name typed in two ways is one name.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rlpipeline.characters import UNSEEN
from rlpipeline.errors import SettingsError, nearest

MAX_BYTES, MAX_DEPTH, LONGEST = 1_000_000, 20, 120
EXAMPLES = (
    "62215",
    "62",
    "246200299",
    "#7a1f3d",
    "acces_droits",
    "CAHC",
    "fresque.jpg",
    "actions-62215",
)
"""A value of each form that a setting may have to have, the narrowest first."""
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_UNPRINTABLE = re.compile(f"[{UNSEEN}\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\uf8ff]")
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Location = tuple[int | str, ...]
Words = Annotated[str, Field(pattern=r"\S")]  # A text of one visible letter at least
M = TypeVar("M", bound=BaseModel)


class Frozen(BaseModel):
    """Settings: no other key than these, and none changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def read(path: Path, model: type[M]) -> M:
    """Read one settings file into its model, which is frozen: the same bytes give the same object. SettingsError: the
    file is unreadable, is not YAML, or breaks the model; all its problems at once, each with its line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            "Fichier de paramètres illisible.", where=str(path), got=error.strerror
        ) from error
    read_once: M = _validated(path, raw, model)
    return read_once


def parse(text: str, where: str = "") -> Any:
    """Give what a text in YAML holds: texts, mappings and tuples, None where nothing is written. Raises as ``read``."""
    return _Document(text, where).content


@cache
def packaged(name: str) -> Any:
    """The values of a list that comes with the package, read once: not to be changed."""
    return parse(resources.files("rlpipeline").joinpath(name).read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def _validated(path: Path, raw: bytes, model: type[M]) -> M:
    if len(raw) > MAX_BYTES:
        raise SettingsError(
            "Fichier de paramètres trop grand.", where=str(path), expected="moins de 1 Mo"
        )
    try:
        document = _Document(raw.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise _not_utf8(str(path)) from error
    values = {} if document.content is None else document.content
    if not isinstance(values, dict):
        raise SettingsError(
            "Le fichier ne contient pas de clés.", str(path), expected="des lignes « clé: valeur »"
        )
    try:
        return model.model_validate(values, strict=False)
    except ValidationError as error:
        problems = [*_problems(error, document.lines, model)]
        raise SettingsError(
            f"{len(problems)} réglage{'s' if len(problems) > 1 else ''} à corriger.",
            where=str(path),
            got="\n    ".join(["", *problems]),
            todo="corriger, enregistrer, relancer",
        ) from error


class _Document:
    """What a file holds, and the line of each of its parts."""

    def __init__(self, text: str, where: str) -> None:
        self.lines: dict[Location, int] = {}
        self._where, self._written = where, text.splitlines()
        self._events = yaml.parse(text, Loader=_Loader)
        try:
            _, first = next(self._events), next(self._events)
            self.content = None
            if isinstance(first, yaml.DocumentStartEvent):
                self.content = self._value(next(self._events), ())
            for event in self._events:
                if isinstance(event, yaml.DocumentStartEvent):
                    what = "Le fichier contient plusieurs documents (---)."
                    raise self._refusal(event.start_mark.line, what)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line if mark else 0
            raise self._refusal(line, "Le fichier n'est pas du YAML correct.") from error
        except (yaml.YAMLError, ValueError) as error:
            raise _not_utf8(where) from error

    def _value(self, event: yaml.Event, location: Location) -> Any:
        self._refuse_what_settings_do_without(event, len(location))
        if isinstance(event, yaml.ScalarEvent):
            is_nothing = not event.style and event.value in _NOTHING
            return None if is_nothing else unicodedata.normalize("NFC", event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
                self.lines[*location, len(items)] = event.start_mark.line + 1
                items.append(self._value(event, (*location, len(items))))
            return tuple(items)
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line, key = event.start_mark.line, self._value(event, location)
            if not isinstance(key, str):
                raise self._refusal(line, "Une clé n'est pas un mot.")
            if key in values:
                raise self._refusal(line, "Une clé est écrite deux fois.")
            self.lines[*location, key] = line + 1
            values[key] = self._value(next(self._events), (*location, key))
        return values

    def _refuse_what_settings_do_without(self, event: Any, depth: int) -> None:
        line = event.start_mark.line
        if isinstance(event, yaml.AliasEvent) or event.tag is not None:
            what = "Le fichier utilise un alias (*) ou une étiquette (!) YAML."
            raise self._refusal(
                line, what, "des valeurs simples", "écrire la valeur en toutes lettres"
            )
        if depth > MAX_DEPTH:
            raise self._refusal(
                line, "Le fichier imbrique trop de listes.", f"{MAX_DEPTH} niveaux au plus"
            )
        unseen = _UNPRINTABLE.search(event.value) if isinstance(event, yaml.ScalarEvent) else None
        if unseen:
            what = f"Une valeur contient un caractère invisible (U+{ord(unseen[0]):04X})."
            raise self._refusal(
                line,
                what,
                "des lettres, des chiffres, des signes visibles",
                "la retaper au clavier",
            )

    def _refusal(
        self, line: int, what: str, expected: str | None = None, todo: str | None = None
    ) -> SettingsError:
        written = self._written[line] if line < len(self._written) else "la fin du fichier"
        usual = (
            "remplacer la tabulation par des espaces"
            if "\t" in written
            else "corriger la ligne indiquée"
        )
        got = None if expected else written.strip()[:LONGEST]
        return SettingsError(what, f"{self._where}, ligne {line + 1}", expected, got, todo or usual)


def _not_utf8(where: str) -> SettingsError:
    return SettingsError(
        "Le fichier n'est pas du YAML en UTF-8.", where, todo="l'enregistrer de nouveau en UTF-8"
    )


def _problems(
    error: ValidationError, lines: Mapping[Location, int], model: type[BaseModel]
) -> Iterator[str]:
    """Write each problem of a model, with its line."""
    around = set[Location]()
    for problem in error.errors():
        around |= {problem["loc"][:depth] for depth in range(len(problem["loc"]))}
    for problem in error.errors():
        if problem["type"] == "too_short" and problem["loc"] in around:
            continue  # a list is not empty because its only element is wrong
        line, key = _place_of(problem, lines)
        explained = _explained(problem, model)
        yield f"ligne {line}, {key} : {explained}" if key else explained


def _place_of(problem: Mapping[str, Any], lines: Mapping[Location, int]) -> tuple[int, str]:
    """Give the line of the nearest thing that is written around a problem, and the keys that lead to it."""
    location: Location = problem["loc"]
    every = [location[:depth] for depth in range(1, len(location) + 1)]
    written = [place for place in every if place in lines]
    line = lines[written[-1]] if written else 1
    named = every if problem["type"] == "missing" else written
    parts = [place[-1] for place in named]
    return line, ".".join(part for part in parts if isinstance(part, str))


def _explained(problem: Mapping[str, Any], model: type[BaseModel]) -> str:
    """Say in French what is wrong with a value."""
    kind, got, context = problem["type"], problem.get("input"), problem.get("ctx", {})
    shown = "rien" if got is None else f"« {str(got)[:LONGEST]} »"
    if kind == "extra_forbidden":
        return _unknown_key(problem["loc"], model)
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return _no_choice(shown, str(got), context["expected"])
    if isinstance(got, str) and not got.strip():
        return "texte vide"
    if kind == "string_pattern_mismatch":
        return f"{shown} n'a pas la forme attendue{_example_of(context['pattern'])}"
    expected: Mapping[str, str] = packaged("settings/attendu.yml")
    words = next(words for name, words in expected.items() if kind.startswith(name))
    return words.format(got=shown, **context)


def _no_choice(shown: str, got: str, expected: str) -> str:
    """Say which choices there are, as pydantic lists them between quotes, and the nearest."""
    choices = re.findall(r"'([^']+)'", expected)
    near = nearest(got, choices)
    return f"{shown} n'est pas un choix possible ({' ou '.join(choices)}) ; le plus proche est « {near} »"


def _example_of(pattern: str) -> str:
    """Give an example of a form; nothing where none is known."""
    alike = (value for value in EXAMPLES if re.match(pattern, value))
    return next((f", comme {value}" for value in alike), "")


def _unknown_key(location: Sequence[int | str], model: type[BaseModel]) -> str:
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_inside(model.model_fields[part].annotation) or model
    fields = model.model_fields
    near = difflib.get_close_matches(str(location[-1]), fields, n=1, cutoff=0.4)
    hint = (
        f"la clé la plus proche est « {near[0]} »"
        if near
        else f"clés connues : {', '.join(fields)}"
    )
    return f"clé inconnue ; {hint}"


def _model_inside(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_model_inside(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inside if model), None)
