"""What a département sends or asks: its old system, its yearly form."""

import datetime as dt
from collections.abc import Sequence

from made_up_service import Person, people, record_follow_up, record_person
from writing_layouts import Bad, Column, Layout, Raw, Sheet

from second_hand.people import occupation

ROUVRAY, ELBEUF = "76575", "76231"
BEZIERS, LUNEL = "34032", "34145"


def old_system() -> Layout:
    communes = (ROUVRAY, ELBEUF)
    layout = Layout(
        "22-departement-huit-lettres",
        "Vieux système du département (« infocentre ») : noms de huit lettres en capitales, dates AAAAMMJJ,\n"
        "00000000 : pas de date, 20070000 : seule l'année est connue ; le jeune est répété à chaque suivi.\n"
        "Les libellés de tous les codes sont dans un second fichier, avec le nom de leur nomenclature.",
        "système du département",
        communes=list(communes),
        annee=2023,
    )
    layout.stray_spaces = 0
    rng = layout.rng
    files = ("SUIVPREV.csv", "LIBELLES.csv")
    layout.csv_form(";", "cp1252", *files)
    statuses = {"PAEI": ("01",), "ASEP": ("02",), "ACCROCHE": ("03",)}
    reasons = {
        "orientation": ("10",),
        "amelioration_situation": ("20",),
        "changement_territoire": ("30",),
        "difficulte_mobilisation": ("40",),
        "changement_statut": ("90",),
    }
    sheet = Sheet(
        layout,
        files[0],
        None,
        [
            Column("person", "NUDOSUSA", "jeunes.id_jeune suivis.id_jeune"),
            Column("initials", "INITUSAG", "refused: initiales d'un jeune"),
            Column("sex", "CDSEXUSA", "jeunes.sexe", {"G": ("1",), "F": ("2",), "NR": ("0",)}),
            Column("birth", "DTNAIUSA", "jeunes.date_naissance", dates=("compact",)),
            Column("commune", "CDINSRES", "jeunes.commune"),
            Column("district", "LBQUARES", "jeunes.quartier"),
            Column("contact", "DTPRECON", "jeunes.premier_contact", dates=("compact",)),
            Column("id", "NUSUIVIE", "suivis.id_suivi"),
            Column("status", "CDNATSUI", "suivis.statut", statuses, rule={"through": "LIBELLES.csv, NATSUI"}),
            Column("start", "DTDEBSUI", "suivis.date_debut", dates=("compact",)),
            Column("end", "DTFINSUI", "suivis.date_fin", dates=("compact",)),
            Column("reason", "CDMOTFIN", "suivis.motif_cloture", reasons, rule={"through": "LIBELLES.csv, MOTFIN"}),
            Column("educator", "CDEDUREF", "suivis.educateur"),
            Column("changed", "DTMAJFIC", "ignored: date de mise à jour", dates=("compact",)),
        ],
    )
    districts = ("CHATEAU BLANC", "HARTMANN", "MADRILLET", "PUCHOT")
    lines = 0
    for place, person in enumerate(people(rng, 32, communes)):
        person.id, person.district = f"{7600120 + 7 * place:08}", rng.choice(districts)
        birth: object = person.birth
        if place in {5, 19}:
            assert isinstance(person.birth, dt.date)
            birth, person.birth = person.birth.year, None
        unread = Bad("20090231", "ce jour n'existe pas") if place == 11 else None
        for rank, one in enumerate(person.follow_ups):
            shown: object = Raw(f"{birth}0000") if isinstance(birth, int) else unread or birth
            one.id, one.educator = f"{person.id}{rank + 1:02}", {"SM": "E07", "KD": "E12", "JPL": "E31"}[one.educator]
            sheet.line(
                person=person.id,
                initials=(person.first[0] + person.name[0]).replace("É", "E"),
                sex=person.sex,
                birth=shown,
                commune=person.commune,
                district=Raw(f"{person.district:<20}"),
                contact=person.contact,
                id=one.id,
                status=one.status,
                start=one.start,
                end=one.end or Raw("00000000"),
                reason=one.reason or Raw("00"),
                educator=one.educator,
                changed=dt.date(2024, 1, 8),
            )
            lines += 1
            record_follow_up(layout, person, one, educator=True)
        record_person(layout, person, birth=unread or birth)
    sheet.other("fin du fichier", "FIN DE FICHIER", None, f"{lines:06}")
    labels = Sheet(
        layout,
        files[1],
        None,
        [
            Column("table", "CDNOMENC", "lookup: nomenclature du code"),
            Column("code", "CDVALEUR", "lookup: code"),
            Column("label", "LBVALEUR", "lookup: libellé du code"),
        ],
    )
    for table, code, label in (
        ("NATSUI", "01", "PROJET D ACCOMPAGNEMENT EDUCATIF (PAEI)"),
        ("NATSUI", "02", "ACCOMPAGNEMENT SOCIO EDUCATIF PONCTUEL"),
        ("NATSUI", "03", "PHASE D ACCROCHE"),
        ("MOTFIN", "00", "SANS OBJET"),
        ("MOTFIN", "10", "RELAIS AUTRE SERVICE"),
        ("MOTFIN", "20", "AMELIORATION"),
        ("MOTFIN", "30", "DEPART DU TERRITOIRE"),
        ("MOTFIN", "40", "RUPTURE DU LIEN"),
        ("MOTFIN", "90", "CHANGEMENT DE NATURE DU SUIVI"),
    ):
        labels.line(table=Raw(table), code=Raw(code), label=Raw(label))
    layout.ask("CDSEXUSA : que veulent dire 1, 2 et 0 ?", {"1": "G", "2": "F", "0": "NR"}, file=files[0])
    layout.ask(
        "CDMOTFIN : que veulent dire RELAIS AUTRE SERVICE, RUPTURE DU LIEN… ?",
        {
            "10": "orientation",
            "20": "amelioration_situation",
            "30": "changement_territoire",
            "40": "difficulte_mobilisation",
            "90": "changement_statut",
        },
        file=files[0],
    )
    return layout


def county_form() -> Layout:
    layout = Layout(
        "30-annexe-du-departement",
        "Annexe annuelle imposée par le département : titres, colonnes numérotées sous les en-têtes, notes en bas.\n"
        "Une ligne par jeune et par prise en charge, sans nom (numéro d'ordre), année de naissance seule, O/N ;\n"
        "un onglet de diagnostic partagé, un indicateur par colonne, noté de 1 à 5.",
        "annexe du département",
        communes=[BEZIERS, LUNEL],
        annee=2023,
    )
    file = "Annexe 4 - Prévention spécialisée 2023.xlsx"
    layout.free_sheet(
        file,
        "Notice",
        "mode d'emploi",
        [["Annexe 4"], ["À retourner avant le 15 février 2024"], ["Ne pas modifier la structure du fichier"]],
    )
    active_file(layout, file)
    diagnosis(layout, file)
    return layout


def active_file(layout: Layout, file: str) -> None:
    natures = {
        "PAEI": ("Accompagnement éducatif avec projet",),
        "ASEP": ("Accompagnement éducatif ponctuel",),
        "ACCROCHE": ("Prise de contact",),
    }
    exits = {
        "orientation": ("Relais vers le droit commun",),
        "difficulte_mobilisation": ("Interruption du fait du jeune",),
        "changement_territoire": ("Départ du secteur",),
        "amelioration_situation": ("Situation stabilisée",),
        "changement_statut": ("Autre prise en charge par le service",),
    }
    origins = {
        "travail_de_rue": ("Aller-vers",),
        "college": ("Établissement scolaire",),
        "famille": ("Parents",),
        "pair": ("Bouche-à-oreille",),
        "partenaire": ("Service social, MDS",),
        "autre": ("Autre",),
    }
    situations = {
        "college": ("Scolarisé - collège",),
        "lycee_general": ("Scolarisé - LGT",),
        "lycee_professionnel": ("Scolarisé - LP",),
        "etudes_superieures": ("Scolarisé - supérieur",),
        "descolarise": ("Sorti du système scolaire, sans solution",),
        "recherche_emploi": ("Demandeur d'emploi",),
        "formation": ("Stagiaire de la formation professionnelle",),
        "activite_professionnelle": ("Salarié ou apprenti",),
    }
    sheet = Sheet(
        layout,
        file,
        "File active",
        [
            Column("order", "N° d'ordre", "jeunes.id_jeune suivis.id_jeune situations.id_jeune"),
            Column("sex", "Sexe (M/F)", "jeunes.sexe", {"G": ("M",), "F": ("F",), "NR": ("NC",)}),
            Column("birth", "Année de naissance", "jeunes.date_naissance"),
            Column("town", "Commune de résidence (code INSEE)", "jeunes.commune"),
            Column("qpv", "Réside en QPV (O/N)", "jeunes.qpv", {"oui": ("O",), "non": ("N",)}),
            Column("entry", "Entrée dans la file active", "jeunes.premier_contact", dates=("date",)),
            Column("origin", "Orienté par", "jeunes.origine", origins),
            Column("nature", "Nature de la prise en charge", "suivis.statut", natures),
            Column("start", "Début de prise en charge", "suivis.date_debut", dates=("date",)),
            Column("end", "Fin de prise en charge", "suivis.date_fin", dates=("date",)),
            Column("exit", "Motif de sortie", "suivis.motif_cloture", exits),
            Column("months", "Durée (mois)", "ignored: calculée des deux dates"),
            Column("situation", "Situation au 31/12/2023", "situations.situation", situations),
        ],
        title=["ANNEXE 4 – TABLEAU DE LA FILE ACTIVE", "Organisme : Trait d'union – exercice 2023", ""],
    )
    sheet.other("numéros des colonnes", *(f"({place})" for place in range(1, 14)))
    rng = layout.rng
    for place, person in enumerate(people(rng, 36, (BEZIERS, LUNEL)), start=1):
        active_person(layout, sheet, place, person, (list(origins), list(situations)))
    sheet.other("note", "(3) Quatre chiffres.")
    sheet.other("note", "(5) Quartier prioritaire de la politique de la ville ; vérifier sur le site officiel.")
    layout.constant("situations.annee", "en-tête", file=file, sheet="File active", value=2023)
    for question, words in (
        ("Nature de la prise en charge : quel statut ?", natures),
        ("Motif de sortie : quel motif ?", exits),
        ("Orienté par : quelle origine ?", origins),
        ("Situation au 31/12/2023 : quelle situation ?", situations),
    ):
        layout.ask(question, {one[0]: code for code, one in words.items()}, file=file, sheet="File active")


def active_person(
    layout: Layout, sheet: Sheet, place: int, person: Person, words: tuple[Sequence[str], Sequence[str]]
) -> None:
    rng = layout.rng
    person.id = str(place)
    assert isinstance(person.birth, dt.date)
    birth, qpv = person.birth.year, rng.choice(("oui", "oui", "non"))
    origin, situation = rng.choice(words[0]), occupation(rng, person.birth, words[1], 2023)
    doubt = place in {5, 11} and len(person.follow_ups) > 1
    for rank, one in enumerate(person.follow_ups):
        one.id = f"{place}-{rank + 1}"
        shown: object = Bad(birth + rank, "deux années de naissance pour le même jeune") if doubt else birth
        sheet.line(
            order=place,
            sex=person.sex,
            birth=shown,
            town=int(person.commune),
            qpv=qpv,
            entry=person.contact,
            origin=origin,
            nature=one.status,
            start=one.start,
            end=one.end,
            exit=one.reason,
            months=round(((one.end or dt.date(2023, 12, 31)) - one.start).days / 30.4),
            situation=situation,
        )
        record_follow_up(layout, person, one)
    layout.record(
        "jeunes",
        id_jeune=person.id,
        sexe=person.sex,
        date_naissance=None if doubt else birth,
        commune=person.commune,
        premier_contact=person.contact,
        origine=origin,
        qpv=qpv,
    )
    layout.record("situations", id_jeune=person.id, annee=2023, situation=situation)


def diagnosis(layout: Layout, file: str) -> None:
    rng = layout.rng
    indicators = ("Logement", "Mobilité", "Services publics", "Tranquillité", "Vie associative", "Offre de loisirs")
    sheet = Sheet(
        layout,
        file,
        "Diagnostic partagé",
        [
            Column("town", "Commune", "diagnostics.commune", {BEZIERS: ("Béziers",), LUNEL: ("Lunel",)}),
            Column("district", "Quartier d'intervention", "diagnostics.quartier"),
            *(
                Column(f"i{place}", name, "diagnostics.note", rule={"diagnostics.indicateur": name})
                for place, name in enumerate(indicators)
            ),
            Column("who", "Évalué avec", "ignored: qui a participé à l'évaluation"),
        ],
        title=["DIAGNOSTIC PARTAGÉ – ANNÉE 2023 (1 = très insuffisant, 5 = très satisfaisant)"],
    )
    for town, districts in ((BEZIERS, ("Iranget", "La Devèze", "Centre ancien")), (LUNEL, ("Abrivados", "Centre"))):
        for rank, district in enumerate(districts):
            notes = [rng.choice((1, 2, 3, 3, 4, 5, None)) for _ in indicators]
            sheet.line(
                town=town if rank == 0 else None,
                district=Raw(district),
                **{f"i{place}": Raw("s.o.") if note is None else note for place, note in enumerate(notes)},
                who=rng.choice(("habitants, bailleur", "conseil citoyen", "équipe seule")),
            )
            for name, note in zip(indicators, notes, strict=True):
                if note is not None:
                    layout.record(
                        "diagnostics", annee=2023, commune=town, quartier=district, indicateur=name, note=note
                    )
        sheet.merge_down("town", len(districts))
    layout.constant("diagnostics.annee", "titre de la feuille", file=file, sheet="Diagnostic partagé", value=2023)


LAYOUTS = (old_system, county_form)
