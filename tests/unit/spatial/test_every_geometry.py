"""Every function of ``spatial`` that takes geometries is run over all kinds of them.

What takes geometries is told by the annotations of its arguments. A new function makes the first
test fail until a property of ``geometry_properties`` runs it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import spatial
from tests.unit.spatial.geometry_properties import PROPERTIES, X, Y
from tests.unit.spatial.kinds import MAKERS, NOTHING, shapes

_ROOT = Path(spatial.__file__).parent
_TAKES = re.compile(
    r"\b(Shapes|BaseGeometry|GeoDataFrame|GeoSeries|(Multi)?(Point|LineString|Polygon)|object_"
    r"|Entities|Catchments|Buildings)\b"
)
_BY_NAME = {"wkb"}
_ELSEWHERE = {
    "spatial.files.geojson_shapes.wkb_of",
    "spatial.models.placing.placed",
}
"""Take documents or elements in which geometries are, which no annotation says."""


def takers() -> Iterator[str]:
    """Yield the public functions and methods of ``spatial`` that take geometries."""
    for path in sorted(_ROOT.rglob("*.py")):
        module = ".".join(path.relative_to(_ROOT.parent).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from _within(tree.body, module.removesuffix(".__init__"))


def _within(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _within(node.body, f"{prefix}.{node.name}")
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            name = f"{prefix}.{node.name}"
            if name in _ELSEWHERE or any(_takes(each) for each in _arguments(node)):
                yield name


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _takes(argument: ast.arg) -> bool:
    if argument.annotation is None:
        return False
    return argument.arg in _BY_NAME or bool(_TAKES.search(ast.unparse(argument.annotation)))


def test_what_takes_geometries_is_run_by_a_property() -> None:
    run: set[str] = set()

    def noted(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            module = str(frame.f_globals.get("__name__", ""))
            run.add(f"{module}.{frame.f_code.co_qualname}")

    one_of_each = [make(X, Y, 10.0) for make in MAKERS.values()] + list(NOTHING)
    sys.setprofile(noted)
    try:
        for each in PROPERTIES:
            each(one_of_each)
    finally:
        sys.setprofile(None)
    expected = set(takers())
    assert len(expected) > 30
    assert sorted(expected - run) == []


def test_functions_that_are_told_of_by_name_exist() -> None:
    assert set(takers()) >= _ELSEWHERE


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda each: each.__name__)
def test_it_holds_for_every_kind_of_geometry(holds: object) -> None:
    assert callable(holds)

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    )
    @given(st.lists(shapes((X, Y)), min_size=1, max_size=5))
    def run(found: list[object]) -> None:
        holds(found)

    run()
