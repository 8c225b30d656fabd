"""What is read in finished files and texts: figures by their address, links, typed numbers, differences."""
