"""Records as people type them: the entry workbook, the annotated copy, conversion between kinds of source."""
