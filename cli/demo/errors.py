"""The one error of the demo."""


class DemoFailed(Exception):
    """Something that the demo shows did not happen; the message says what."""


def check(happened: bool, what: str) -> None:
    """Go on only if it happened.

    Raises
    ------
    DemoFailed
        It did not.
    """
    if not happened:
        raise DemoFailed(what)
