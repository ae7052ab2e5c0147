"""Small files of both programs, written as their users write them."""

from pathlib import Path

SWMM_TEXT = """\
[TITLE]
A street in three manholes

[OPTIONS]
FLOW_UNITS CMS

[JUNCTIONS]
;;Name Elevation MaxDepth
;above the bakery
J1 10.0 2.0 0 0 0
J2 9.0 2.5 0 0 0
[OUTFALLS]
O1 8.0 FREE NO
[CONDUITS]
C1 J1 J2 50 0.013 0 0 0 0
C2 J2 O1 80 0.013 0.2 0.5 0 0
[XSECTIONS]
C1 CIRCULAR 0.3 0 0 0 1
C2 RECT_CLOSED 0.4 0.6 0 0 2
[SUBCATCHMENTS]
S1 G1 J1 1.5 40 100 0.5 0
[RAINGAGES]
G1 INTENSITY 0:05 1.0 TIMESERIES T1
[COORDINATES]
J1 0 0
J2 50 0
O1 130 0
[VERTICES]
C2 90 5
[POLYGONS]
S1 -10 -10
S1 40 -10
S1 40 20
S1 -10 20
[SYMBOLS]
G1 5 60
[TAGS]
Node J1 corner
"""

EPANET_TEXT = """\
[TITLE]
A tank and a street

[JUNCTIONS]
 J1  20  1.5  ;the corner
 J2  18  2.0  ;
[RESERVOIRS]
 R1  40  ;
[TANKS]
 T1  30  3  1  6  12  0
[PIPES]
 P1  R1  J1  100  300  120  0  Open ;
 P2  J1  J2  200  200  120  0  CV ;
 P3  J2  T1  150  200  120  0  Closed ;
[VALVES]
 V1  J1  T1  150  PRV  30  0 ;
[PUMPS]
 U1  R1  T1  HEAD 1 ;
[CURVES]
 1  100  50
[STATUS]
 U1 Closed
[OPTIONS]
 Units LPS
[COORDINATES]
 R1 0 0
 J1 100 0
 J2 300 0
 T1 300 150
[END]
anything at all
"""


def written(folder: Path, text: str | bytes, name: str = "network.inp") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
