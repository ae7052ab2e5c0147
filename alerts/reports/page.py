"""A report as one HTML file that needs nothing from outside."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

_STYLE = """
body{font:15px/1.5 "Noto Sans SC","Microsoft YaHei",sans-serif;max-width:1000px;margin:2em auto;
padding:0 1em;color:#222}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #ccc}
table{border-collapse:collapse;margin:.6em 0;font-size:.9em}
td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left;overflow-wrap:anywhere}
figure{margin:.6em 0}
svg{width:100%;height:auto;background:#fafafa;border:1px solid #ddd}
svg text{font-size:11px;fill:#333}
.bar{fill:#4a6a8a}.limit{stroke:#c00;stroke-dasharray:4 3}.label{fill:#999}
.blue{fill:#2f6fd0}.yellow{fill:#d9a400}.orange{fill:#e06b00}.red{fill:#c4122f}
"""
_WHOLE_FROM = 1000
"""Numbers from here on are shown without a fraction."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Table(NamedTuple):
    """Rows under headings, as text."""

    heading: Sequence[str]
    rows: Sequence[Sequence[object]]


def measures(*rows: tuple[str, object]) -> Table:
    """Return a table of names and values."""
    return Table(("指标 measure", "值 value"), rows)


class Section(NamedTuple):
    """A part of a page: its title, sentences, tables, and plots that are SVG already."""

    title: str
    sentences: Sequence[str] = ()
    tables: Sequence[Table] = ()
    plots: Sequence[str] = ()


def page(title: str, sections: Iterable[Section]) -> str:
    """Return the file."""
    parts = "".join(_section(section) for section in sections)
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{parts}</body></html>\n"
    )


def _section(section: Section) -> str:
    sentences = "".join(f"<p>{escape(each)}</p>" for each in section.sentences)
    plots = "".join(f"<figure>{plot}</figure>" for plot in section.plots)
    tables = "".join(_table(each) for each in section.tables if each.rows)
    return f"<section><h2>{escape(section.title)}</h2>{sentences}{plots}{tables}</section>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in table.heading)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(_shown(cell))}</td>' for cell in row)}</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _shown(cell: object) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= _WHOLE_FROM else f"{cell:.3g}"
    return str(cell)
