"""Every file that cannot be taken has its sentence."""

import zipfile
from pathlib import Path

import pytest

from spatial.models import Element, inspect, silent
from spatial.models.ifc.reading import open_model
from spatial.models.ifc.step_header import schema_of
from tests.unit.spatial.ifc.written import HOUSE, file_of, model, step

REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "not IFC": ("a.ifc", b"hello world, this is text", "starts with b'hello world, thi'"),
    "a picture": ("a.ifc", b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "expected 'ISO-10303-21'"),
    "empty": ("a.ifc", b"", "is empty"),
    "blank": ("a.ifc", b"\0" * 4096, "bytes that start with nothing but blanks or NUL"),
    "other STEP": ("a.ifc", step((), "AUTOMOTIVE_DESIGN"), "is STEP of schema 'AUTOMOTIVE_DESIGN'"),
    "too old": ("a.ifc", step((), "IFC2X2_FINAL"), "expected IFC2X3, IFC4 or IFC4X3"),
    "no schema": ("a.ifc", model().replace("FILE_SCHEMA", "FILE_NOTHING"), "has no FILE_SCHEMA"),
    "cut off": ("a.ifc", model(*HOUSE)[:-1500], "ends in the middle with"),
    "cut in the header": ("a.ifc", model()[:60], "has no FILE_SCHEMA"),
    "blanks in the header": (
        "a.ifc",
        model().replace("(('IFC4X3_ADD2'))", "(('IFC4'" + " " * 60_000 + "X"),
        "has no FILE_SCHEMA in the first 60,",
    ),
    "UTF-16": ("a.ifc", b"\xff\xfe" + model().encode("utf-16-le"), "is UTF-16"),
    "ifcXML": ("a.ifcxml", '<?xml version="1.0"?><ifcXML/>', "is ifcXML: export it as a STEP"),
    "ifcXML named IFC": ("a.ifc", '<ex:iso_10303_28 xmlns:ex="x"/>', "is ifcXML"),
    "a number too large": ("a.ifc", model("#90=IFCCARTESIANPOINT((1e999,0.,0.));"), "token 1e999"),
    "an open text": (
        "a.ifc",
        model("#90=IFCPERSON($,'\\X2\\5EF',$,$,$,$,$,$);"),
        "is no STEP file",
    ),
    "nested lists": ("a.ifc", model("#90=IFCWALL(" + "(" * 99 + ")" * 99 + ");"), "nests lists"),
    "no zip": ("a.ifczip", b"PK\x03\x04 and nothing else", "is no zip archive that can be read"),
}


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_cannot_be_taken_has_its_sentence(
    tmp_path: Path, name: str, content: str | bytes, sentence: str
) -> None:
    found = inspect(file_of(tmp_path, content, name))
    assert found.error is not None
    assert sentence in found.error
    assert found.counts == {}


TOLERATED = {
    "a reference to nothing": (
        model("#30=IFCBUILDING('0bui1ding0000000000B01',$,$,$,$,#99,$,$,$,$,$,$);"),
        "references to what is not there: 1, e.g. #30 refers to #99",
    ),
    "an unknown class": (
        model("#90=IFCFOO($);", "#91=IFCBAR($);"),
        "classes that IFC4X3_ADD2 does not know, left out: IFCFOO (1), IFCBAR (1)",
    ),
    "too few attributes": (
        model("#90=IFCWALL('0wa110000000000000000W1');"),
        "instances with more or fewer attributes than IFC4X3_ADD2 gives them: 1, e.g. #90",
    ),
    "a broken list": (model("#90=IFCWALL(('0',$);"), "mistakes of syntax, stepped over"),
    "no project": (step(("#1=IFCPERSON($,$,$,$,$,$,$,$);",)), "holds no IfcProject"),
    "no unit": (step(("#1=IFCPERSON($,$,$,$,$,$,$,$);",)), "read as metres"),
    "two projects": (
        model("#90=IFCPROJECT('2X9wjf5oPB4PQjenCYrhH0',$,$,$,$,$,$,$,$);"),
        "holds 2 of IfcProject (#20, #90)",
    ),
    "an odd GlobalId": (
        model("#90=IFCWALL('wall-1',$,$,$,$,$,$,$,$);"),
        "1 GlobalIds are not the 22 characters of the standard, e.g. 'wall-1'",
    ),
    "no GlobalId": (model("#90=IFCWALL($,$,$,$,$,$,$,$,$);"), "1 products have no GlobalId"),
    "a GlobalId twice": (
        model(*[f"#9{at}=IFCWALL('0wa110000000000000000W1',$,$,$,$,$,$,$,$);" for at in (0, 1)]),
        "1 GlobalIds are used more than once, e.g. '0wa110000000000000000W1'",
    ),
    "a number twice": (
        model(*[f"#90=IFCWALL('0wa110000000000000000W{at}',$,$,$,$,$,$,$,$);" for at in (1, 2)]),
        "numbers used twice: 1, e.g. #90; the last instance counts",
    ),
    "a candidate's name": (
        model(schema="IFC4X3_RC1"),
        "schema 'IFC4X3_RC1' is read as IFC4X3_ADD2",
    ),
    "a small name": (model(schema="ifc4"), "schema 'ifc4' is read as IFC4"),
}


@pytest.mark.parametrize(("content", "sentence"), TOLERATED.values(), ids=TOLERATED.keys())
def test_a_mistake_that_the_rest_survives_is_warned_of(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: str, sentence: str
) -> None:
    found = inspect(file_of(tmp_path, content))
    assert found.error is None
    assert sentence in " | ".join(found.warnings)
    heard = capfd.readouterr()
    assert (heard.out, heard.err) == ("", "")


@pytest.mark.parametrize(
    ("name", "read_as"),
    [
        ("IFC2X3", "IFC2X3"),
        ("IFC2X3_TC1", "IFC2X3"),
        ("IFC2X3_FINAL", "IFC2X3"),
        ("IFC4", "IFC4"),
        ("IFC4_ADD2_TC1", "IFC4"),
        ("IFC4X1", "IFC4X3_ADD2"),
        ("IFC4X2", "IFC4X3_ADD2"),
        ("IFC4X3", "IFC4X3_ADD2"),
        ("IFC4X3_RC4", "IFC4X3_ADD2"),
        ("IFC4X3_ADD1", "IFC4X3_ADD2"),
        ("IFC4X3_ADD2", "IFC4X3_ADD2"),
        ("IFC4X3_TC1", "IFC4X3_ADD2"),
        ("IFC4x3_RC2", "IFC4X3_ADD2"),
        ("RC4", "IFC4X3_ADD2"),
        ("IFC2X2", None),
        ("IFC5", None),
        ("IFC", None),
        ("", None),
    ],
)
def test_a_schema_is_read_by_the_one_of_its_family(name: str, read_as: str | None) -> None:
    assert schema_of(name) == read_as


def test_comments_after_the_data_hide_no_end(tmp_path: Path) -> None:
    text = model(*HOUSE).replace("ENDSEC;\nEND-ISO", f"ENDSEC;/*{'x' * 200_000}*/END-ISO")
    found = inspect(file_of(tmp_path, text))
    assert (found.error, found.counts["IfcSpace"]) == (None, 1)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    text = model(*HOUSE).replace("House", "建筑").encode()
    path = file_of(tmp_path, text[:-500])
    with path.open("r+b") as file:
        file.seek(100 * 1024**3)
        file.write(text[-500:])
    assert "expected at most 2,147,483,648; export it in parts" in (inspect(path).error or "")


def test_the_folder_of_a_person_is_left_as_it_was(tmp_path: Path) -> None:
    path = file_of(tmp_path, model(*HOUSE, schema="IFC4X3_RC2"))
    before = path.read_bytes(), path.stat().st_mtime_ns
    inspect(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [each.name for each in tmp_path.iterdir()] == ["model.ifc"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_names_survive_however_their_program_wrote_them(
    tmp_path: Path, encoding: str
) -> None:

    text = model(*HOUSE).replace("'House'", "'建筑誠🏠'")
    path = file_of(tmp_path, text.encode(encoding))
    elements = list(open_model(path, geometry=False).elements(silent))
    names = {each.name for each in elements if isinstance(each, Element)}
    assert "建筑誠🏠" in names


def zipped(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "model.ifczip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zipped_model_is_read(tmp_path: Path) -> None:
    found = inspect(zipped(tmp_path, {"house.ifc": model(*HOUSE).encode(), "notes.txt": b"x"}))
    assert found.error is None
    assert found.counts["IfcSpace"] == 1


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"notes.txt": b"x"}, "holds 0 models among 1 files"),
        ({"a.ifc": b"x", "b.ifc": b"y"}, "holds 2 models among 2 files"),
        ({"a.ifcxml": b"<ifcXML/>"}, "expected a STEP file (.ifc), not ifcXML"),
        ({"../a.ifc": b"x"}, "points outside the archive"),
        ({"a.ifc": b" " * 200_000_000}, "unpacks from"),
        ({"a.ifc": b"hello"}, "file 'model.ifczip': starts with b'hello'"),
    ],
)
def test_an_archive_that_cannot_be_taken_has_its_sentence(
    tmp_path: Path, members: dict[str, bytes], sentence: str
) -> None:
    found = inspect(zipped(tmp_path, members))
    assert found.error is not None
    assert sentence in found.error


def test_a_file_with_a_hole_in_it_is_refused(tmp_path: Path) -> None:
    text = model(*HOUSE).encode()
    path = file_of(tmp_path, text[:400])
    with path.open("r+b") as file:
        file.seek(300 * 1024**2)
        file.write(text[-400:])
    found = inspect(path)
    assert found.error is not None
    assert "bytes of nothing from byte 400 on" in found.error
