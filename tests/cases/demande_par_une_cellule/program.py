"""Ask for charts of every kind, for lines and columns, and for what there is not."""

from lxml import html

import rlpipeline
from rlpipeline.errors import RlpipelineError

report = rlpipeline.open_report(2023)
portrait = rlpipeline.open_report(2023, "01501")


def show(asked, shown):
    """Show caption, alternative text, remarks and data; data once, of all that have the same."""
    print(f"## {asked}")
    root = html.fragment_fromstring(shown.html, create_parent="div")
    data = [" | ".join(map(words, row.iter("th", "td"))) for row in root.iter("tr")]
    first = data_of.setdefault("\n".join(data), asked)
    for element in root.iter("figcaption", "img", "title", "p"):
        print(element.get("alt") or element.text_content())
    print(*(data if first == asked else [f"(les données de {first})"]), sep="\n")


def words(element):
    return " ".join(element.text_content().split())


data_of = {}


KINDS = {
    "situations": ("bars", "grouped", "stacked", "heat"),
    "accompagnes": ("bars", "grouped", "pyramid", "heat"),
    "temps_activite": ("bars",),
}
for table, kinds in KINDS.items():
    for kind in kinds:
        show(f"{table}, {kind}", report.figure(table, kind=kind))
show(
    "un titre",
    report.figure(
        "accompagnes", title="{{ chiffre('accompagnes', 'total', 'total') }} jeunes en 2023"
    ),
)
show("deux lignes", report.table("situations", lines=["college", "descolarise"]))
show("des colonnes", report.table("accompagnes", columns=["total", "F"]))
show(
    "des lignes et le total",
    report.table("accompagnes", lines=["11_14", "total"], columns=["F", "total"]),
)
show("ce qui n'est pas comparable", report.table("clotures"))
show("dans un portrait", portrait.table("accompagnes", lines=["15_18"], columns=["NR", "G"]))
show("des actions", report.table("actions", lines=["seances", "total"]))
show("une commune", report.table("actions", commune="01501"))
REFUSED = {
    "un tableau": lambda: report.table("acompagnes"),
    "un graphique": lambda: report.figure("diagnostics"),
    "une sorte": lambda: report.figure("accompagnes", kind="pyramide"),
    "une sorte pour ce tableau": lambda: report.figure("clotures", kind="heat"),
    "un nombre dans un titre": lambda: report.figure(
        "accompagnes", title="En 2023, douze filles et 3 % d'ailleurs"
    ),
    "une colonne": lambda: portrait.table("accompagnes", columns=["F", "totl"]),
    "une ligne": lambda: report.table("accompagnes", lines=["11_15"]),
    "un territoire": lambda: report.table("actions", commune="62000"),
}
for asked, ask in REFUSED.items():
    try:
        ask()
        print(f"{asked} : rien")
    except RlpipelineError as error:
        print(f"{asked} [{error.exit_code}] : {error}")
