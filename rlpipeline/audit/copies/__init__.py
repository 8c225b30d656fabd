"""Every occurrence of a figure agrees with all the others: pages, charts, prose, notebooks, workbook, CSV."""
