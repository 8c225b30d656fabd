"""What an import says, in French: what it recognised, what it asks, what came in, and what did not."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rlpipeline.importing.blocks import Unreadable
from rlpipeline.importing.filled import Account, Filled, Refused
from rlpipeline.importing.planning import Plan, TablePlan
from rlpipeline.importing.pseudonyms import KEY
from rlpipeline.importing.questions import WORDS, Choice, Question, by_kind, by_place
from rlpipeline.importing.rules import AGE_IN, BELOW, FILE, OF_YEAR, ORDER_OF, SEVERAL_IN, UNIT_OF, is_left_out
from rlpipeline.importing.writing import Written
from rlpipeline.records.tables import table_named


def _seen(path: Path) -> str:
    """A path as it is seen from here."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive, on Windows
        return str(path)


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number and what it counts."""
    return f"{number} {one if number < 2 else many or f'{one}s'}"


def plan_words(plan: Plan, aside: Sequence[str]) -> str:
    """What each column fills, and what is left out."""
    lines = list(aside)
    lines += [f"Changé depuis le dernier import : {change}." for change in plan.changes]
    for table in plan.tables:
        lines += ["", *_table(table)]
    if any(words for table in plan.tables for words in table.translated.values()):
        lines += [
            "",
            f"Un mot mal traduit se corrige avant d'importer, ou dans « valeurs » d'{FILE}, puis l'import se relance.",
        ]
    return "\n".join(lines).strip("\n")


def _table(table: TablePlan) -> Iterator[str]:
    block = table.block
    before = ", même disposition que la dernière fois" if table.seen_before else ""
    hidden = ", masquée" if block.hidden else ""
    yield f"{block.name}{hidden} : en-têtes ligne {block.header_line}, {counted(len(block.rows), 'ligne')}{before}"
    left: dict[str, list[str]] = defaultdict(list)
    written = {text for _, texts in table.targets() for text in texts}
    for header, decision in table.rule.colonnes.items():
        texts = (decision,) if isinstance(decision, str) else decision
        if header not in block.header:
            continue
        if is_left_out(texts[0]):
            left[texts[0]].append(header)
        else:
            named = " (remplacé par un pseudonyme)" if texts[0].startswith("personne.") else ""
            named = " (un nom est remplacé par un pseudonyme)" if texts[0].endswith(".educateur") else named
            why = f" — déduit : {table.inferred[header]}" if header in table.inferred else ""
            yield f"  {header} → {', '.join(texts)}{named}{why}"
            if words := table.translated.get(header):
                yield f"    mots traduits : {', '.join(f'« {word} » → {code}' for word, code in words.items())}"
    for place, value in table.rule.complements.items():
        where = "partout" if place not in written else "où rien n'est lisible"
        about_cells = place.startswith((ORDER_OF, SEVERAL_IN, BELOW, UNIT_OF)) or value.startswith((OF_YEAR, AGE_IN))
        yield f"  {place} : {value or 'laissé vide'}{'' if about_cells else f', {where}'}"
    for reason, headers in left.items():
        how, _, why = reason.partition(" : ")
        many = f"{how}s" if len(headers) > 1 else how
        yield f"  {many} : {', '.join(headers)} ({why})"
    for (reason,), rows in _grouped(((one.reason,), one.line) for one in block.left_out):
        yield f"  hors du tableau : {reason}, {_lines(rows)}"


def questions_words(questions: Sequence[Question], again: bool = False) -> str:
    """The questions as a file of answers to complete: each with its choices, the first taken by default.

    Parameters
    ----------
    again
        Whether a file of answers was given, which holds the others.
    """
    place = "à la fin du même fichier de réponses" if again else "dans un fichier"
    lines = [
        f"# {counted(len(questions), 'question')}{' de plus' if again else ''}. Copier ce qui suit {place}, "
        "en corriger les réponses,",
        "# puis relancer le même import avec --reponses et le nom de ce fichier.",
    ]
    if any(one.of_column for one in questions):
        lines.append(
            "# Une autre colonne des données s'écrit comme suivis.date_debut ; le guide les nomme (« Les données »)."
        )
    for group in by_kind(questions):
        lines += ["", f"# {group[0].kind}"]
        for where, several in by_place(group).items():
            lines += [f"# {where}"] if where else []
            if group[0].kind == WORDS:  # the same codes for every word of a column
                every = {choice.answer: choice for one in several for choice in one.choices}
                lines += [f"#   {_choice(every[answer])}" for answer in sorted(every)]
            for one in several:
                lines += [] if group[0].kind == WORDS else _with_choices(one)
                lines.append(f"{_quoted(one.key)}: {_quoted(one.choices[0].answer)}")
    return "\n".join(lines)


def _with_choices(one: Question) -> Iterator[str]:
    if one.of_column:
        offered = " | ".join(_quoted(choice.answer) for choice in one.choices)
        yield f"#   {one.item} : {offered}, ou une autre colonne des données"
    else:
        yield f"#   {one.item or one.text}"
        yield from (f"#     {_choice(choice)}" for choice in one.choices)


def _choice(choice: Choice) -> str:
    shown = choice.label.startswith(choice.answer) and choice.answer
    return choice.label if shown else f'"{choice.answer}" : {choice.label}'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def filled_words(filled: Filled) -> str:
    """What came in, and each row and cell that did not."""
    refused = {(one.file, one.line) for one in filled.refused}
    lines = [f"Lignes lues : {filled.rows_read} ; entrées : {filled.rows_used} ; refusées : {len(refused)}."]
    for name, rows in filled.tables.items():
        merged = filled.merged[name]
        joined = f", réunies de {len(rows) + merged}" if merged else ""
        lines.append(f"  {name} : {counted(len(rows), 'ligne')}{joined}")
    lines += [f"  {note} : {number}" for note, number in filled.notes.items()]
    lines += ["", "Compte de chaque tableau :", *map(_account, filled.accounts)]
    lines += [f"  {one.name}, « {h} » : « {word} » lu comme vide, {counted(number, 'cellule')}"
              for one in filled.accounts for (h, word), number in one.emptied.items()]  # fmt: skip
    if filled.refused:
        lines += ["", "Lignes refusées :", *_refused(filled.refused)]
    if filled.unreadable:
        lines += [
            "",
            f"Cellules laissées vides ou contredites ({len(filled.unreadable)}) :",
            *_unreadable(filled.unreadable),
        ]
    if filled.lacking:
        lines += [
            "",
            f"Cases obligatoires restées vides, que « check » demandera ({len(filled.lacking)}) :",
            *_unreadable(filled.lacking),
            "Les remplir dans l'export ou le logiciel, puis relancer le même import : les réponses sont gardées.",
            "Ou dans les fichiers écrits, mais le prochain import les remplacera.",
        ]
    return "\n".join(lines)


def educators_words(filled: Filled) -> str:
    """Whom the pseudonyms of educators replace; empty where there are none."""
    if not filled.educators:
        return ""
    lines = [f"  {name} : {code}" for name, code in sorted(filled.educators.items())]
    return "\n".join(["", "Éducateurs sous un pseudonyme, à noter à part : rien d'autre ne le dira.", *lines, ""])


def _account(one: Account) -> str:
    """What went into a table, and where it is."""
    rows = [counted(one.entered_rows, "entrée")] + ([counted(one.refused_rows, "refusée")] if one.refused_rows else [])
    ways = (
        (one.entered_cells, "entrée", "entrées"),
        (one.listed_cells, "listée plus bas", "listées plus bas"),
        (one.refused_cells, "dans une ligne refusée", "dans des lignes refusées"),
        (one.emptied.total(), "lue comme vide", "lues comme vides"),
    )
    cells = [counted(number, *way) for number, *way in ways if number or way[0] == "entrée"]
    text = f"  {one.name} : lignes {one.rows} = {' + '.join(rows)} ; cellules {one.cells} = {' + '.join(cells)}"
    return text if one.is_even() else f"{text} — le compte n'y est pas, prévenir qui maintient rlpipeline"


def _refused(refused: Sequence[Refused]) -> Iterator[str]:
    for (file, reason), rows in _grouped(((one.file, one.reason), one.line) for one in refused):
        yield f"  {file}, {_lines(rows)} : {reason}"


def _unreadable(cells: Sequence[Unreadable]) -> Iterator[str]:
    for (file, column, value, reason), rows in _grouped(
        ((one.file, one.column, one.value, one.reason), one.line) for one in cells
    ):
        said = f", « {value} »" if value else ""
        yield f"  {file}, {_lines(rows)}, colonne « {column} »{said} : {reason}"


def _grouped(pairs: Iterable[tuple[tuple[str, ...], int]]) -> Iterator[tuple[tuple[str, ...], list[int]]]:
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for key, line in pairs:
        groups[key].append(line)
    yield from groups.items()


def _lines(rows: Sequence[int]) -> str:
    return f"ligne{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}"


def written_words(written: Written, command: str) -> str:
    """Where all is, what came and went, and what to do now."""
    lines = [f"Écrit : {_seen(written.folder)}, et ce qui a été décidé : {FILE}."]
    if written.copy:
        lines.append(f"Ce qui y était est copié dans {_seen(written.copy)}.")
    if written.moved:
        lines.append("rlpipeline.yml dit maintenant « source: source » : c'est là que les données se lisent.")
    moves = [(name, written.came[name], written.went[name]) for name in written.came]
    if written.copy and any(went or came for _, came, went in moves):
        lines += [f"  {name} : lignes ajoutées {came}, retirées {went}" for name, came, went in moves if came or went]
        lines.append(f"  en tout, jeunes ajoutés : {written.persons_came} ; retirés : {written.persons_went}")
    if written.unchanged:
        labels = ", ".join(f"{name} ({table_named(name).label.lower()})" for name in written.unchanged)
        lines.append(f"Gardées telles quelles, car ces fichiers ne les remplissent pas : {labels}.")
    lines.append(
        f"Garder {KEY} en lieu sûr : sans cette clé, le prochain export donnerait à chaque jeune un autre pseudonyme."
    )
    return "\n".join([*lines, "", "Vérifier maintenant les données :", f"  {command} check"])
