"""An import in a notebook: the questions of the terminal as drop-downs, the same plan behind them."""

from __future__ import annotations

from pathlib import Path

from IPython.display import display
from ipywidgets import HTML, Dropdown, Layout, Textarea, VBox, Widget

from rlpipeline.errors import UsageError
from rlpipeline.execution.clock import now
from rlpipeline.importing import telling
from rlpipeline.importing.asking import Import, finish, open_import
from rlpipeline.importing.planning import Plan
from rlpipeline.importing.questions import Question, by_kind
from rlpipeline.lab.buttons import pressed
from rlpipeline.settings.models import load_service
from rlpipeline.settings.project import FILE, Project, find_project

WIDE = Layout(width="100%")


def import_exports(*files: str) -> Widget:
    """Show what is recognised in exports, what must be said, and a button that goes on.

    Parameters
    ----------
    files
        Files or folders, from the notebook's folder.

    Raises
    ------
    UsageError, DataError, SettingsError
        As ``rlpipeline import``.
    """
    project = find_project(Path.cwd())
    if project is None:
        raise UsageError("Ce notebook n'est pas dans le dossier d'un service.", expected=f"un fichier {FILE} au-dessus")
    service = load_service(project.params)
    places = [Path(one) for one in files]
    return _page(open_import(places, service, project.root, {}, Path(project.source)), project)


def _page(under_way: Import, project: Project) -> Widget:
    """What is decided so far, then the questions, or the button that writes."""
    plan = under_way.plan()
    decided = Textarea(telling.plan_words(plan, under_way.aside), disabled=True, rows=18, layout=WIDE)
    staged = by_kind(plan.questions)[0] if plan.questions else []
    asked = {question.key: _choices(question) for question in staged}

    def go_on() -> None:
        under_way.answers.update({key: str(choice.value) for key, choice in asked.items()})
        display(_page(under_way, project))  # type: ignore[no-untyped-call]

    def write() -> None:
        filled, written = finish(under_way, plan, project, now())
        text = f"{telling.filled_words(filled)}\n\n{telling.written_words(written, 'rlpipeline')}"
        display({"text/plain": text}, raw=True)  # type: ignore[no-untyped-call]

    lines = [line for question in staged for line in (HTML(), asked[question.key])]
    for label, question in zip(lines[::2], staged, strict=True):
        label.value = question.alone.replace("&", "&amp;").replace("<", "&lt;")
    if asked:
        return VBox([decided, *lines, pressed("Continuer", go_on)])
    return VBox([decided, *_reread(under_way, project, plan), pressed("Importer", write)])


def _reread(under_way: Import, project: Project, plan: Plan) -> tuple[Widget, ...]:
    """Two lists, a column or a word and what it is read as, and the button that lets it be read otherwise."""
    questions = {one.key: one for one in plan.every}
    column = Dropdown(options=[(f"{one.where}, {one.item}", one.key) for one in plan.every], layout=WIDE)
    place = _choices(plan.every[0])

    def offer(_: object) -> None:
        place.options = [(choice.label, choice.answer) for choice in questions[column.value].every_choice()]

    def change() -> None:
        under_way.answers[str(column.value)] = str(place.value)
        display(_page(under_way, project))  # type: ignore[no-untyped-call]

    column.observe(offer, "value")
    return column, place, pressed("Lire ainsi", change)


def _choices(question: Question) -> Dropdown:
    options = [(choice.label, choice.answer) for choice in question.every_choice()]
    return Dropdown(options=options, value=question.choices[0].answer, layout=WIDE)
