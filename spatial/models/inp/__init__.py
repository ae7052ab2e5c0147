"""What SWMM and EPANET share: sections of rows, nodes and links by name, places beside them."""
