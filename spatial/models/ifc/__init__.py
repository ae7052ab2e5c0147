"""IFC (ISO 16739-1): models of buildings, roads, bridges and railways, with all their parts.

``format`` is the row of the roll call; ``reading.open_model`` opens a model with or without its
geometry; ``buildings.write_buildings`` writes glTF; ``classes.bound`` says which of our classes a
class of IFC is.
"""
