"""What the expressions of a text may be: calls to known functions, with written-out arguments."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rlpipeline.display import french
from rlpipeline.display.prose import Bound, Prose
from rlpipeline.errors import SettingsError

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Keyword,
    nodes.Tuple,
    nodes.Neg,
)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ue000-\uf8ff\ufeff]")

_CHECKED: set[tuple[str, type[Prose]]] = set()


def checked(source: str, path: Path, prose: Prose) -> str:
    """Check every expression of the text before any is run; the same text once for each class of prose."""
    key = (source, type(prose))
    if key not in _CHECKED:
        _check_text(source, path, prose)
        _CHECKED.add(key)
    return source


def _check_text(source: str, path: Path, prose: Prose) -> None:
    try:
        tree = ImmutableSandboxedEnvironment().parse(source)
    except TemplateSyntaxError as error:
        problem = SettingsError(
            "Une expression {{ … }} est mal écrite.", expected="parenthèses, guillemets et accolades fermés"
        )
        raise located(path, error.lineno, problem) from error
    for bare in _bare_outputs(tree):
        problem = SettingsError(
            "Une expression {{ … }} n'appelle pas de fonction.", expected='par exemple {{ chiffre("…", "…", "…") }}'
        )
        raise located(path, bare.lineno, problem)
    for node in _walk(tree):
        try:
            _check(node, prose.functions)
        except SettingsError as error:
            raise located(path, node.lineno, error) from error


def _bare_outputs(tree: nodes.Template) -> Iterator[nodes.Node]:
    """Expressions that print something else than what a call gives."""
    for output in tree.find_all(nodes.Output):
        yield from (child for child in output.nodes if not isinstance(child, nodes.TemplateData | nodes.Call))


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """Every part of the text, in order."""
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _check(node: nodes.Node, functions: Mapping[str, Callable[..., Bound]]) -> None:
    if isinstance(node, nodes.Call):
        _check_call(node, functions)
        for argument in (*node.args, *(keyword.value for keyword in node.kwargs)):
            _check_argument(argument)
    elif not isinstance(node, _ALLOWED):
        raise SettingsError(
            "Un texte contient autre chose que du Markdown et des appels {{ fonction(…) }}.",
            expected=f"l'une des fonctions {french.listing(sorted(functions))}",
        )


def _check_argument(node: nodes.Node) -> None:
    """Refuse a name, which would print what Python is made of, and characters that nobody sees in a string."""
    name = next(iter(node.find_all(nodes.Name)), node) if not isinstance(node, nodes.Call) else None
    if isinstance(name, nodes.Name):
        raise SettingsError(
            "Un argument est un mot sans guillemets.", expected=f'« "{name.name}" », ou un nombre', got=name.name
        )
    for word in () if isinstance(node, nodes.Call) else [node, *node.find_all(nodes.Const)]:
        text = word.value if isinstance(word, nodes.Const) else ""
        hidden = [sign for sign in text if _UNSEEN.match(sign)] if isinstance(text, str) else []
        if hidden:
            raise SettingsError(
                "Un argument contient un caractère invisible.", expected="des lettres", got=f"U+{ord(hidden[0]):04X}"
            )


def _check_call(call: nodes.Call, functions: Mapping[str, Callable[..., Bound]]) -> None:
    name = call.node.name if isinstance(call.node, nodes.Name) else ""
    if name not in functions:
        near = difflib.get_close_matches(name, functions, n=1)
        hint = f"{near[0]}(…)" if near else french.listing(sorted(functions))
        raise SettingsError("Un texte appelle une fonction inconnue.", expected=hint, got=name or None)
    signature = inspect.signature(functions[name])
    try:
        if call.dyn_args is not None or call.dyn_kwargs is not None:
            raise TypeError("*")
        signature.bind(*call.args, **{keyword.key: keyword.value for keyword in call.kwargs})
    except TypeError as error:
        parameters = ", ".join(signature.parameters)
        raise SettingsError(f"Les arguments de {name} ne vont pas.", expected=f"{name}({parameters})") from error


def located(path: Path, line: int | None, error: SettingsError) -> SettingsError:
    """Say in which file and line an error is."""
    where = str(path) if line is None else f"{path}, ligne {line}"
    todo = error.todo or "corriger l'expression à cette ligne"
    return SettingsError(error.what, where=where, expected=error.expected, got=error.got, todo=todo)
