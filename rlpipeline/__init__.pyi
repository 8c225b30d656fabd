from rlpipeline.api import Report as Report
from rlpipeline.api import build as build
from rlpipeline.api import check as check
from rlpipeline.api import open_report as open_report
from rlpipeline.api import open_store as open_store
from rlpipeline.api import read_figures as read_figures

__version__: str
__all__ = ["Report", "build", "check", "open_report", "open_store", "read_figures"]
