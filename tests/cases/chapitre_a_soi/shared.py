from pathlib import Path

for path in sorted(Path("outputs/2023/diffusion").glob("*.*")):
    if path.suffix in {".csv", ".html", ".json"}:
        print(
            path.name,
            "nomme mes_quartiers"
            if "mes_quartiers" in path.read_text("utf-8")
            else "n'en dit rien",
        )
