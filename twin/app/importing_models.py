"""``twin import`` of a model: its coded elements into the register, all of it into the store."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from data.connection import StoreUnavailableError, connect
from data.importing import Delivery, Progress, check_county
from data.models import ModelDelivery, ModelReport, run_model_import
from data.registry import srid_of
from data.tables import COORDINATE_DECIMALS
from spatial.files import FileRefusedError, Target
from spatial.models import Model, ModelFormat
from spatial.models.placing import placed
from twin.app.import_turns import (
    analyze,
    codes_of_their_own,
    digest_of,
    wait_for_turn,
    without_collector,
)
from twin.app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOrder:
    """Which model is to be imported, and how.

    Attributes:
        file: that holds it.
        form: its format.
        name: under which the store knows it; files of one name are states of one model.
        source: the system or department whose word it is.
        crs: of its shapes, where it does not say; it wins with a warning where it does.
        county: for codes of what lies in no county that the tables know, or None.
        dry_run: whether nothing shall be written.
        strict: whether one refused element refuses all.
        actor: who imports.
    """

    file: Path
    form: ModelFormat
    name: str
    source: str
    crs: str | None
    county: str | None
    dry_run: bool
    strict: bool
    actor: str


def import_model(
    settings: Settings, order: ModelOrder, progress: Progress, say: Callable[[str], None]
) -> ModelReport:
    """Import a model, or compare it with the store.

    Raises:
        FileRefusedError: the model cannot be taken, or its format is served and never imported.
        UnknownCountyError: the county is none.
        ChangeRefusedError: the register cannot take it.
        CodesExhaustedError: a class has not so many codes left in a county.
        StoreUnavailableError: the store is away; all is as it was.
        OSError: the file cannot be read.
    """
    if order.form.open is None:
        raise FileRefusedError(
            f"file {order.file.name!r}: {order.form.name} is served as it is and not taken apart"
        )
    if order.county is not None:
        check_county(order.county)
    progress("reading the model", 0, 0)
    model = order.form.open(order.file)
    with (
        without_collector(),
        connect(settings.store_url, name="citytwin import") as connection,
    ):
        delivery = _model_delivery(order, model, srid_of(connection))
        connection.rollback()
        try:
            wait_for_turn(connection, say)
            to = Target(delivery.srid, COORDINATE_DECIMALS)
            found = placed(order.file, model, order.crs, to, progress)
            with codes_of_their_own(settings, dry_run=order.dry_run) as (codes, issue):
                report = run_model_import(connection, model, found, delivery, issue, progress)
                connection.commit()
                if report.entities.change_set is not None:
                    analyze(codes, report.entities)
        except psycopg.OperationalError as error:
            raise StoreUnavailableError(f"the register is as it was: {error}") from error
    return report


def _model_delivery(order: ModelOrder, model: Model, srid: int) -> ModelDelivery:
    return ModelDelivery(
        name=order.name,
        source=order.source,
        scheme=order.form.scheme,
        crs=order.crs,
        srid=srid,
        delivery=Delivery(
            actor=order.actor,
            file=order.file.name,
            digest=digest_of(order.file),
            county=order.county,
            strict=order.strict,
            unread=[],
            warnings=list(model.warnings),
        ),
    )
