"""Publication: executed notebooks made into the pages, the workbook and the figures that the association sends."""
