"""Times on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

_AGO = re.compile(r"(\d{1,6})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Since(click.ParamType[datetime]):
    """A date, a time, or how long ago: 2026-11-23, 2026-11-23T08:00+01:00, 7d, 12h, 30m."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it; without a zone it is UTC.

        Examples
        --------
        >>> Since().convert("2026-11-23", None, None).isoformat()
        '2026-11-23T00:00:00+00:00'
        """
        if isinstance(value, datetime):
            return value
        text = str(value)
        try:
            if ago := _AGO.fullmatch(text):
                return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            moment = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            self.fail(f'"{text}" is no time, expected one like 2026-11-23, 7d, 12h', param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
