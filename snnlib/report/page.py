"""Self-contained HTML pages, rendered from plain data."""

from typing import Any

import jinja2


def page(template: str = "report", **content: Any) -> str:
    """What ``templates/report.html``, or another one, makes of its content, escaped; UndefinedError without a part."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("snnlib.report"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template(f"{template}.html").render(content)
