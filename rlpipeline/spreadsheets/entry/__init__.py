"""A new service: its folder, its settings with comments, and the workbook in which its records are typed."""
