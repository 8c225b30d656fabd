"""French prose as it is typed: its sentences, its numbers, what it says of few persons; knows no figure."""
