"""Tables of one import against each other: sheets that repeat another, files and sheets that are an educator's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rlpipeline.importing.blocks import Block
from rlpipeline.importing.cells import month_of
from rlpipeline.importing.complements import OF_EDUCATORS
from rlpipeline.importing.questions import (
    NO,
    YES,
    Asking,
    Choice,
)
from rlpipeline.importing.rules import (
    IGNORED,
    OF_FILE,
    OF_SHEET,
    ImportRules,
    is_left_out,
    targets_of,
)
from rlpipeline.importing.words import PERSON, is_a_name, own_word, telling_words
from rlpipeline.records.tables import table_named
from rlpipeline.settings.models import Service

REPEATED = f"{IGNORED}cette feuille répète une autre"


def repeated(blocks: Sequence[Block], decided: Sequence[dict[str, tuple[str, ...]]], asking: Asking) -> None:
    """Ask of a sheet whose rows another sheet holds too whether it repeats them: nothing would say so later."""
    rows = [_rows_as_filled(block, columns) for block, columns in zip(blocks, decided, strict=True)]
    for place, own in enumerate(rows):
        for other in range(place):
            smaller, larger = sorted((place, other), key=lambda one: len(rows[one][1]))
            if own[0] != rows[other][0] or len(own[1] & rows[other][1]) < max(3, 0.5 * len(rows[smaller][1])):
                continue
            here, there = blocks[smaller].name, blocks[larger].name
            answer = asking.ask(
                f"répétée | {here}",
                here,
                f"la plupart de ses lignes sont aussi dans {there}. Les compter deux fois ?",
                [Choice(NO, "non : la laisser de côté"), Choice(YES, "oui : ce sont d'autres lignes")],
            )
            if answer != YES:
                decided[smaller].update(dict.fromkeys(decided[smaller], (REPEATED,)))


def of_educators(
    blocks: Sequence[Block],
    decided: Sequence[Mapping[str, tuple[str, ...]]],
    rules: ImportRules,
    service: Service,
    asking: Asking,
) -> str:
    """Tell where the educator of follow-ups is, where no column says who it is.

    Returns
    -------
    ``OF_FILE`` or ``OF_SHEET`` where each has the name of an educator; empty where none has, or while it is asked.
    """
    for where in (OF_FILE, OF_SHEET):
        if any(one.complements.get("suivis.educateur") == where for one in rules.tableaux):
            return where
    lacking = [block for block, columns in zip(blocks, decided, strict=True) if lacks_educator(columns)]
    files = {block.file for block in lacking}
    words = [own_word(stem_of(file), map(stem_of, files - {file})) for file in sorted(files)]
    sheets = [block.sheet for block in lacking]
    if len(words) > 1 and all(words):
        where, names, each = OF_FILE, words, "Chaque fichier est-il celui"
    elif len(files) == 1 and len(sheets) > 1 and all(_is_somebody(sheet, service) for sheet in sheets):
        where, names, each = OF_SHEET, sheets, "Chaque feuille est-elle celle"
    else:
        return ""
    answer = asking.ask(
        f"{OF_EDUCATORS}{where}",
        "",
        f"aucune colonne ne dit l'éducateur. {each} d'un éducateur : {', '.join(names)} ?",
        [Choice(YES, "oui : l'écrire à chaque suivi"), Choice(NO, "non")],
    )
    return where if answer == YES else ""


def _is_somebody(sheet: str, service: Service) -> bool:
    """Whether the name of a sheet is rather somebody's: neither a word of exports, nor a month, nor a commune."""
    words = re.findall(r"[^\W\d_]{3,}", sheet)
    communes = {word for commune in service.communes for word in telling_words(commune.nom)}
    is_other = bool(month_of(sheet)[1] or {*telling_words(sheet)} & communes)
    return bool(words) and all(map(is_a_name, words)) and not is_other


def stem_of(file: str) -> str:
    """Give the name of a file without its ending."""
    return file.rpartition(".")[0]


def lacks_educator(columns: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether a table has follow-ups and says nobody's name who follows."""
    filled = [one for decision in columns.values() for one in targets_of(decision) if one.table == "suivis"]
    return bool(filled) and not any(one.column == "educateur" for one in filled)


def _rows_as_filled(
    block: Block, columns: Mapping[str, tuple[str, ...]]
) -> tuple[frozenset[str], set[tuple[str, ...]]]:
    """What rows fill, and the rows in that order, where no key joins rows alike, which would be counted twice."""
    by_target = sorted((text, header) for header, decision in columns.items() for text in decision)
    tables = {one.table for decision in columns.values() for one in targets_of(decision)} - {PERSON}
    if not tables or any(table_named(table).key for table in tables):
        return frozenset((block.name,)), set()
    texts = zip(*(block.column(header) for text, header in by_target if not is_left_out(text)), strict=True)
    return frozenset(text for text, _ in by_target if not is_left_out(text)), {*texts}
