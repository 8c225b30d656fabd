"""Records in: a folder, a workbook or a database read into one and the same set of frames, and checked."""
