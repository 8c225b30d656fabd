from pathlib import Path

import rlpipeline
from rlpipeline.errors import RlpipelineError

path = Path("notebooks/calcul.ipynb")
path.write_text(
    path.read_text(encoding="utf-8").replace("columns=age_note", "columns=age"), encoding="utf-8"
)
try:
    rlpipeline.open_report(2023)
except RlpipelineError as error:
    print(error)
