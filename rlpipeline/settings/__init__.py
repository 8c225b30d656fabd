"""The folder ``params/`` read: service, report, classes, what is accepted."""
