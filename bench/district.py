"""A district for the ingest benchmarks: devices that each measure three quantities."""

import psycopg
from shapely.geometry import Point

from data.registry import ChangeSet, EntityChange, NewRelation, record

RULED = ("level", "ammonia_nitrogen", "dissolved_oxygen")
"""Quantities of reaches, each bound to a rule that ships."""

PLAIN = ("velocity", "ph", "turbidity")

_FIRST_DEVICE = 4403118501000001
_FIRST_REACH = 4403118202000001
_LIMITS = {"warning_level_m": 50.0, "guaranteed_level_m": 60.0, "historic_max_level_m": 70.0}


class District:
    """So many devices, every other one beside a reach whose levels and water rules watch.

    Attributes:
        devices: codes.
        rule_series: how many of their series a rule is bound to.
    """

    def __init__(self, devices: int) -> None:
        self.devices = [_FIRST_DEVICE + n for n in range(devices)]
        self._reaches = [_FIRST_REACH + n for n in range(devices // 2)]
        self.rule_series = len(self._reaches) * len(RULED)

    def quantities(self, number: int) -> tuple[str, str, str]:
        """Return what the device of that number sends."""
        return RULED if number < len(self._reaches) else PLAIN

    def register(self, store_url: str) -> None:
        """Register all of them and make their series."""
        entities = [
            EntityChange(code, f"gauge {code}", Point(493_426 + n % 100, 2_516_742 + n // 100))
            for n, code in enumerate(self.devices)
        ]
        entities += [
            EntityChange(code, f"reach {code}", properties=_LIMITS) for code in self._reaches
        ]
        watched = list(zip(self.devices, self._reaches, strict=False))
        relations = [NewRelation(device, "monitors", reach, "bench") for device, reach in watched]
        with psycopg.connect(store_url) as connection:
            record(connection, ChangeSet("bench", "devices", "bench", entities, [], relations))
            connection.execute(
                "INSERT INTO series (entity, quantity, device)"
                " SELECT coalesce(r.target, e.code), quantity, e.code FROM entity e"
                " LEFT JOIN relation r ON r.origin = e.code AND r.kind = 'monitors',"
                " unnest(CASE WHEN r.target IS NULL THEN %s::text[] ELSE %s::text[] END)"
                " AS quantity WHERE e.class_code = '8501' ORDER BY e.code",
                (list(PLAIN), list(RULED)),
            )
