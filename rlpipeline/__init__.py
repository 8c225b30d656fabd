"""Annual activity report of a service of prévention spécialisée, computed from its records."""

__version__ = "0.1.0"
