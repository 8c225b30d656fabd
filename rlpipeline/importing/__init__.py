"""Any export in: what follow-up software or a service's own spreadsheet gives becomes the tables of the records."""
