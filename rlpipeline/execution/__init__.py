"""Execution: chapters × territories run as notebooks to their last cell, and installed only when all of them did."""
