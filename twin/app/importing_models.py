"""``twin import`` of a model: its coded elements into the register, all of it into the store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from data.connection import StoreUnavailableError, connect
from data.importing import Delivery, Progress, check_county
from data.models import ModelDelivery, ModelReport, run_model_import
from data.registry import srid_of
from data.tables import COORDINATE_DECIMALS
from spatial.files import FileRefusedError, Target
from spatial.models import ModelFormat
from spatial.models.ifc.format import IFC
from spatial.models.placing import placed
from twin.app import model_files
from twin.app.import_turns import (
    check_file_name,
    codes_of_their_own,
    digest_of,
    is_storable,
    wait_for_turn,
    without_collector,
)
from twin.app.model_files import Material
from twin.app.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

_LONGEST_NAME = 200
_SHOWN = 60


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
        FileRefusedError: the model cannot be taken, or not be served.
        UnknownCountyError: the county is none.
        ChangeRefusedError: the register cannot take it.
        CodesExhaustedError: a class has not so many codes left in a county.
        StoreUnavailableError: the store is away; all is as it was.
        OSError: the file cannot be read.
    """
    _check(order)
    progress("reading the model", 0, 0)
    with (
        without_collector(),
        connect(settings.store_url, name="citytwin import") as connection,
    ):
        try:
            work = _Work(settings, order, connection, progress, say)
            with _material(work) as material:
                return _imported(work, material)
        except psycopg.OperationalError as error:
            raise StoreUnavailableError(f"the register is as it was: {error}") from error


class _Work(NamedTuple):
    """One import, and who is told of it."""

    settings: Settings
    order: ModelOrder
    connection: Connection
    progress: Progress
    say: Callable[[str], None]


def _imported(work: _Work, material: Material) -> ModelReport:
    settings, order, connection, progress, say = work
    model = material.model
    delivery = _model_delivery(order, material, srid_of(connection))
    connection.rollback()
    wait_for_turn(connection, say)
    to = Target(delivery.srid, COORDINATE_DECIMALS)
    found = placed(order.file, model, order.crs, to, progress)
    with codes_of_their_own(settings, dry_run=order.dry_run) as issue:
        report = run_model_import(connection, model, found, delivery, issue, progress)
        connection.commit()
    return report


def _check(order: ModelOrder) -> None:
    if order.county is not None:
        check_county(order.county)
    check_file_name(order.file)
    for what, said in (("--model", order.name), ("--source", order.source)):
        if not (0 < len(said) <= _LONGEST_NAME and is_storable(said)):
            raise FileRefusedError(
                f"{what} {said[:_SHOWN]!r}: expected 1 to {_LONGEST_NAME} characters of text"
            )
    if model_files.has_files(order.form):
        model_files.check_name(order.name)
    if order.form.open is None and order.crs is not None:
        raise FileRefusedError(
            f"file {order.file.name!r}: {order.form.name} is served as it is, and --crs cannot be "
            "written into it"
        )


@contextmanager
def _material(work: _Work) -> Iterator[Material]:
    """Give the model with its served files in their folder; of a dry run nothing is copied."""
    settings, order, connection, progress, say = work
    if order.dry_run:
        yield _looked_at(order, progress)
        return
    with model_files.room_for(settings, order.form, connection, say) as folder:
        if order.form is not IFC:
            material = _looked_at(order, progress)
            model_files.copy(folder, order.file.name, material.files or (), progress)
            yield material
            return
        with model_files.scenes(order.file, order.name, folder, connection, progress) as scenes:
            model_files.copy(folder, order.file.name, scenes or (), progress)
        yield _looked_at(order, progress)._replace(files=scenes)


def _looked_at(order: ModelOrder, progress: Progress) -> Material:
    if order.form.open is None:
        return model_files.look(order.file, order.form, progress)
    served = None if order.form is IFC else ()
    return Material(order.form.open(order.file), digest_of(order.file), served)


def _model_delivery(order: ModelOrder, material: Material, srid: int) -> ModelDelivery:
    return ModelDelivery(
        name=order.name,
        source=order.source,
        scheme=order.form.scheme,
        crs=order.crs,
        srid=srid,
        files=None if material.files is None else [each.file for each in material.files],
        delivery=Delivery(
            actor=order.actor,
            file=order.file.name,
            digest=material.digest,
            county=order.county,
            strict=order.strict,
            unread=list(material.refused),
            warnings=list(material.model.warnings),
        ),
    )
