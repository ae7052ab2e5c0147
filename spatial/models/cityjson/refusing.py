"""What can be wrong with a CityObject."""


class ObjectRefusedError(ValueError):
    """A CityObject that cannot be taken. Correct it in the file; the others are not touched."""
