"""Show a text, how its figures are bound, and what is said of wrong ones."""

from pathlib import Path

from lxml import html

import rlpipeline
from rlpipeline.errors import RlpipelineError

PATH = Path("params/2023/textes/edito.md")
TOTAL = '"accompagnes", "total", "total"'
report = rlpipeline.open_report(2023)
root = html.fragment_fromstring(report.text("edito").html, create_parent="div")
for element in root.iter("h3", "h4", "p", "li", "th", "td"):
    print(f"{element.tag} {element.text_content()}")
for bound in root.xpath(".//li//*[@class]"):
    print(*(f"{name}={value}" for name, value in bound.items()), sep=" · ")
print(*sorted({element.tag for element in root.iter()}))
WRONG = (
    'Un.\n\n{{ chifre("a", "b", "total") }}',
    '{{ chiffre("a", "b") }}',
    '{{ chiffre(*["a", "b", "total"]) }}',
    f"{{{{ chiffre({TOTAL}) | upper }}}}",
    "{{ 114 }}",
    "{% for a in [1] %}{% endfor %}",
    "Un.\n{{ annee( }}",
    '{{ annee("un") }}',
    '{{ fixe("4", "") }}',
    f'{{{{ chiffre({TOTAL}, sinon="environ 12") }}}}',
    f"{{{{ evolution({TOTAL}, depuis=2024) }}}}",
    f'{{{{ evolution({TOTAL}, forme="texte") }}}}',
    f'{{{{ part({TOTAL}, sur=("total",)) }}}}',
    '{{ accord(3, "jeune", "jeunes") }}',
    '{{ accord(fixe("trois", "x"), "jeune", "jeunes") }}',
    f'{{{{ accord(tendance({TOTAL}), "jeune", "jeunes") }}}}',
    f"Un.\n[[un {{{{ chiffre({TOTAL}) }}}}\n\ndeux]]",
    '{{ chiffre("acompagnes", "total", "total") }}',
    '\n{{ chiffre("accompagnes", "totall", "total") }}',
    '{{ chiffre("accompagnes", "total", "g") }}',
    '{{ chiffre("accompagnes", "total", "total", territoire="62000") }}',
    '{{ chiffre("communes", "total", "total", territoire="01500") }}',
)
for text in WRONG:
    PATH.write_text(text, "utf-8")
    try:
        print(f"rien : {report.text('edito').html}")
    except RlpipelineError as error:
        print(f"[{error.exit_code}] {error}")
