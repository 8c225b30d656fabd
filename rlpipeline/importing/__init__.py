"""An export comes in through a workbook, ``correspondance.xlsx``, that its owner reads and answers."""
