"""One page of HTML: the templates, how values are written in them, and what it may load."""

from __future__ import annotations

import base64
import hashlib
import math
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from isiceval import __version__, insight
from isiceval.model import Interval
from isiceval.reports.escape import clean
from isiceval.reports.numbers import count, show

if TYPE_CHECKING:
    from jinja2 import Environment

NAME_LIMIT = 120


def render(template: str, **values: object) -> str:
    """Render a template to a whole page."""
    return _make_environment().get_template(template).render(**values)


@cache
def _make_environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    style, script = _read("page.css") + _read("labels.css"), _read("page.js")
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        number=show,
        percent=show_percent,
        chance=show_chance,
        interval=show_interval,
        count=count,
        name=_show_name,
        words=clean,
        sortable=_show_key,
    )
    environment.globals.update(
        version=__version__,
        policy=_write_policy(style, script),
        # Our own two files, which hold nobody's text.
        style=Markup(style),  # noqa: S704 - shipped with the package
        script=Markup(script),  # noqa: S704 - shipped with the package
    )
    return environment


def _read(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _write_policy(style: str, script: str) -> str:
    """Write the Content-Security-Policy: nothing but our own style and script, and data URIs."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _show_name(text: str) -> str:
    return clean(text, limit=NAME_LIMIT)


def show_percent(share: float) -> str:
    """Write a share in whole percent; 0 and 100 only where it is exactly that.

    >>> show_percent(0.001), show_percent(0.256), show_percent(0.999)
    ('< 1 %', '26 %', '> 99 %')
    """
    if math.isnan(share):
        return "-"
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def show_chance(p_value: float) -> str:
    """Write a p-value with three decimals.

    >>> show_chance(0.00001), show_chance(0.0424)
    ('< 0.001', '0.042')
    """
    if math.isnan(p_value):
        return "-"
    if p_value < 0.001:
        return "< 0.001"
    return "> 0.999" if 0.999 < p_value < 1 else f"{p_value:.3f}"


def show_interval(interval: Interval | insight.Interval | None) -> str:
    """Write the ends of an interval; nothing but a dash where there is none."""
    if interval is None or math.isnan(interval.low):
        return "-"
    return f"{show(interval.low)} to {show(interval.high)}"


def _show_key(value: Any) -> str:
    """Write what a cell is sorted by; empty where undefined, which comes last."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(float(value))
