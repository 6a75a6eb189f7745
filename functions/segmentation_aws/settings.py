"""Reading settings from an environment: all problems in one error."""

from __future__ import annotations

from collections.abc import Mapping

from segmentation.errors import SettingsError


class Environment:
    """An environment that is read once; `close` raises what was wrong with it.

    Parameters
    ----------
    environ
        Usually ``os.environ``, read by the composition root.

    Examples
    --------
    >>> env = Environment({"MODEL_TTL_SECONDS": "soon"})
    >>> _ = env.text("RESULTS_BUCKET"), env.number("MODEL_TTL_SECONDS", 60.0)
    >>> env.close()
    Traceback (most recent call last):
    segmentation.errors.SettingsError: RESULTS_BUCKET: missing, expected a text; \
MODEL_TTL_SECONDS: got "soon", expected a number of at least 0
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """Read a text that is not empty."""
        value = self._environ.get(name, "").strip() or default
        if value is None:
            self._problems.append(f"{name}: missing, expected a text")
            return ""
        return value

    def number(self, name: str, default: float) -> float:
        """Read a number of at least 0."""
        text = self._environ.get(name, "").strip()
        try:
            value = float(text) if text else default
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            self._problems.append(f'{name}: got "{text}", expected a number of at least 0')
        return value

    def close(self) -> None:
        """Raise one error that names every missing and malformed setting.

        Raises
        ------
        SettingsError
            There is at least one.
        """
        if self._problems:
            raise SettingsError("; ".join(self._problems))
