"""Six styles of exports."""
