"""The report made again at each save, and shown in a browser of this machine alone."""
