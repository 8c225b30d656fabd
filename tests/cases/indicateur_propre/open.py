import rlpipeline
from rlpipeline.errors import RlpipelineError

try:
    rlpipeline.open_report(2023).indicator("mes_quartiers")
except RlpipelineError as error:
    print(error)
