"""What EPANET calls its sections."""

from typing import Final

from spatial.models.inp.sections import Dialect

DIALECT: Final = Dialect(
    "EPANET", "EPANET 2", "spatial.models.epanet", note_above=False, end="[END"
)
