"""Water that is drawn at junctions: the section DEMANDS (EPANET 2.2 manual, C.2)."""

from collections.abc import Sequence

from spatial.files.errors import RowRefusedError
from spatial.models.epanet.options import Options
from spatial.models.inp.objects import PipeModel
from spatial.models.inp.remarks import Remark
from spatial.models.inp.rows import Fields, Row


def take_demands(model: PipeModel, rows: Sequence[Row], options: Options) -> None:
    """Sum up the demands of each junction; they replace the one of its own row."""
    wrong = Remark("DEMANDS", "cannot be read")
    totals: dict[str, float] = {}
    for row in rows:
        fields = Fields(row)
        try:
            fields.need(2)
            demand = fields.number(1, "demand") * options.flow_m3_s
        except RowRefusedError as error:
            wrong.add(f"line {row.line}: {error}")
            continue
        totals[fields.name] = totals.get(fields.name, 0.0) + demand
    for name, total in totals.items():
        if name in model.nodes:
            model.nodes[name].properties["base_demand_m3_s"] = total
    wrong.put(model)
