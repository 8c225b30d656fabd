"""Any source of records turned into any other, and read back before it is trusted."""
