"""Tables of one import against each other: sheets that repeat another, files that are an educator's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlpipeline.importing.blocks import Block
from rlpipeline.importing.questions import (
    NO,
    YES,
    Asking,
    Choice,
)
from rlpipeline.importing.rules import (
    IGNORED,
    OF_FILE,
    ImportRules,
    is_left_out,
    targets_of,
)
from rlpipeline.importing.words import PERSON, own_word
from rlpipeline.records.tables import table_named

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
                f"{here} : la plupart de ses lignes sont aussi dans {there}. Les compter deux fois ?",
                [Choice(NO, "non : la laisser de côté"), Choice(YES, "oui : ce sont d'autres lignes")],
            )
            if answer != YES:
                decided[smaller].update(dict.fromkeys(decided[smaller], (REPEATED,)))


def of_educators(
    blocks: Sequence[Block], decided: Sequence[Mapping[str, tuple[str, ...]]], rules: ImportRules, asking: Asking
) -> bool:
    """Tell whether each file is that of the educator whose name it has, where no column says who it is."""
    if any(one.complements.get("suivis.educateur") == OF_FILE for one in rules.tableaux):
        return True
    files = {block.file for block, columns in zip(blocks, decided, strict=True) if lacks_educator(columns)}
    names = [own_word(stem_of(file), map(stem_of, files - {file})) for file in sorted(files)]
    if len(names) < 2 or not all(names):
        return False
    answer = asking.ask(
        "éducateurs | fichiers",
        f"Aucune colonne ne dit l'éducateur. Chaque fichier est-il celui d'un éducateur : {', '.join(names)} ?",
        [Choice(YES, "oui : l'écrire à chaque suivi"), Choice(NO, "non")],
    )
    return answer == YES


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
