"""What can be wrong with a part of a tileset; each becomes a sentence about its file."""


class BadAddressError(ValueError):
    """An address that is no file of the tileset. Write it relative, to a file in its folder."""


class BadContentError(ValueError):
    """A file that is not what a tile may show. Export it again."""


class BadVolumeError(ValueError):
    """A bounding volume that encloses nothing. Export the tileset again."""


class AskForServedFileError(LookupError):
    """A name that is not in the closed list of a tileset. Ask for one of its files."""


class RegisterAgainError(RuntimeError):
    """A file that is no longer what was registered. Register the tileset again."""
