"""Tables out of a database."""

import datetime as dt

from made_up_service import (
    COMMUNES,
    LILLE,
    LOIRE,
    MAIL,
    PERSONAL_NAME,
    REASON_WORDS,
    SEINE,
    SITUATION_WORDS,
    SITUATIONS,
    follow_up_cells,
    people,
    person_cells,
    record_follow_up,
    record_person,
)
from writing_layouts import Bad, Column, Layout, Raw, Sheet


def lookup(
    layout: Layout, file: str, sheet: str | None, heads: tuple[str, str], words: dict[str, str], used_by: str
) -> dict[str, tuple[int]]:
    """Write a table of reference (key, label) and give the key of each code."""
    table = Sheet(
        layout,
        file,
        sheet,
        [
            Column("id", heads[0], f"lookup: clé de {used_by}"),
            Column("label", heads[1], f"lookup: ce que dit la clé de {used_by}"),
        ],
    )
    for number, word in enumerate(words.values(), start=1):
        table.line(id=number, label=Raw(word))
    return {code: (number,) for number, code in enumerate(words, start=1)}


def database_dump() -> Layout:
    about = """Prestataire informatique : vidage d'une base MySQL, un CSV par table, virgules, UTF-8, NULL écrit \\N.
Statuts, motifs et communes sont des clés vers d'autres fichiers (id, libelle).
Dates avec heure ; colonnes techniques (created_at, updated_by) ; civilité au lieu du sexe."""
    layout = Layout("15-base-vidage", about, "base de données", communes=LOIRE, annee=2023)
    files = ("usager.csv", "suivi.csv", "commune.csv", "type_suivi.csv", "motif_fin.csv")
    layout.csv_form(",", "utf-8", *files)
    towns = lookup(
        layout, "commune.csv", None, ("id", "nom"), {code: COMMUNES[code][0] for code in LOIRE}, "usager.commune_id"
    )
    kinds = {"ACCROCHE": "Accroche", "PAEI": "PAEI", "ASEP": "ASEP"}
    kinds_by_id = lookup(layout, "type_suivi.csv", None, ("id", "libelle"), kinds, "suivi.type_suivi_id")
    reasons = {code: words[0] for code, words in REASON_WORDS.items()}
    reasons_by_id = lookup(layout, "motif_fin.csv", None, ("id", "libelle"), reasons, "suivi.motif_fin_id")
    users = Sheet(
        layout,
        "usager.csv",
        None,
        [
            Column("id", "id", "jeunes.id_jeune"),
            Column("sex", "civilite", "jeunes.sexe", {"F": ("Mme", "Mlle"), "G": ("M.",), "NR": ("\\N",)}),
            Column("name", "nom", PERSONAL_NAME),
            Column("first", "prenom", PERSONAL_NAME),
            Column("birth", "date_naiss", "jeunes.date_naissance", {None: ("\\N",)}, ("iso",)),
            Column("commune", "commune_id", "jeunes.commune", towns, rule={"through": "commune.csv, id → nom"}),
            Column("contact", "date_premier_contact", "jeunes.premier_contact", dates=("horodate",)),
            Column("mail", "email", MAIL, {None: ("\\N",)}),
            Column("created", "created_at", "ignored: colonne technique", dates=("horodate",)),
        ],
    )
    follow_ups = Sheet(
        layout,
        "suivi.csv",
        None,
        [
            Column("id", "id", "suivis.id_suivi"),
            Column("who", "usager_id", "suivis.id_jeune"),
            Column(
                "status",
                "type_suivi_id",
                "suivis.statut",
                kinds_by_id,
                rule={"through": "type_suivi.csv, id → libelle"},
            ),
            Column("start", "date_debut", "suivis.date_debut", dates=("iso",)),
            Column("end", "date_fin", "suivis.date_fin", {None: ("\\N",)}, ("iso",)),
            Column(
                "reason",
                "motif_fin_id",
                "suivis.motif_cloture",
                reasons_by_id | {None: ("\\N",)},
                rule={"through": "motif_fin.csv, id → libelle"},
            ),
            Column("educator", "referent_id", "suivis.educateur", {"SM": (3,), "KD": (5,), "JPL": (8,)}),
            Column("by", "updated_by", "ignored: colonne technique"),
        ],
    )
    group = people(layout.rng, 36, LOIRE)
    group[7].birth, group[13].birth = Bad("0000-00-00", "date nulle de MySQL"), None
    for person in group:
        cells = person_cells(person)
        del cells["district"]
        users.line(
            **cells,
            mail=layout.rng.choice((person.mail, None)),
            created=person.contact + dt.timedelta(days=layout.rng.randrange(1, 90)),
        )
        record_person(layout, person, district=False)
        for one in person.follow_ups:
            follow_ups.line(**follow_up_cells(one), id=one.id[1:], who=person.id, educator=one.educator, by=1)
            one.id = one.id[1:]
            record_follow_up(layout, person, one, educator=True)
    layout.ask("« \\N » est-il une case vide ?", "oui", file="usager.csv")
    layout.ask("civilite : que veut dire « \\N » ?", "NR", file="usager.csv", column="civilite")
    layout.ask("date_premier_contact ou created_at : le premier contact ?", "date_premier_contact", file="usager.csv")
    return layout


def database_dump_with_links() -> Layout:
    about = """Base maison d'une grande association (PostgreSQL) : sept tables en CSV, virgules, UTF-8, NULL vide.
Domaine d'orientation, problématique et ville sont des clés ; un jeune a un identifiant opaque.
Booléens t/f ; une table de liens (parcours, problème, année) sans autre colonne."""
    layout = Layout("16-base-liens", about, "base de données", held_out=True, communes=LILLE, annee=2023)
    files = (
        "personne.csv",
        "parcours.csv",
        "orientation.csv",
        "parcours_probleme.csv",
        "ref_domaine.csv",
        "ref_probleme.csv",
        "ref_ville.csv",
    )
    layout.csv_form(",", "utf-8", *files)
    towns = lookup(
        layout,
        "ref_ville.csv",
        None,
        ("ville_id", "ville"),
        {code: COMMUNES[code][0] for code in (*LILLE, "hors")},
        "ville_id",
    )
    fields = {
        "sociale_educative": "Social et éducatif",
        "medicale": "Médical",
        "juridique": "Juridique",
        "loisirs": "Loisirs",
        "scolaire_professionnelle": "Scolaire et professionnel",
    }
    fields_by_id = lookup(layout, "ref_domaine.csv", None, ("domaine_id", "intitule"), fields, "domaine_id")
    issues = {
        "rupture_scolaire": "Rupture scolaire",
        "logement": "Logement",
        "procedure_juridique": "Procédure juridique",
        "anxiete_angoisse": "Anxiété, angoisse",
    }
    issues_by_id = lookup(layout, "ref_probleme.csv", None, ("probleme_id", "intitule"), issues, "probleme_id")
    persons = Sheet(
        layout,
        "personne.csv",
        None,
        [
            Column("id", "personne_id", "jeunes.id_jeune"),
            Column("sex", "sexe", "jeunes.sexe", {"F": ("féminin",), "G": ("masculin",), "NR": ("inconnu",)}),
            Column("birth", "ne_le", "jeunes.date_naissance", dates=("iso",)),
            Column("commune", "ville_id", "jeunes.commune", towns, rule={"through": "ref_ville.csv, ville_id → ville"}),
            Column("contact", "rencontre_le", "jeunes.premier_contact", dates=("iso",)),
            Column("active", "actif", "ignored: se déduit des suivis"),
        ],
    )
    paths = Sheet(
        layout,
        "parcours.csv",
        None,
        [
            Column("id", "parcours_id", "suivis.id_suivi"),
            Column("who", "personne_id", "suivis.id_jeune"),
            Column(
                "status", "cadre", "suivis.statut", {"PAEI": ("paei",), "ASEP": ("asep",), "ACCROCHE": ("accroche",)}
            ),
            Column("start", "ouvert_le", "suivis.date_debut", dates=("iso",)),
            Column("end", "ferme_le", "suivis.date_fin", dates=("iso",)),
            Column(
                "reason",
                "cause",
                "suivis.motif_cloture",
                {
                    "orientation": ("orienté",),
                    "difficulte_mobilisation": ("ne vient plus",),
                    "changement_territoire": ("a déménagé",),
                    "amelioration_situation": ("va mieux",),
                    "changement_statut": ("autre statut",),
                },
            ),
        ],
    )
    referrals = Sheet(
        layout,
        "orientation.csv",
        None,
        [
            Column("id", "orientation_id", "ignored: la table n'a pas d'identifiant"),
            Column("path", "parcours_id", "orientations.id_suivi"),
            Column("day", "date", "orientations.date", dates=("iso",)),
            Column(
                "field",
                "domaine_id",
                "orientations.domaine",
                fields_by_id,
                rule={"through": "ref_domaine.csv, domaine_id → intitule"},
            ),
            Column("partner", "structure", "orientations.partenaire"),
        ],
    )
    links = Sheet(
        layout,
        "parcours_probleme.csv",
        None,
        [
            Column("path", "parcours_id", "problematiques.id_suivi"),
            Column(
                "issue",
                "probleme_id",
                "problematiques.problematique",
                issues_by_id,
                rule={"through": "ref_probleme.csv"},
            ),
            Column("year", "annee", "problematiques.annee"),
        ],
    )
    group = people(layout.rng, 32, (*LILLE, *LILLE, "hors"))
    group[9].contact = Bad("2022-02-30", "ce jour n'existe pas")
    for person in group:
        person.id = f"{layout.rng.randrange(16**8):08x}"
        opened = any(one.end is None for one in person.follow_ups)
        cells = {
            key: value
            for key, value in person_cells(person).items()
            if key in {"id", "sex", "birth", "commune", "contact"}
        }
        persons.line(**cells, active="t" if opened else "f")
        record_person(layout, person, district=False)
        for one in person.follow_ups:
            one.id = str(1000 + len(layout.truth.get("suivis", [])))
            paths.line(id=one.id, who=person.id, **follow_up_cells(one))
            record_follow_up(layout, person, one)
            if layout.rng.random() < 0.5:
                field, partner = layout.rng.choice(list(fields)), layout.rng.choice(("CCAS", "MDA, antenne nord", None))
                referrals.line(
                    id=len(layout.truth.get("orientations", [])) + 1,
                    path=one.id,
                    day=one.start,
                    field=field,
                    partner=partner,
                )
                layout.record("orientations", id_suivi=one.id, date=one.start, domaine=field, partenaire=partner)
            for issue in layout.rng.sample(list(issues), layout.rng.randrange(3)):
                links.line(path=one.id, issue=issue, year=one.start.year)
                layout.record("problematiques", id_suivi=one.id, annee=one.start.year, problematique=issue)
    for word, code in dict(paths.columns[5].seen).items():
        layout.ask(f"cause : « {word} », quel motif ?", code, file="parcours.csv", column="cause")
    return layout


def database_in_a_workbook() -> Layout:
    about = """Extraction d'une base Access par un bénévole : un classeur xlsx, une feuille par table (t_…, r_…).
Des fiches supprimées y sont encore (supprime = 1) ; les dates sont des horodatages en texte.
Le sexe est 1 ou 2 sans table qui le dise ; la situation est une clé vers r_situation."""
    layout = Layout("17-base-classeur", about, "base de données", communes=SEINE, annee=2023)
    file = "extraction_base.xlsx"
    words = {code: SITUATION_WORDS[code][0] for code in SITUATIONS}
    situations = lookup(layout, file, "r_situation", ("id_sit", "lib_sit"), words, "t_situation.id_sit")
    youths = Sheet(
        layout,
        file,
        "t_jeune",
        [
            Column("id", "id_j", "jeunes.id_jeune"),
            Column("sex", "sx", "jeunes.sexe", {"F": (2,), "G": (1,), "NR": (0,)}),
            Column("birth", "dnaiss", "jeunes.date_naissance", dates=("horodate",)),
            Column("commune", "insee", "jeunes.commune", {code: (int(code), code) for code in SEINE}),
            Column("district", "quartier", "jeunes.quartier"),
            Column("contact", "d_contact", "jeunes.premier_contact", dates=("horodate",)),
            Column("card", "num_caf", "refused: numéro d'allocataire"),
            Column("deleted", "supprime", "ignored: dit les lignes à laisser", rule={"leave_out_when": 1}),
        ],
    )
    follow_ups = Sheet(
        layout,
        file,
        "t_suivi",
        [
            Column("id", "id_s", "suivis.id_suivi"),
            Column("who", "id_j", "suivis.id_jeune"),
            Column("status", "statut", "suivis.statut", {"PAEI": ("PAEI",), "ASEP": ("ASEP",), "ACCROCHE": ("ACCR",)}),
            Column("start", "d_deb", "suivis.date_debut", dates=("horodate",)),
            Column("end", "d_fin", "suivis.date_fin", dates=("horodate",)),
            Column(
                "reason", "motif", "suivis.motif_cloture", {code: (code.replace("_", " "),) for code in REASON_WORDS}
            ),
        ],
    )
    states = Sheet(
        layout,
        file,
        "t_situation",
        [
            Column("who", "id_j", "situations.id_jeune"),
            Column("year", "an", "situations.annee"),
            Column(
                "situation",
                "id_sit",
                "situations.situation",
                situations,
                rule={"through": "r_situation, id_sit → lib_sit"},
            ),
        ],
    )
    group = people(layout.rng, 36, SEINE)
    group[17].birth = Bad("2009-06-31 00:00:00", "ce jour n'existe pas")
    for place, person in enumerate(group):
        person.id = str(200 + place)
        deleted = place in {5, 14, 29}
        cells = {key: value for key, value in person_cells(person).items() if key not in {"name", "first"}}
        youths.line(**cells, card=7000000 + place, deleted=int(deleted))
        if deleted:
            youths.leave_out("fiche supprimée")
            continue
        record_person(layout, person)
        for one in person.follow_ups:
            one.id = str(900 + len(layout.truth.get("suivis", [])))
            follow_ups.line(id=one.id, who=person.id, **follow_up_cells(one))
            record_follow_up(layout, person, one)
        for year in (2022, 2023):
            situation = layout.rng.choice(SITUATIONS)
            states.line(who=person.id, year=year, situation=situation)
            layout.record("situations", id_jeune=person.id, annee=year, situation=situation)
    layout.ask("supprime = 1 : ces lignes sont-elles à laisser ?", "oui", sheet="t_jeune", column="supprime")
    layout.ask("sx : que veulent dire 0, 1 et 2 ?", {0: "NR", 1: "G", 2: "F"}, sheet="t_jeune", column="sx")
    layout.ask("« ACCR » : quel statut ?", "ACCROCHE", sheet="t_suivi", column="statut")
    return layout


LAYOUTS = (database_dump, database_dump_with_links, database_in_a_workbook)
