"""What the register refuses, by what to do about it."""


class ChangeRefusedError(ValueError):
    """A change that the register cannot take. Correct what the sentence names and send it again."""


class NameTakenError(ChangeRefusedError):
    """A name that means another entity. End it there first, or give its validity."""


class EntityUnknownError(LookupError):
    """A code that the register does not have. Check it, or create the entity first."""


class EntityRetiredError(ChangeRefusedError):
    """An entity that is retired. Change its successor, or reinstate it."""


class CodesExhaustedError(Exception):
    """A class has no serials left in a county. Extend the class table with a further class."""
