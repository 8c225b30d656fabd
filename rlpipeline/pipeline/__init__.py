"""From the records to what is handed over: build, one edition, share, seal, why."""
