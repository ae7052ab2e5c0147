"""What is refused of commands, by what to do about it."""


class CommandRefusedError(ValueError):
    """A command that the device cannot take as it was asked. Correct what the sentence names."""


class CommandUnknownError(LookupError):
    """A number that no command has. Check it in the list of commands."""


class IllegalStepError(Exception):
    """A step that does not follow from the command's state. Read the command again."""


class SecondPersonError(Exception):
    """An approval by whoever asked for it. Have another person approve."""


class KeyReusedError(ValueError):
    """An idempotency key that stands for another command. Choose a new key."""


REFUSALS = (
    CommandRefusedError,
    CommandUnknownError,
    IllegalStepError,
    KeyReusedError,
    SecondPersonError,
)
"""All of them, for doors that say in a sentence what was refused."""
