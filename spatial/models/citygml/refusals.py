"""What can be wrong with one object of a city model."""


class ObjectRefusedError(ValueError):
    """An object that cannot be taken. Correct what the sentence names; the others go on."""
