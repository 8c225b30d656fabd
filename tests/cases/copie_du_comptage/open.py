import rlpipeline
from rlpipeline.errors import RlpipelineError

report = rlpipeline.open_report(2023)
print(report.table("plus_suivis"))
try:
    report.indicator("plus_suivis")
except RlpipelineError as error:
    print(error)
