"""Sheets of labels as SVG 1.1 documents in millimetres, one a page; text stays text."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from viz.labels.label import Label
from viz.labels.layout import Drawing, Text, draw
from viz.labels.pages import paged
from viz.labels.sheet import Sheet
from viz.labels.symbol import Symbol
from viz.labels.texts import CODE_EM

# 0 and O, 1 and I look different in all of these.
_CODE_FONTS = "'DejaVu Sans Mono', Consolas, Menlo, 'Courier New', Courier, monospace"
_TEXT_FONTS = (
    "Helvetica, Arial, 'Liberation Sans', 'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', "
    "'PingFang SC', 'WenQuanYi Micro Hei', sans-serif"
)


def as_svg(labels: Sequence[Label], sheet: Sheet, public_url: str, *, start: int = 1) -> list[str]:
    """Return one SVG document a page.

    Args:
        labels: in the order of the sheet's positions.
        sheet: the paper.
        public_url: address of the web service for phones in the field.
        start: the first position that is not used up, from 1.

    Raises:
        SheetTooSmallError: the labels would be unreadable.
        InvalidPublicUrlError: nothing that a label can lead to.
        InvalidSheetError: the sheet has no position ``start``.
    """
    return [
        _page(sheet, [_label(draw(label, sheet, public_url), corner) for label, corner in page])
        for page in paged(labels, sheet, start)
    ]


def _page(sheet: Sheet, labels: Iterable[str]) -> str:
    width, height = sheet.page_mm
    size = f'width="{width:g}mm" height="{height:g}mm" viewBox="0 0 {width:g} {height:g}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
            f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
            *labels,
            "</svg>\n",
        )
    )


def _label(drawing: Drawing, corner: tuple[float, float]) -> str:
    x, y = drawing.at
    placed = f"translate({x:.3f} {y:.3f}) scale({drawing.module:.5f})"
    return "\n".join(
        (
            f'<g transform="translate({corner[0]:.3f} {corner[1]:.3f})">',
            f'<path transform="{placed}" d="{_outline(drawing.symbol)}"/>',
            *map(_text, drawing.texts),
            "</g>",
        )
    )


def _outline(symbol: Symbol) -> str:
    return "".join(f"M{run.x} {run.y}h{run.length}v1h-{run.length}z" for run in symbol.runs)


def _text(text: Text) -> str:
    fonts, more = _TEXT_FONTS, ""
    if text.role == "code":
        # However wide the font is that the reader has, the code ends where the label does.
        length = CODE_EM * text.size * len(text.content)
        fonts, more = _CODE_FONTS, f' font-weight="bold" textLength="{length:.3f}"'
        more += ' lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text x="{text.x:.3f}" y="{text.y:.3f}" font-size="{text.size:.3f}" '
        f"font-family={quoteattr(fonts)}{more}>{escape(text.content)}</text>"
    )
