"""Fictitious records of made-up communes; those that rebuild the printed report of 2023 are data (``data/exemple``)."""

from rlpipeline.demo.writing import write_demo

__all__ = ["write_demo"]
