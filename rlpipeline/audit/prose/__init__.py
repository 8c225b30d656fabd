"""Finds, on a finished page, the numbers and the trend words that were typed by hand in the texts."""
