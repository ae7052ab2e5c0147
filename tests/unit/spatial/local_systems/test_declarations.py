"""Every mistake of a declaration gets its sentence."""

from pathlib import Path

import pytest

from spatial.heights import YELLOW_SEA_1985, DatumOffset
from spatial.local_systems import LocalSystemError, read_systems, systems_of
from tests.unit.spatial.grids import write_gtx
from tests.unit.spatial.local_systems.declarations import FOUR, GRID, PIPELINE, SEVEN

MISTAKES = {
    "not TOML": ("[[systems]", "systems.toml: not TOML: "),
    "unknown table": ("[[system]]", "unknown key 'system'"),
    "no kind": (SEVEN.replace('kind = "seven-parameter"', ""),
                "system 'shenzhen': key 'kind' is missing: expected one of 'seven-parameter'"),
    "strange kind": (SEVEN.replace("seven-parameter", "three-parameter"),
                     "system 'shenzhen': kind 'three-parameter': expected one of"),
    "no name": (SEVEN.replace('name = "shenzhen"', ""), "system 1: key 'name' is missing"),
    "a name with blanks": (SEVEN.replace('"shenzhen"', '"shen zhen"'), "name 'shen zhen': "),
    "a name that is taken": (SEVEN.replace('"shenzhen"', '"GCJ02"'),
                             "name 'GCJ02' means another system"),
    "a name twice": (SEVEN + FOUR.replace("shenzhen", "Shenzhen"),
                     "declared twice: ['shenzhen']"),
    "no convention": (SEVEN.replace('convention = "coordinate_frame"', ""),
                      "system 'shenzhen': key 'convention' is missing"),
    "strange convention": (SEVEN.replace("coordinate_frame", "bursa-wolf"),
                           "convention 'bursa-wolf': input should be 'position_vector' or"),
    "a parameter missing": (SEVEN.replace("rz_arcsec = 2.5", ""), "key 'rz_arcsec' is missing"),
    "a parameter too many": (SEVEN + "epoch = 2000.0", "unknown key 'epoch'"),
    "rotation in radians by mistake": (SEVEN.replace("ry_arcsec = -0.75", "ry_arcsec = nan"),
                                       "ry_arcsec nan: input should be a finite number"),
    "scale as a factor": (SEVEN.replace("scale_ppm = -3.5", "scale_ppm = 999996.5"),
                          "scale_ppm 999996.5: input should be less than or equal to 1000"),
    "text for a number": (SEVEN.replace("x_m = 12.3", 'x_m = "12.3"'),
                          "x_m '12.3': input should be a valid number"),
    "unknown base": (SEVEN.replace("EPSG:4547", "EPSG:99"), "unknown CRS 'EPSG:99'"),
    "vertical base": (SEVEN.replace("EPSG:4547", "EPSG:5737"),
                      "'EPSG:5737' is 'Yellow Sea 1985 height': expected a projected"),
    "degrees as the base of a plane": (FOUR.replace("EPSG:4547", "EPSG:4490"),
                                       "base 'EPSG:4490' has degrees: expected a projected CRS"),
    "a turn to nowhere": (FOUR.replace("counterclockwise", "left"), "turns 'left': input should"),
    "no grid there": (GRID, "there is no grid 'city.gsb' in "),
    "a number as grid": (GRID.replace('"city.gsb"', "7"), "7: expected the name of a grid file"),
    "a grid that is none": (GRID.replace("city.gsb", "no.gsb"),
                            "system 'shenzhen': grid 'no.gsb' starts with b'no grid '"),
    "half a grid": (GRID.replace("city.gsb", "half.gsb"), "system 'shenzhen': PROJ refuses"),
    "no pipeline": (PIPELINE.replace("+proj=affine", "+proj=afine"),
                    "system 'shenzhen': PROJ refuses '+proj=pipeline"),
    "no inverse": (PIPELINE.replace("+proj=affine +xoff=1000 +yoff=-2000", "+proj=adams_ws1"),
                   "has no inverse: expected steps that have one"),
    "a pipeline of another kind": (PIPELINE.replace("+proj=pipeline", "proj=pipeline"),
                                   "pipeline 'proj=pipeline"),
    "a control point of one number": (
        SEVEN + '[[systems.control]]\nname = "A"\nlocal = [1.0]\nbase = [1.0, 2.0]\n',
        "control.0.local [1.0]: list should have at least 2 items"),
    "heights of no number": ('[[heights]]\nsource = "pearl-river"\ntarget = "wusong"\n',
                             "heights 1: key 'offset_m' is missing"),
    "a geoid that is not there": ('[[geoids]]\ndatum = "wusong"\ngrid = "n.gtx"\n',
                                  "geoids 1: there is no grid 'n.gtx' in "),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "no.gsb").write_bytes(b"no grid at all")
    (tmp_path / "half.gsb").write_bytes(b"NUM_OREC" + b"\x0b" + b"\0" * 40)
    return tmp_path


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_sentence(mistake: str, folder: Path) -> None:
    text, sentence = MISTAKES[mistake]
    with pytest.raises(LocalSystemError) as refused:
        systems_of(text, "systems.toml", folder)
    assert all(each.startswith("systems.toml: ") for each in refused.value.mistakes)
    assert sentence in str(refused.value)


def test_every_mistake_is_told_at_once(folder: Path) -> None:
    text = SEVEN.replace("x_m = 12.3", "").replace("y_m = -134.5", "") + GRID
    with pytest.raises(LocalSystemError) as refused:
        systems_of(text, "systems.toml", folder)
    assert len(refused.value.mistakes) == 3


def test_a_file_is_read_with_grids_beside_it(tmp_path: Path) -> None:
    write_gtx(tmp_path / "n.gtx", -3.25)
    path = tmp_path / "systems.toml"
    path.write_text(
        FOUR
        + '[[heights]]\nsource = "pearl-river"\ntarget = "yellow-sea-1985"\noffset_m = 0.744\n'
        + '[[geoids]]\ndatum = "yellow-sea-1985"\ngrid = "n.gtx"\n',
        encoding="utf-8",
    )
    found = read_systems(path)
    assert list(found.systems) == ["shenzhen"]
    offset = DatumOffset("pearl-river", YELLOW_SEA_1985, 0.744, None, "declared")
    assert list(found.heights.offsets) == [offset]
    assert found.heights.geoids[0].undulation_m(114, 22.5) == pytest.approx(-3.25)


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "systems.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(LocalSystemError, match="not UTF-8"):
        read_systems(path)
    path.write_bytes(b"#" * (1024**2 + 1))
    with pytest.raises(LocalSystemError, match="bytes, expected at most"):
        read_systems(path)
