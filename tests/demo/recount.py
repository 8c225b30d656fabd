"""A second opinion: the definitions of the records applied to the CSV files with the standard library alone."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path

AGES = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
MOTIFS = ("orientation", "difficulte_mobilisation", "changement_territoire", "amelioration_situation")
Row = dict[str, str]
Figure = tuple[str, str, str]


@dataclass
class Recount:
    """Figures of one year for the whole service: (indicateur, ligne, colonne) → number, None where nc."""

    year: int
    tables: dict[str, list[Row]]
    figures: dict[Figure, float | None] = field(default_factory=dict)

    def put(self, indicator: str, line: str, column: str, value: float | None) -> None:
        self.figures[(indicator, line, column)] = value

    def get(self, indicator: str, line: str, column: str) -> float | None:
        """A figure that nobody is counted in is 0."""
        return self.figures.get((indicator, line, column), 0.0)


def read_tables(folder: Path) -> dict[str, list[Row]]:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.csv"))}
    return {name: list(csv.DictReader(StringIO(text))) for name, text in texts.items()}


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def number(text: str) -> float | None:
    return float(text) if text else None


def band(birth: str, year: int) -> str:
    """On 31 December the age is the difference of the years, whatever the day of birth."""
    if not birth:
        return "age_inconnu"
    age = year - int(birth[:4])
    return AGES[sum(age > top for top in (10, 14, 18, 21))]


def months(start: date, end: date) -> int:
    """Completed months: the month counts once its day comes, or its last day where that day does not exist."""
    whole = (end.year - start.year) * 12 + end.month - start.month
    month_end = (date(end.year + end.month // 12, end.month % 12 + 1, 1) - date(end.year, end.month, 1)).days
    return whole if end.day >= min(start.day, month_end) else whole - 1


def active(row: Row, year: int) -> bool:
    end = day(row["date_fin"])
    start = day(row["date_debut"])
    return start is not None and start <= date(year, 12, 31) and (end is None or end >= date(year, 1, 1))


def total(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def recount(folder: Path, year: int) -> Recount:
    count = Recount(year, read_tables(folder))
    people = {row["id_jeune"]: row for row in count.tables["jeunes"]}
    follow_ups = [row for row in count.tables["suivis"] if active(row, year)]
    paei = [row for row in follow_ups if row["statut"] == "PAEI"]
    cohort = {row["id_jeune"] for row in paei}
    first = _first_paei(count.tables["suivis"])
    _by_sex(count, "accompagnes", cohort, {p for p in cohort if first[p].year == year}, people)
    street = {row["id_jeune"] for row in follow_ups}
    fresh = {p for p in people if date.fromisoformat(people[p]["premier_contact"]).year == year}
    _by_sex(count, "travail_de_rue", street, street & fresh, people)
    met = {row["id_jeune"] for row in count.tables["presences"] if int(row["date"][:4]) == year}
    _by_sex(count, "presence_sociale", met, met & fresh, people)
    _cohort_tables(count, cohort, people)
    _follow_up_tables(count, paei, people)
    _service_tables(count)
    return count


def _first_paei(rows: list[Row]) -> dict[str, date]:
    starts: dict[str, date] = {}
    for row in rows:
        if row["statut"] == "PAEI":
            start = date.fromisoformat(row["date_debut"])
            starts[row["id_jeune"]] = min(start, starts.get(row["id_jeune"], start))
    return starts


def _by_sex(count: Recount, indicator: str, who: set[str], new: set[str], people: dict[str, Row]) -> None:
    cells: Counter[tuple[str, str]] = Counter()
    for person in who:
        age, sexe = band(people[person]["date_naissance"], count.year), people[person]["sexe"]
        columns = [sexe, "total", *(["nouveaux"] if person in new else [])]
        cells.update((line, column) for line in (age, "total") for column in columns)
    for (line, column), value in cells.items():
        count.put(indicator, line, column, value)


def _crossed(count: Recount, indicator: str, pairs: list[tuple[str, str]]) -> None:
    cells: Counter[tuple[str, str]] = Counter()
    for line, age in pairs:
        cells.update((li, co) for li in (line, "total") for co in (age, "total"))
    for (line, column), value in cells.items():
        count.put(indicator, line, column, value)


def _cohort_tables(count: Recount, cohort: set[str], people: dict[str, Row]) -> None:
    year, ages = str(count.year), {p: band(people[p]["date_naissance"], count.year) for p in cohort}
    noted = {r["id_jeune"]: r for r in count.tables["situations"] if r["annee"] == year}
    situation = [(noted[p]["situation"] if p in noted else "non_renseignee", ages[p]) for p in cohort]
    _crossed(count, "situations", situation)
    homes = [(noted[p]["commune"] if p in noted and noted[p]["commune"] else people[p]["commune"]) for p in cohort]
    _crossed(count, "communes", [(home, ages[p]) for p, home in zip(cohort, homes, strict=True)])
    shared = [r for r in count.tables["co_accompagnements"] if r["annee"] == year and r["id_jeune"] in cohort]
    for partner, value in Counter(r["partenaire"] for r in shared).items():
        count.put("co_accompagnements", partner, "jeunes", value)
    count.put("co_accompagnements", "au_moins_un", "jeunes", len({r["id_jeune"] for r in shared}))


def _follow_up_tables(count: Recount, paei: list[Row], people: dict[str, Row]) -> None:
    year, longest = count.year, dict.fromkeys((r["id_jeune"] for r in paei), 0)
    for row in paei:
        end = min(day(row["date_fin"]) or date(year, 12, 31), date(year, 12, 31))
        longest[row["id_jeune"]] = max(longest[row["id_jeune"]], months(date.fromisoformat(row["date_debut"]), end))
    names = ("moins_6_mois", "6_11_mois", "12_23_mois", "24_mois_plus")
    spans = [(names[sum(m >= low for low in (6, 12, 24))], p) for p, m in longest.items()]
    _crossed(count, "durees", [(span, band(people[p]["date_naissance"], year)) for span, p in spans])
    ended = [r for r in paei if r["date_fin"] and int(r["date_fin"][:4]) == year and r["motif_cloture"] in MOTIFS]
    for motif, value in Counter(r["motif_cloture"] for r in ended).items():
        count.put("clotures", motif, "nombre", value)
    count.put("clotures", "total", "nombre", len(ended))
    _noted(count, people)


def _noted(count: Recount, people: dict[str, Row]) -> None:
    owner = {r["id_suivi"]: r["id_jeune"] for r in count.tables["suivis"] if r["statut"] == "PAEI"}
    issues = [r for r in count.tables["problematiques"] if r["annee"] == str(count.year) and r["id_suivi"] in owner]
    cells = Counter(
        (r["problematique"], band(people[owner[r["id_suivi"]]]["date_naissance"], count.year)) for r in issues
    )
    for (code, age), value in cells.items():
        count.put("problematiques", code, age, value)
    referrals = [r for r in count.tables["orientations"] if int(r["date"][:4]) == count.year and r["id_suivi"] in owner]
    for domain in {r["domaine"] for r in referrals}:
        own = [r for r in referrals if r["domaine"] == domain]
        count.put("orientations", domain, "nombre", len(own))
        count.put("orientations", domain, "jeunes", len({owner[r["id_suivi"]] for r in own}))


def _service_tables(count: Recount) -> None:
    year, tables = str(count.year), count.tables
    hours: Counter[str] = Counter()
    online = 0.0
    for row in tables["temps"]:
        if row["date"][:4] == year:
            hours[row["activite"]] += number(row["heures"]) or 0.0
            online += (number(row["heures"]) or 0.0) if row["en_ligne"] == "oui" else 0.0
    for activity, value in hours.items():
        count.put("temps_activite", activity, "heures", value)
    for activity, part in _parts(hours).items():
        count.put("temps_activite", activity, "part", part)
    count.put("temps_en_ligne", "total", "heures_par_semaine", online / 52)
    _actions(count)
    _posts(count)
    for row in tables["instances"]:
        if row["annee"] == year:
            count.put("instances", row["instance"], "participations", number(row["participations"]))
    networks = [r for r in tables["reseaux"] if r["annee"] == year]
    twice = {name for name, n in Counter(r["nom"] for r in networks).items() if n > 1}
    for row in networks:
        line = f"{row['nom']}/{row['objet']}" if row["nom"] in twice else row["nom"]
        for column in ("jeunes", "journees", "heures"):
            count.put("reseaux", line, column, number(row[column]))
    latest: dict[tuple[str, str], Row] = {}
    for row in sorted(tables["territoires"], key=lambda r: r["millesime"]):
        if row["millesime"] <= year:
            latest[(row["indicateur"], row["territoire"])] = row
    for (line, column), row in latest.items():
        count.put("socio_economique", line, column, number(row["valeur"]))


def _parts(hours: Counter[str]) -> dict[str, float]:
    """Hundredths of a percent, by largest remainder."""
    exact = {key: 10_000 * value / sum(hours.values()) for key, value in hours.items()}
    floors = {key: int(value) for key, value in exact.items()}
    order = sorted(exact, key=lambda key: floors[key] - exact[key])
    raised = set(order[: 10_000 - sum(floors.values())])
    return {key: (floor + (key in raised)) / 100 for key, floor in floors.items()}


def _actions(count: Recount) -> None:
    table = {"action_collective": "actions", "partenariale": "actions_partenariales"}
    taking_part: dict[str, dict[str, float | None]] = {}
    for row in count.tables["participations"]:
        taking_part.setdefault(row["id_action"], {})[row["public"]] = number(row["nombre"])
    for row in count.tables["actions"]:
        if row["annee"] != str(count.year):
            continue
        indicator, publics = table.get(row["categorie"], row["categorie"]), taking_part[row["id_action"]]
        for public, value in publics.items():
            count.put(indicator, public, row["id_action"], value)
        persons = total([value for public, value in publics.items() if public != "familles"])
        count.put(indicator, "total", row["id_action"], persons)
        for column in ("seances", "jours", "nb_partenaires"):
            count.put(indicator, column, row["id_action"], number(row[column]))


def _posts(count: Recount) -> None:
    rows = [r for r in count.tables["personnel"] if r["annee"] == str(count.year)]
    for column in ("etp", "etp_departement", "etp_communes"):
        for key in ("poste", "categorie"):
            for line in {r[key] for r in rows}:
                own = total([number(r[column]) for r in rows if r[key] == line])
                count.put("personnel", line, column, own if own is None else round(own, 2))
        whole = total([number(r[column]) for r in rows])
        count.put("personnel", "total", column, whole if whole is None else round(whole, 2))
