"""The finished files of one year, read from outside: nothing here knows how they were written."""
