import json
from pathlib import Path

from rlpipeline.figures.cells import COUNTS, OURS

content = json.loads((OURS / COUNTS).read_text(encoding="utf-8"))
ages = "from rlpipeline.figures.variables import ages\n\nage = ages(12, 15, 18)"
place = next(rank for rank, cell in enumerate(content["cells"]) if cell["id"] == "variables")
content["cells"].insert(
    place + 1, {"cell_type": "code", "id": "mes-ages", "source": ages, "metadata": {}}
)
content["cells"] = [
    cell for cell in content["cells"] if '"plus_suivis"' not in "".join(cell["source"])
]
content["metadata"]["rlpipeline_copie"]["clotures"] = "une autre"
closed = next(cell for cell in content["cells"] if cell["id"] == "clotures")
closed["source"] = "".join(closed["source"]).replace("Sorties en fin d'accompagnement", "Sorties")
Path("notebooks").mkdir(exist_ok=True)
Path("notebooks", COUNTS).write_text(json.dumps(content), encoding="utf-8")
