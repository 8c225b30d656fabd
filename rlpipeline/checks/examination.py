"""All the checks of a publication: between its figures, of what shows them, of what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rlpipeline.checks.addresses import Former, Sources, check_addresses
from rlpipeline.checks.dictionary import linked
from rlpipeline.checks.findings import Examination, Tested, examine
from rlpipeline.checks.reading import Publication, readable
from rlpipeline.checks.relations import (
    LIST,
    Declared,
    Recount,
    check_dictionary,
    check_list,
    check_recount,
    check_relations,
)
from rlpipeline.checks.texts import NamesOf, Printed, Scan, scan

COUNTED = "calculé"
"""Origin of the figures counted from the records."""


@dataclass(frozen=True)
class Context:
    """What a check is told beside the publication.

    Parameters
    ----------
    former
        Gives figures that are not published, of other years above all; those of the year before where None.
    before
        Whether the figures of the year before are held against one another too.
    text_of
        Gives the Markdown of a text by its name, None where there is none.
    names
        Gives what the lines and columns of a table are called in another year.
    recount
        Counts an indicator again from the records; without it nothing is recounted.
    """

    declared: Declared
    former: Former | None = None
    before: bool = True
    text_of: Callable[[str], str | None] = lambda name: None
    names: NamesOf | None = None
    recount: Recount | None = None


def check_publication(publication: Publication, context: Context) -> tuple[Examination, Scan]:
    """Make all the checks; what was typed by hand in the texts is told apart.

    Raises
    ------
    ReconciliationError
        It cannot be read, or does not say what links its tables.
    """
    with readable(publication.directory):
        printed = Printed(context.text_of)
        examined = examine(_tests(publication, context, printed))
        return examined, scan(printed.texts, Sources(publication, context.former), context.names)


def _tests(publication: Publication, context: Context, printed: Printed) -> Iterator[Tested]:
    figures, dictionary = publication.figures, publication.dictionary
    declared = replace(context.declared, links=linked(dictionary, publication.directory))
    yield from check_dictionary({key.indicateur for key in figures}, dictionary.declared, declared)
    yield from check_list(publication.files.get(LIST, ()), figures, publication.year)
    former = {key: one.figure for key, one in publication.former.items() if one.origine == COUNTED}
    before = {key: figure for key, figure in former.items() if key not in figures}
    yield from check_recount({**figures, **before}, context.recount, declared) if context.recount else ()
    yield from check_relations({**figures, **(before if context.before else {})}, publication.titles, declared)
    yield from check_addresses(publication, context.former, printed.gather)
