"""A module that stands beside the chapters."""

titre = "Titre"
