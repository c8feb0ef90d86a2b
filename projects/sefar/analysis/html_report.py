"""A report in one file, to be opened anywhere or sent to somebody."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem;
  color: #1d2530; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ padding: .35rem .9rem; border-bottom: 1px solid #dde3ea; text-align: left; }}
td + td {{ font-variant-numeric: tabular-nums; }}
img {{ max-width: 100%; }}
figure {{ margin: 2rem 0; }}
figcaption {{ color: #5b6676; }}
</style>
</head>
<body>
<h1>{title}</h1>
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
{figures}
</body>
</html>
"""


def write_html(
    path: Path,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    figures: Sequence[Path],
) -> None:
    """Write a table and pictures as one HTML file that loads nothing.

    Args:
        path: File to write.
        title: Of the report.
        columns: Names of the table's columns.
        rows: Its cells.
        figures: PNG files; their names are the captions.
    """

    def cells(tag: str, texts: Sequence[str]) -> str:
        return ''.join(f'<{tag}>{escape(text)}</{tag}>' for text in texts)

    pictures = []
    for figure in figures:
        data = base64.b64encode(figure.read_bytes()).decode()
        caption = escape(figure.stem.replace('_', ' '))
        pictures.append(
            f'<figure><figcaption>{caption}</figcaption>'
            f'<img alt="{caption}" src="data:image/png;base64,{data}"></figure>'
        )
    text = PAGE.format(
        title=escape(title),
        head=cells('th', columns),
        rows='\n'.join(f'<tr>{cells("td", row)}</tr>' for row in rows),
        figures='\n'.join(pictures),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')
