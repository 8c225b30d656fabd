"""Trends as a service types them, with how the figure they stand by moved, in percent (in points for a percentage).

[[words]] is a bound figure: the table gives the evolution of each in turn, None where it is not known.
Outcomes: "contredit", "confirmé", "invérifiable" (no figure, or its past is unknown), "rien" (no trend stated).
"""

from __future__ import annotations

TRENDS: list[tuple[str, list[float | None], list[str]]] = [
    ("Le nombre de jeunes est en hausse ([[114 jeunes]]).", [12.0], ["confirmé"]),
    ("Le nombre de jeunes est en hausse ([[114 jeunes]]).", [4.9], ["contredit"]),
    ("Le nombre de jeunes est en forte baisse : [[114 jeunes]].", [6.0], ["contredit"]),
    ("L'effectif reste stable avec [[114 jeunes]].", [-5.0], ["contredit"]),
    ("La part des filles ([[44 %]]) est stable.", [1.2], ["contredit"]),
    ("Les filles ([[44 %]]) sont en hausse, les garçons ([[56 %]]) en baisse.", [-3.0, 3.0],
     ["contredit", "contredit"]),
    ("Les jeunes ([[114 jeunes]]), cette année encore, sont en hausse ; [[77 demandes]] sont venues.", [12.0, -20.0],
     ["confirmé"]),
    ("Les demandes n'ont pas augmenté : [[77 demandes]] cette année.", [-10.0], ["confirmé"]),
    ("Le temps de travail de rue diminue ([[1 303 h]]).", [8.0], ["contredit"]),
    ("Nous constatons une augmentation des accompagnements ([[114]]).", [-1.0], ["contredit"]),
    ("Les jeunes sont plus nombreux que l'an dernier : [[114]].", [-6.0], ["contredit"]),
    ("Le service reçoit davantage de demandes ([[77]]).", [-20.0], ["contredit"]),
    ("[[415 jeunes]] ont été rencontrés, soit moins que l'année précédente.", [-30.0], ["confirmé"]),
    ("Les accueils sont deux fois plus nombreux ([[17]]).", [90.0], ["confirmé"]),
    ("La fréquentation se maintient ([[47 jeunes]]).", [40.0], ["contredit"]),
    ("Le nombre de jeunes est en hausse ([[114 jeunes]]).", [None], ["invérifiable"]),
    ("De plus en plus de jeunes sont en repli à la maison.", [], ["invérifiable"]),
    ("Les mesures de réparation pénale sont en augmentation.", [], ["invérifiable"]),
    ("L'éducateur hausse le ton, les [[8 jeunes]] écoutent.", [1.0], ["rien"]),
    ("Il s'agit d'augmenter l'autonomie des [[114 jeunes]].", [-9.0], ["rien"]),
    ("Les éducateurs ne baissent pas les bras avec [[9 jeunes]].", [-9.0], ["rien"]),
    ("Le nombre devrait augmenter ([[114 jeunes]]).", [-9.0], ["rien"]),
    ("Plus de [[114 jeunes]] ont été accompagnés.", [-9.0], ["rien"]),
    ("Un jeune progresse vite lorsque [[2 éducateurs]] l'accompagnent.", [-9.0], ["rien"]),
    ("Sans augmentation de moyens, [[114 jeunes]] ont été suivis.", [0.0], ["rien"]),
    ("La motivation est en baisse chez [[9 jeunes]].", [40.0], ["rien"]),
    ("Le nombre de séances s'accroît ([[12]]).", [-40.0], ["contredit"]),
    ("Le nombre d'heures reste quasiment constant ([[217 h]]).", [2.0], ["confirmé"]),
    ("Le public rajeunit et la demande croît ([[77]]).", [-20.0], ["contredit"]),
]  # fmt: skip
