"""Show everything that a report has; what has no chart or stands in the report of the service alone shows nothing."""

from lxml import html

import rlpipeline

BLOCKS = ("tr", "p", "li", "dt", "dd", "figcaption", "caption", "title", "summary")
LISTS = (
    "identity",
    "territory",
    "findings",
    "essentials",
    "map",
    "year_flow",
    "poster",
    "alerts",
    "accepted",
)
CHART = ", graphique"


def words(element):
    return " ".join(element.text_content().split())


def show(name, shown):
    """Show the words of a fragment, a block a line; of a chart not its data, which its table has."""
    if shown is None:
        return
    print(f"## {name}")
    for element in html.fragment_fromstring(shown.html, create_parent="div").iter(*BLOCKS):
        if element.tag == "tr" and name.endswith(CHART):
            continue
        if element.tag == "tr":
            print(" | ".join(words(cell) for cell in element.iter("th", "td")))
        elif next(element.iterdescendants(*BLOCKS), None) is None:
            print(words(element))


for commune in (None, "Côte-Zudecourt"):
    report = rlpipeline.open_report(2023, commune)
    print(f"# {commune or 'service'}")
    for name in LISTS:
        show(name, getattr(report, name)())
    for table in report.indicators().itertuples():
        if not commune or table.id in {
            "accompagnes",
            "actions",
            "diagnostics",
            "socio_economique",
            "temps_activite",
        }:
            show(table.id, report.table(table.id))
            if table.graphique:
                show(f"{table.id}{CHART}", report.figure(table.id))
    if not commune:
        show("method", report.method())
