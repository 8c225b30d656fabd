"""YAML read strictly into frozen models: every problem is told with its line and, in French, what to do.

YAML 1.2, so that ``NO`` is a text. Duplicate keys, unknown keys, aliases, tags, characters that nobody sees and wrong
types are errors. Accents are in Unicode's composed form, so that a name typed in two ways is one name.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, ScalarEvent

from rlpipeline.characters import UNSEEN
from rlpipeline.errors import SettingsError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
EXAMPLES = ("62215", "62", "246200299", "#7a1f3d", "acces_droits", "CAHC", "fresque.jpg", "actions-62215")
"""A value of each form that a setting may have to have, the narrowest first."""
_UNPRINTABLE = re.compile(f"[{UNSEEN}\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\uf8ff]")

M = TypeVar("M", bound=BaseModel)


def read(path: Path, model: type[M]) -> M:
    """Read one settings file into its model, which is frozen: the same bytes give the same object.

    Raises
    ------
    SettingsError
        The file is unreadable, is not YAML, or breaks the model; all its problems at once, each with its line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError("Fichier de paramètres illisible.", where=str(path), got=error.strerror) from error
    read_once: M = _validated(path, raw, model)
    return read_once


@lru_cache(maxsize=64)
def _validated(path: Path, raw: bytes, model: type[M]) -> M:
    """Parse and validate a file; a build asks for the same settings a dozen times."""
    data = _load(path, raw)
    values = plain(data) if data is not None else {}
    if not isinstance(values, dict):
        raise SettingsError("Le fichier ne contient pas de clés.", str(path), expected="des lignes « clé: valeur »")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [*_problems(error, data, model)]
        raise SettingsError(
            f"{len(problems)} réglage{'s' if len(problems) > 1 else ''} à corriger.",
            where=str(path),
            got="\n    ".join(["", *problems]),
            todo="corriger, enregistrer, relancer",
        ) from error


def parse(text: str) -> Any:
    """YAML 1.2 with the position of every key kept."""
    yaml = YAML(typ="rt")
    yaml.version = (1, 2)
    return yaml.load(text)


@cache
def packaged(name: str) -> Any:
    """The values of a list that comes with the package, read once: not to be changed."""
    return plain(parse(resources.files("rlpipeline").joinpath(name).read_text(encoding="utf-8")))


def plain(value: Any) -> Any:
    """The YAML value without its comments; lists become tuples, as the frozen models hold them."""
    if isinstance(value, dict):
        return {_composed(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(plain(item) for item in value)
    if isinstance(value, bool) or value is None or isinstance(value, date):
        return value
    if isinstance(value, str):
        return _composed(value)
    for scalar in (int, float):
        if isinstance(value, scalar):
            return scalar(value)
    return value


def _composed(text: object) -> str:
    return unicodedata.normalize("NFC", str(text))


def _load(path: Path, raw: bytes) -> Any:
    try:
        if len(raw) > MAX_BYTES:
            raise SettingsError("Fichier de paramètres trop grand.", where=str(path), expected="moins de 1 Mo")
        text = raw.decode("utf-8-sig")
        _refuse_what_settings_do_without(path, text)
        return parse(text)
    except DuplicateKeyError as error:
        raise _yaml_error(path, error, "Une clé est écrite deux fois.") from error
    except MarkedYAMLError as error:
        raise _yaml_error(path, error, "Le fichier n'est pas du YAML correct.") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(
            "Le fichier n'est pas du YAML en UTF-8.", where=str(path), todo="l'enregistrer de nouveau en UTF-8"
        ) from error
    except ValueError as error:  # a date that no calendar has, a number of 5,000 digits
        raise SettingsError("Une valeur du fichier est impossible.", str(path), todo="la corriger") from error


def _refuse_what_settings_do_without(path: Path, text: str) -> None:
    """An alias can expand without end, a tag build any object, a deep nest exhaust the stack, a mark hide."""
    depth = 0
    for event in YAML(typ="rt").parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        refused = _refused(event, depth)
        if refused:
            what, expected, todo = refused
            raise SettingsError(what, f"{path}, ligne {event.start_mark.line + 1}", expected, todo=todo)


def _refused(event: Event, depth: int) -> tuple[str, str, str] | None:
    """What is wrong with a part of the file, what was expected, what to do; None where all is well."""
    tagged = isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None
    if isinstance(event, AliasEvent) or tagged:
        what = "Le fichier utilise un alias (*) ou une étiquette (!) YAML."
        return what, "des valeurs simples", "écrire la valeur en toutes lettres"
    if isinstance(event, ScalarEvent) and event.value == "<<" and event.implicit[0]:
        return "Le fichier fusionne des clés (<<).", "chaque clé à sa place", "écrire les clés en toutes lettres"
    if depth > MAX_DEPTH:
        return "Le fichier imbrique trop de listes.", f"{MAX_DEPTH} niveaux au plus", "corriger la ligne indiquée"
    unseen = _UNPRINTABLE.search(event.value) if isinstance(event, ScalarEvent) else None
    if unseen:
        what = f"Une valeur contient un caractère invisible (U+{ord(unseen[0]):04X})."
        return what, "des lettres, des chiffres, des signes visibles", "retaper la valeur au clavier"
    return None


def _yaml_error(path: Path, error: MarkedYAMLError, what: str) -> SettingsError:
    """Name the line and show what stands there: the parser's own words are English."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return SettingsError(what, where=str(path), todo="corriger le fichier")
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    line = lines[mark.line] if mark.line < len(lines) else "la fin du fichier"
    todo = "corriger la ligne indiquée"
    if "\t" in line:
        todo = "remplacer la tabulation par des espaces"
    return SettingsError(what, where=f"{path}, ligne {mark.line + 1}", got=line.strip(), todo=todo)


def _problems(error: ValidationError, data: Any, model: type[BaseModel]) -> Iterator[str]:
    locations = [problem["loc"] for problem in error.errors()]
    for problem in error.errors():
        location = tuple(part for part in problem["loc"])
        inside = any(other[: len(location)] == location and len(other) > len(location) for other in locations)
        if problem["type"] == "too_short" and inside:  # a list is not empty because its only element is wrong
            continue
        line = _line_of(data, location)
        key = ".".join(part for part in location if isinstance(part, str))
        yield f"ligne {line}, {key} : {_explain(problem, model)}" if key else _explain(problem, model)


def _explain(problem: Mapping[str, Any], model: type[BaseModel]) -> str:
    kind, got = problem["type"], problem.get("input")
    context = problem.get("ctx", {})
    if kind == "string_type" and isinstance(got, int | float | bool):
        return f"texte attendu, {_yaml_type(got)} trouvé ({got}) ; mettre la valeur entre guillemets"
    explanations: dict[str, Callable[[], str]] = {
        "extra_forbidden": lambda: _unknown_key(problem["loc"], model),
        "missing": lambda: "clé obligatoire absente",
        "string_pattern_mismatch": lambda: f"{_quoted(got)} n'a pas la forme attendue{_example(context['pattern'])}",
        "literal_error": lambda: _unknown_choice(got, context["expected"]),
        "value_error": lambda: str(context["error"]),
        "bool_type": lambda: f"true (oui) ou false (non) attendu, {_quoted(got)} trouvé",
        "bool_parsing": lambda: f"true (oui) ou false (non) attendu, {_quoted(got)} trouvé",
        "int_type": lambda: f"nombre entier attendu, {_quoted(got)} trouvé",
        "float_type": lambda: f"nombre attendu, {_quoted(got)} trouvé",
        "string_type": lambda: f"texte attendu, {_quoted(got)} trouvé",
        "date_type": lambda: f"date attendue comme 2024-04-18, {_quoted(got)} trouvé",
        "date_from_datetime_parsing": lambda: f"date attendue comme 2024-04-18, {_quoted(got)} trouvé",
        "tuple_type": lambda: f"liste attendue entre crochets, {_quoted(got)} trouvé",
        "model_type": lambda: f"groupe de clés attendu entre accolades, {_quoted(got)} trouvé",
        "dict_type": lambda: f"groupe de clés attendu entre accolades, {_quoted(got)} trouvé",
        "too_short": lambda: "au moins un élément attendu",
        "string_too_short": lambda: (
            f"texte de {context['min_length']} lettres au moins attendu" if got else "texte vide"
        ),
        "greater_than_equal": lambda: f"au moins {context['ge']} attendu, {_quoted(got)} trouvé",
        "less_than_equal": lambda: f"au plus {context['le']} attendu, {_quoted(got)} trouvé",
    }
    explained = explanations.get(kind)
    return explained() if explained else f"valeur impossible, {_quoted(got)} trouvé"


def _quoted(value: object) -> str:
    return "rien" if value is None else f"« {value} »"


def _example(pattern: str) -> str:
    """A value that has the form of a setting, where one says more than the form."""
    return next((f", comme {example}" for example in EXAMPLES if re.match(pattern, example)), "")


def _unknown_key(location: Sequence[int | str], model: type[BaseModel]) -> str:
    keys = _keys_of(model, location[:-1])
    near = difflib.get_close_matches(str(location[-1]), keys, n=1, cutoff=0.4)
    hint = f"la clé la plus proche est « {near[0]} »" if near else f"clés connues : {', '.join(keys)}"
    return f"clé inconnue ; {hint}"


def _unknown_choice(got: object, expected: str) -> str:
    choices = re.findall(r"'([^']+)'", expected)
    near = difflib.get_close_matches(str(got), choices, n=1, cutoff=0)
    return f"{_quoted(got)} n'est pas un choix possible ({' ou '.join(choices)}) ; le plus proche est « {near[0]} »"


def _yaml_type(value: object) -> str:
    return {"bool": "oui/non", "int": "nombre", "float": "nombre"}[type(value).__name__]


def _keys_of(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    current: type[BaseModel] = model
    for part in location:
        if isinstance(part, str) and part in current.model_fields:
            current = _model_inside(current.model_fields[part].annotation) or current
    return list(current.model_fields)


def _model_inside(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_model_inside(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inside if model), None)


def _line_of(data: Any, location: Sequence[int | str]) -> int:
    """Line (from 1) of the deepest part of ``location`` that exists in the file."""
    line = 0
    for part in location:
        if isinstance(data, CommentedMap) and part in data:
            line, data = data.lc.key(part)[0], data[part]
        elif isinstance(data, CommentedSeq) and isinstance(part, int) and part < len(data):
            line, data = data.lc.item(part)[0], data[part]
        else:
            break
    return line + 1
