"""Colours, shapes and numbers of the map; the city is grey so that only alerts have colour.

Red, orange, yellow and blue are China's public warning levels I to IV. Every symbol keeps a
contrast of at least 3:1 to panels and buildings (WCAG 2.2, 1.4.11).
"""

from typing import NamedTuple


class LevelMark(NamedTuple):
    """How one alert level looks: never by colour alone.

    Attributes:
        level: the level's name in alerts.
        number: 1 is the most urgent; it stands inside the symbol.
        shape: hexagon, diamond, triangle or square.
        colour: ``#rrggbb``.
        name_zh: the public name in Chinese.
        name_en: the name in English.
    """

    level: str
    number: int
    shape: str
    colour: str
    name_zh: str
    name_en: str

    def rgb(self) -> tuple[int, int, int]:
        """Return red, green and blue, each 0 to 255."""
        red, green, blue = bytes.fromhex(self.colour[1:])
        return red, green, blue


LEVEL_MARKS = (
    LevelMark("red", 1, "hexagon", "#ff4d4d", "红色", "red"),
    LevelMark("orange", 2, "diamond", "#ff9f1a", "橙色", "orange"),
    LevelMark("yellow", 3, "triangle", "#ffe14d", "黄色", "yellow"),
    LevelMark("blue", 4, "square", "#4db8ff", "蓝色", "blue"),
)

LAND = "#161b24"
SUB_DISTRICT_LINE = "#4b586c"
WATER = "#263d57"
WATER_LINE = "#3a5a7c"
ROAD = "#323c4b"
ROAD_CASING = "#11161e"
BUILDING = "#2f3a4a"
BUILDING_TALL = "#374252"
DRAINAGE = "#5a6b83"
AREA_LINE = "#7b8798"
LABEL = "#c3cedf"
WATER_LABEL = "#7fa0c0"
LABEL_HALO = "#0f141c"
SENSOR = "#93a2ba"
SENSOR_FAR = "#66758d"
SENSOR_RING = "#1b2330"
DEPTH_COLUMN = (206, 216, 230, 190)
