"""Show a table of one number: its title says what the number is."""

from lxml import html

import rlpipeline

shown = rlpipeline.open_report(2023).table("part_des_filles")
print(html.fragment_fromstring(shown.html, create_parent="div").text_content())
