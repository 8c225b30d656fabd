"""Faults of data entry as services make them, drawn from the contract of the records and from the trade alone.

Whoever wrote them had not read the rules of the checker: a rule is measured on them, never made for them.
`python -m tests.records.blind_faults` lists them; with a number, a folder of CSV files and a seed, it plants one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

from tests.records.blind_source import (
    FAULTS,
    Row,
    Source,
    a_commune,
    add,
    after_the_end,
    again,
    all_of,
    any_of,
    capitals,
    closed,
    copied,
    cut,
    doubled,
    end_of,
    fault,
    filled,
    first_commune,
    having,
    known_before,
    later,
    lost_comma,
    missing,
    month,
    months,
    moved,
    next_code,
    number,
    one_of,
    open_in_january,
    part,
    pasted_year,
    plant,
    put,
    scaled,
    second_half,
    some,
    sorted_alone,
    swapped,
    two_exchanged,
    where,
    year_of,
)

BANDS = ["moins_11", "11_14", "15_18", "19_21", "plus_21"]

time, one_educator = year_of("temps"), one_of("temps", "educateur")
new, started = year_of("jeunes"), year_of("suivis")
present, asked = year_of("presences"), year_of("demandes")
situated, noted = year_of("situations"), year_of("problematiques")
sent, shared = year_of("orientations"), year_of("co_accompagnements")
acted, counted = year_of("actions"), year_of("participations")
staff, money = year_of("personnel"), year_of("financements")
networks, bodies, informal = year_of("reseaux"), year_of("instances"), year_of("partenaires")
assessed = year_of("diagnostics")

full_births = where(new, lambda row: len(row["date_naissance"]) == 10)
begun_by_june = where(closed, lambda row: row["date_debut"] < row["date_fin"][:4] + "-06-30")


def one_action(source: Source, draw: Random) -> list[Row]:
    return any_of(draw, where(counted, lambda row: row["nombre"] not in ("", "0"))(source, draw), "id_action")


def first_day(row: Row) -> str:
    return row["date_naissance"][:4] + "-01-01"


# temps
add("échelle", "temps : un mois d'un éducateur en minutes", scaled(month(one_educator), 60, "heures"))
add("échelle", "temps : une activité exportée en minutes", scaled(one_of("temps", "activite"), 60, "heures"))
add("échelle", "temps : un éducateur compte en jours", scaled(one_educator, 1 / 7, "heures"))
add("échelle", "temps : un mois de l'équipe divisé par dix", scaled(month(time), 0.1, "heures"))
add("échelle", "temps : virgule perdue, un éducateur, un trimestre", lost_comma(months(one_educator, 1, 3), "heures"))
add("échelle", "temps : 3.30 pour 3 h 30, un éducateur", put(one_educator, heures=cut("heures", ".5", ".3")))
add("manque", "temps : un trimestre d'une commune non joint", missing("temps", months(a_commune("temps"), 4, 6)))
add("échange", "temps : deux communes échangées", two_exchanged(time))
add("doublon", "temps : l'année d'un éducateur deux fois", doubled("temps", one_educator))
add("doublon", "temps : un mois de l'équipe importé deux fois", doubled("temps", month(time)))
add("manque", "temps : un mois de l'équipe jamais importé", missing("temps", month(time)))
add("tronqué", "temps : le fichier s'arrête en octobre", missing("temps", months(time, 10, 12)))
add("filtre", "temps : une activité filtrée à l'export", missing("temps", one_of("temps", "activite")))
add("collé", "temps : l'an dernier sous la date de cette année", pasted_year("temps"))
add("recopie", "temps : activité recopiée vers le bas dès septembre", put(months(time, 9, 12), activite="*"))
add("répété", "temps : deux mois de l'équipe à 7 h par ligne", put(months(time, 5, 6), heures="7"))
add("défaut", "temps : « en ligne » coché toute l'année", put(time, en_ligne="oui"))
add("défaut", "temps : tous dans la première commune", first_commune(time))
add("tri", "temps : colonne commune triée seule", sorted_alone(time, "commune"))
add("tri", "temps : colonne heures triée seule", sorted_alone(time, "heures"))
add("date", "temps : un éducateur date tout du 1er du mois", put(one_educator, date=lambda row: row["date"][:8] + "01"))
add("date", "temps : janvier daté de l'année d'avant", put(months(time, 1, 1), date=moved("date", -1)))
add("logiciel", "temps : codes réécrits dès juillet", put(months(time, 7, 12), educateur=cut("educateur", "-", " ")))


@fault("échelle", "temps : compteur cumulé du mois au lieu de la durée, un éducateur")
def running_total(source: Source, draw: Random) -> None:
    total = 0.0
    for row in month(one_educator)(source, draw):
        total += float(row["heures"] or 0)
        row["heures"] = number(total)


@fault("recopie", "temps : poignée d'Excel tirée sur le code d'un éducateur (EDU-01, EDU-02… 40 lignes)")
def dragged_codes(source: Source, draw: Random) -> None:
    for place, row in enumerate(one_educator(source, draw)[:40]):
        name, _, digits = row["educateur"].partition("-")
        row["educateur"] = f"{name}-{int(digits) + place:0{len(digits)}d}"


@fault("date", "temps : jour et mois intervertis dans un mois de l'équipe (jours 1 à 12)")
def day_and_month(source: Source, draw: Random) -> None:
    for row in where(month(time), lambda row: row["date"][8:] <= "12")(source, draw):
        row["date"] = f"{source.year}-{row['date'][8:]}-{row['date'][5:7]}"


@fault("collé", "temps : la feuille de mars collée pour avril")
def march_for_april(source: Source, draw: Random) -> None:
    source.remove("temps", months(time, 4, 4)(source, draw))
    march = where(months(time, 3, 3), lambda row: row["date"][8:] != "31")
    doubled("temps", march, date=lambda row: row["date"].replace("-03-", "-04-"))(source, draw)


@fault("après départ", "suivis : un éducateur parti en mars (plus d'heures) en reçoit encore toute l'année")
def gone_educator(source: Source, draw: Random) -> None:
    rows = one_educator(source, draw)
    source.remove("temps", [row for row in rows if row["date"][5:7] > "03"])
    put(part(months(started, 4, 12), 0.3), educateur=rows[0]["educateur"])(source, draw)


# jeunes
add("doublon", "jeunes : tout le fichier importé deux fois, autres identifiants", again(all_of("jeunes")))
add("doublon", "jeunes : deux exports réunis, une commune deux fois", again(a_commune("jeunes")))
add("doublon", "jeunes : 3 % des nouveaux ressaisis", again(part(having(new, "date_naissance"), 0.03, 5), 9))
add("échange", "jeunes : naissance, contact échangés", swapped(month(full_births), "date_naissance", "premier_contact"))
add("logiciel", "jeunes : premier contact des anciens à l'import", put(known_before, premier_contact="{year}-01-02"))
add("défaut", "jeunes : tous les nouveaux dans la première commune", first_commune(new))
add("défaut", "jeunes : 8 nouveaux sur 10 en « hors »", put(part(new, 0.8), commune="hors", quartier=""))
add("défaut", "jeunes : sexe NR pour tous les nouveaux", put(new, sexe="NR"))
add("défaut", "jeunes : naissance inconnue mise à 1900, 5 %", put(part(new, 0.05, 4), date_naissance="1900-01-01"))
add("défaut", "jeunes : né le jour du contact, 5 %", put(part(new, 0.05, 4), date_naissance=copied("premier_contact")))
add("répété", "jeunes : 40 % des nouveaux nés un 1er janvier", put(part(full_births, 0.4), date_naissance=first_day))
add("recopie", "jeunes : une naissance recopiée sur un mois", put(month(new), date_naissance="*"))
add("recopie", "jeunes : un quartier recopié sur tous les nouveaux", put(new, quartier="*"))
add("date", "jeunes : nés dix ans trop tôt", put(month(full_births), date_naissance=moved("date_naissance", -10)))
add("code", "jeunes : communes des nouveaux décalées d'un rang", next_code(new, "commune"))
add("tri", "jeunes : naissances triées seules", sorted_alone(all_of("jeunes"), "date_naissance"))
add("impossible", "jeunes : contact après le suivi", put(part(months(new, 1, 10), 0.2), premier_contact="{year}-12-15"))


# suivis
add("doublon", "suivis : ceux d'un mois deux fois", doubled("suivis", month(started), id_suivi=copied("id_suivi", "B")))
add("répété", "suivis : toutes les clôtures au 30 juin", put(begun_by_june, date_fin="{year}-06-30"))
add("logiciel", "suivis : ceux ouverts au 1er janvier recréés ce jour", put(open_in_january, date_debut="{year}-01-01"))
add("filtre", "suivis : export des seuls dossiers ouverts", missing("suivis", closed))
add("manque", "suivis : aucune clôture saisie de l'année", put(closed, date_fin="", motif_cloture=""))
add("tronqué", "suivis : rien de commencé après septembre", missing("suivis", months(started, 10, 12)))
add("défaut", "suivis : tous les nouveaux en ACCROCHE", put(started, statut="ACCROCHE", motif_cloture=""))
add("défaut", "suivis : tous les nouveaux à l'éducateur qui saisit", put(started, educateur="*"))
add("défaut", "suivis : clos le jour du début", put(having(started, "date_fin"), date_fin=copied("date_debut")))
add("défaut", "suivis : un seul motif", put(having(closed, "motif_cloture"), motif_cloture="orientation"))
add("date", "suivis : hiver un an trop tôt", put(months(started, 1, 2), date_debut=moved("date_debut", -1)))


@fault("doublon", "jeunes : le passage en PAEI a créé une seconde personne")
def another_status(source: Source, draw: Random) -> None:
    people = {row["id_jeune"]: row for row in source.tables["jeunes"]}
    known = {row["id_jeune"] for row in source.tables["suivis"] if row["statut"] != "PAEI"}
    for row in where(year_of("suivis", statut="PAEI"), lambda row: row["id_jeune"] in known)(source, draw):
        copy = people[row["id_jeune"]] | {"id_jeune": source.next_id("jeunes"), "premier_contact": row["date_debut"]}
        source.tables["jeunes"].append(copy)
        row["id_jeune"] = copy["id_jeune"]


@fault("contradiction", "suivis : deux PAEI à la fois chez deux éducateurs, 8 % des nouveaux PAEI")
def two_at_once(source: Source, draw: Random) -> None:
    names = filled(sorted({row["educateur"] for row in source.of("temps")}), 2)
    for row in some(draw, source.of("suivis", statut="PAEI"), 0.08):
        copy = row | {"id_suivi": source.next_id("suivis"), "date_fin": "", "motif_cloture": ""}
        copy["educateur"] = draw.choice([name for name in names if name != row["educateur"]])
        source.tables["suivis"].append(copy | {"date_debut": later(row["date_debut"], 9)})


# presences
add("doublon", "présences : l'année importée deux fois", doubled("presences", present))
add("manque", "présences : la fin de l'année n'est pas saisie", missing("presences", end_of("presences", 15)))
add("recopie", "présences : un jeune complété d'office, 6 sur 10", put(part(present, 0.6), id_jeune="*"))
add("répété", "présences : toutes au 31 décembre", put(present, date="{year}-12-31"))
add("date", "présences : datées d'un an trop tard", put(present, date=moved("date", 1)))
add("collé", "présences : l'an dernier sous cette année", pasted_year("presences"))


@fault("collé", "présences : la même feuille de douze jeunes collée chaque semaine d'un trimestre")
def pasted_sheet(source: Source, draw: Random) -> None:
    rows = any_of(draw, source.of("presences"), "commune")
    names = sorted({row["id_jeune"] for row in rows})[:12]
    source.remove("presences", [row for row in rows if row["date"][5:7] in ("04", "05", "06")])
    days = [later(f"{source.year}-04-02", 7 * week) for week in range(12)]
    source.tables["presences"] += [rows[0] | {"date": day, "id_jeune": name} for day in days for name in names]


@fault("contradiction", "présences : une commune recopiée dans une autre, mêmes jeunes, mêmes jours, un semestre")
def two_places(source: Source, draw: Random) -> None:
    here, there = draw.sample(source.communes(), 2)
    rows = months(year_of("presences", commune=here), 1, 6)
    doubled("presences", rows, commune=lambda row: there)(source, draw)


# situations, problematiques, orientations, co_accompagnements
add("défaut", "situations : « école primaire » pour tous", put(situated, situation="ecole_primaire"))
add("collé", "situations : l'an dernier sous cette année", pasted_year("situations"))
add("manque", "situations : 7 sur 10 non saisies", missing("situations", part(situated, 0.7)))
add("code", "situations : codes décalés d'un rang", next_code(situated, "situation"))
add("doublon", "problématiques : l'année importée deux fois", doubled("problematiques", noted))
add("code", "problématiques : codes décalés d'un rang", next_code(noted, "problematique"))
add("défaut", "problématiques : la même pour toute l'année", put(noted, problematique="*"))
add("collé", "problématiques : l'an dernier sous cette année", pasted_year("problematiques"))
add("date", "problématiques : 6 sur 10 à l'année d'avant", put(part(noted, 0.6), annee=moved("annee", -1)))
add("après départ", "problématiques : 15 % sur des suivis clos depuis un an", after_the_end("problematiques", 0.15))
add("après départ", "orientations : sur des suivis clos depuis un an", after_the_end("orientations", 1))
add("date", "orientations : datées d'un an trop tôt", put(sent, date=moved("date", -1)))
add("collé", "co-accompagnements : l'an dernier sous cette année", pasted_year("co_accompagnements"))
add("code", "co-accompagnements : codes décalés", next_code(shared, "partenaire"))


@fault("impossible", "situations : 15 % des plus âgés en primaire, autant des plus jeunes au chômage")
def ages_and_situations(source: Source, draw: Random) -> None:
    births = {row["id_jeune"]: row["date_naissance"] for row in source.tables["jeunes"]}
    rows = filled([row for row in source.of("situations") if births[row["id_jeune"]]], 6)
    rows.sort(key=lambda row: births[row["id_jeune"]])
    size = max(2, len(rows) * 15 // 100)
    put(lambda source, draw: rows[:size], situation="ecole_primaire")(source, draw)
    put(lambda source, draw: rows[-size:], situation="chomage_rsa")(source, draw)


@fault("défaut", "problématiques : un éducateur a tout coché pour chacun de ses suivis")
def all_ticked(source: Source, draw: Random) -> None:
    codes = sorted({row["problematique"] for row in source.tables["problematiques"]})
    mine = {row["id_suivi"] for row in any_of(draw, source.tables["suivis"], "educateur")}
    rows = where(noted, lambda row: row["id_suivi"] in mine)(source, draw)
    source.remove("problematiques", rows)
    cases = sorted({row["id_suivi"] for row in rows})
    source.tables["problematiques"] += [
        rows[0] | {"id_suivi": c, "problematique": code} for c in cases for code in codes
    ]


# actions, participations
add("échelle", "actions : séances ×10", scaled(acted, 10, "seances"))
add("échange", "actions : séances et jours échangés", swapped(acted, "seances", "jours"))
add("échelle", "participations : une action ×10", scaled(one_action, 10, "nombre"))
add("code", "participations : tranches d'âge décalées d'un rang", next_code(counted, "public", BANDS))
add("recopie", "participations : l'année tapée pour un nombre", put(part(counted, 0, 1), nombre="{year}"))
add("tronqué", "participations : l'import s'arrête au milieu", missing("participations", second_half(counted)))


@fault("répété", "participations : les nombres d'une action collés sur toutes les autres")
def same_numbers(source: Source, draw: Random) -> None:
    model = dict.fromkeys(BANDS, "0") | {row["public"]: row["nombre"] for row in one_action(source, draw)}
    put(counted, nombre=lambda row: model.get(row["public"], row["nombre"]))(source, draw)


@fault("doublon", "actions : trois actions saisies aussi par le partenaire, sous un autre identifiant")
def actions_twice(source: Source, draw: Random) -> None:
    ids = {row["id_action"] for row in some(draw, source.of("actions"), 0, 3)}
    for table in ("actions", "participations"):
        rows = where(all_of(table), lambda row: row["id_action"] in ids)
        doubled(table, rows, id_action=copied("id_action", "-B"))(source, draw)


@fault("collé", "actions : celles de l'an dernier, participations comprises, sous cette année")
def last_years_actions(source: Source, draw: Random) -> None:
    pasted = {"actions": source.of("actions", source.previous)}
    pasted["participations"] = source.of("participations", source.previous)
    source.remove("actions", source.of("actions"))
    for table, rows in pasted.items():
        copies = [row | {"id_action": row["id_action"].replace(source.previous, source.year) + "-C"} for row in rows]
        source.tables[table] += [row | {"annee": source.year} if "annee" in row else row for row in copies]


# demandes
add("doublon", "demandes : l'année importée deux fois", doubled("demandes", asked))
add("manque", "demandes : la fin de l'année n'est pas saisie", missing("demandes", end_of("demandes", 12)))
add("filtre", "demandes : les acceptées filtrées", missing("demandes", year_of("demandes", suite="acceptee")))
add("défaut", "demandes : toutes « en attente »", put(asked, suite="en_attente"))
add("défaut", "demandes : toutes à la première tranche d'âge", put(asked, tranche_age="moins_11"))
add("échange", "demandes : origine et motif échangés", swapped(asked, "origine", "motif"))
add("répété", "demandes : toutes saisies le 31 décembre", put(asked, date="{year}-12-31"))

# personnel, financements, reseaux, instances, partenaires
add("échelle", "personnel : ETP en pourcentages", scaled(staff, 100, "etp"))
add("échelle", "personnel : ETP en heures par semaine", scaled(staff, 35, "etp"))
add("doublon", "personnel : ETP mis deux fois", put(staff, etp_departement=copied("etp"), etp_communes=copied("etp")))
add("doublon", "personnel : postes deux fois, en capitales", doubled("personnel", staff, poste=capitals("poste")))
add("échelle", "financements : montants en centimes", scaled(money, 100, "montant_eur"))
add("échelle", "financements : montants en milliers d'euros", scaled(money, 0.001, "montant_eur"))
add("collé", "financements : l'an dernier sous cette année", pasted_year("financements"))
add("doublon", "financements : deux fois, capitales", doubled("financements", money, financeur=capitals("financeur")))
add("tri", "financements : montants triés seuls", sorted_alone(money, "montant_eur"))
add(
    "manque",
    "financements : le département oublié",
    missing("financements", year_of("financements", financeur="Département")),
)
add("échange", "réseaux : jeunes et heures échangés", swapped(networks, "jeunes", "heures"))
add("échelle", "réseaux : heures en minutes", scaled(networks, 60, "heures"))
add("échelle", "instances : participations ×10", scaled(bodies, 10, "participations"))
add("recopie", "instances : l'année dans les participations", put(bodies, participations="{year}"))
add("échange", "instances : instance et champ échangés", swapped(bodies, "instance", "champ"))
add("recopie", "partenaires : un domaine recopié vers le bas", put(informal, domaine="*"))
add("doublon", "partenaires : la liste deux fois, en capitales", doubled("partenaires", informal, nom=capitals("nom")))

# territoires, diagnostics
rates = where(all_of("territoires"), lambda row: row["unite"] == "%" and row["valeur"] != "")
heads = where(all_of("territoires"), lambda row: "opulation" in row["indicateur"] and row["valeur"] != "")
add("échelle", "territoires : virgule perdue dans tous les taux", lost_comma(rates, "valeur"))
add("échelle", "territoires : les taux en proportions", scaled(rates, 0.01, "valeur"))
add("échelle", "territoires : population en milliers", scaled(heads, 0.001, "valeur"))
add("tri", "territoires : colonne valeur triée seule", sorted_alone(all_of("territoires"), "valeur"))
add("recopie", "territoires : une valeur recopiée vers le bas", put(rates, valeur="*"))
add("code", "diagnostics : notes à l'envers", put(having(assessed, "note"), note=lambda row: str(6 - int(row["note"]))))
add("défaut", "diagnostics : 3 partout", put(assessed, note="3"))
add("collé", "diagnostics : l'an dernier sous cette année", pasted_year("diagnostics"))
add("tri", "diagnostics : notes triées seules", sorted_alone(assessed, "note"))
add("manque", "diagnostics : une commune oubliée", missing("diagnostics", a_commune("diagnostics")))


def main(arguments: list[str]) -> None:
    if len(arguments) == 3:
        done = plant(FAULTS[int(arguments[0])], Path(arguments[1]), int(arguments[2]))
        sys.stdout.write(f"{done}\n")
        return
    for place, wrong in enumerate(FAULTS):
        sys.stdout.write(f"{place:3d} {wrong.kind:<14} {wrong.description}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
