"""Reads what was published, or printed by others, from outside: no internal state of the run is trusted here."""
