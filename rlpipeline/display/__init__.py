"""Figures shown to French readers: numbers, tables, charts and prose."""
