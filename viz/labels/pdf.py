"""Sheets of labels as PDF; the QR codes are drawn, not pictures, so that any printer is sharp."""

from collections.abc import Sequence
from io import BytesIO

from reportlab.lib.units import mm
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from viz.labels import fonts
from viz.labels.label import Label
from viz.labels.layout import Drawing, Text, draw
from viz.labels.pages import paged
from viz.labels.sheet import Sheet


def as_pdf(labels: Sequence[Label], sheet: Sheet, public_url: str, *, start: int = 1) -> bytes:
    """Return a PDF; the same labels give the same bytes.

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
    written = BytesIO()
    width, height = sheet.page_mm
    canvas = Canvas(written, pagesize=(width * mm, height * mm), pageCompression=1, invariant=1)
    canvas.setTitle(f"CityTwin labels, {sheet.name}")
    # A page that is "fitted to the paper" does not meet its labels.
    canvas.setViewerPreference("PrintScaling", "None")
    chinese = fonts.chinese_font()
    for page in paged(labels, sheet, start):
        for label, corner in page:
            _Pen(canvas, height, corner, chinese).label(draw(label, sheet, public_url))
        canvas.showPage()
    canvas.save()
    return written.getvalue()


class _Pen:
    """Draws on one label; PDF counts points from the page's lower left corner."""

    def __init__(
        self,
        canvas: Canvas,
        page_height: float,
        corner: tuple[float, float],
        chinese: TTFont | None,
    ) -> None:
        self._canvas = canvas
        self._left, top = corner
        self._top = page_height - top
        self._chinese = chinese

    def label(self, drawing: Drawing) -> None:
        self._symbol(drawing)
        for text in drawing.texts:
            self._text(text)

    def _symbol(self, drawing: Drawing) -> None:
        (x, y), module = drawing.at, drawing.module
        path = self._canvas.beginPath()
        for run in drawing.symbol.runs:
            left = self._left + x + run.x * module
            below = self._top - y - (run.y + 1) * module
            path.rect(left * mm, below * mm, run.length * module * mm, module * mm)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def _text(self, text: Text) -> None:
        written = self._canvas.beginText((self._left + text.x) * mm, (self._top - text.y) * mm)
        parts = fonts.runs(text.content, self._chinese)
        for font, content in ((fonts.CODE, text.content),) if text.role == "code" else parts:
            written.setFont(font, text.size * mm)
            written.textOut(content)
        self._canvas.drawText(written)
