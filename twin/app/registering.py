"""Writes to the register that the command line makes itself."""

from data.connection import connect
from data.registry import Issued, issue_codes
from data.registry.district import set_up
from twin.api.actor_log import log
from twin.app.actor import command_line_actor
from twin.app.settings import Settings

_NAME = "citytwin register"


def set_up_district(settings: Settings, srid: int) -> None:
    """Choose the projected CRS of an empty store and log who did.

    Raises:
        ChangeRefusedError: the CRS cannot be taken, or the register holds entities.
    """
    with connect(settings.store_url, name=_NAME) as connection:
        set_up(connection, srid)
        log(connection, command_line_actor(), "district.set_up", f"EPSG:{srid}")


def give_out(settings: Settings, county: str, klass: str, count: int) -> Issued:
    """Issue codes and log who took them.

    Raises:
        ChangeRefusedError: no such county or class, or a count below 1.
        CodesExhaustedError: the class has not so many serials left in the county.
    """
    with connect(settings.store_url, name=_NAME) as connection:
        issued = issue_codes(connection, county, klass, count)
        span = {"first": str(issued.codes[0]), "last": str(issued.codes[-1])}
        log(connection, command_line_actor(), "codes.issue", f"{county} {klass}", **span)
    return issued
