"""Reads what was published, from outside: no internal state of the run is trusted here."""
