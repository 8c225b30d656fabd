"""A copy of the workbook in which the cells of the findings are coloured, explained and listed."""
