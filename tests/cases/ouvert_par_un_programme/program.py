import rlpipeline
from rlpipeline.errors import RlpipelineError

report = rlpipeline.open_report(2023, "Bassecombe")
print(report)
print(report.indicators().head(3).to_string(index=False))
print(report.indicator("alertes")[["ligne", "colonne", "valeur", "etat"]].to_string(index=False))
print(rlpipeline.open_report(2023).records("instances").to_string(index=False))
REFUSED = {
    "un autre nom": lambda: rlpipeline.open_report(2023, "Basse"),
    "une année sans données": lambda: rlpipeline.open_report(2031),
    "une édition": lambda: rlpipeline.open_report(2023, edition="partage"),
    "un tableau": lambda: report.indicator("acompagnes"),
    "une table": lambda: report.records("suivi"),
    "à diffuser": lambda: rlpipeline.open_report(2023, edition="diffusion").indicator("clotures"),
    "des chiffres": lambda: rlpipeline.read_figures("source"),
    "un magasin": lambda: rlpipeline.open_store("source"),
    "une source": lambda: rlpipeline.check("nulle-part"),
}
for asked, ask in REFUSED.items():
    try:
        ask()
        print(f"{asked} : rien")
    except RlpipelineError as error:
        print(f"{asked} [{error.exit_code}] : {error}")
