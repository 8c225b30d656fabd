"""JupyterLab for the analyst: copies to try anything in, and the welcome notebook's buttons."""

from rlpipeline.lab.workshop import open_workshop

__all__ = ["open_workshop"]
