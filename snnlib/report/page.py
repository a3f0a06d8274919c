"""The report as one self-contained HTML page, rendered from plain data."""

from typing import Any

import jinja2


def page(**content: Any) -> str:
    """The page that ``templates/report.html`` makes of its content, escaped; UndefinedError if a part is missing."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("snnlib.report"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("report.html").render(content)
