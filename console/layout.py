"""What every page does alike: find the system, and tell in words what keeps it from working."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from botocore.exceptions import BotoCoreError, ClientError

from console.errors import ApiFailed, ApiForbidden, ApiUnreachable, NoModelServes
from console.system import System, current_system
from console.wording import plain
from segmentation.errors import SegmentationError, SettingsError, TransientError
from segmentation_aws.errors import code_of
from segmentation_aws.observability import place_of

logger = logging.getLogger(__name__)

FORBIDDEN = frozenset({"AccessDenied", "403", "ExpiredToken", "InvalidAccessKeyId"})


def show(title: str, body: Callable[[System], None]) -> None:
    """Show a page.

    Parameters
    ----------
    title
        Its heading.
    body
        Fills it; whatever it raises is told in words.
    """
    st.title(title)
    with told("page"):
        body(current_system())


def aside(text: str) -> None:
    """Say something small, in Markdown; Streamlit's own captions are too pale to be read by all."""
    st.markdown(f":small[{text}]")


@contextmanager
def told(part: str) -> Iterator[None]:
    """Tell what goes wrong in a part of a page, and let the rest of the page go on."""
    try:
        yield
    except Exception as exc:
        tell(exc)
        st.button("Try again", key=f"again.{part}", icon=":material/refresh:")


def tell(error: Exception) -> None:
    """Say what went wrong and what can be done about it; never a traceback."""
    match error:
        case NoModelServes():
            st.info(
                "**No model serves yet.** Somebody has to train one and let it serve. Where the "
                "project is installed, that is `segment fit customers.csv --promote`.",
                icon=":material/hourglass_empty:",
            )
        case ApiUnreachable() | ApiFailed():
            st.error(
                f"**The prediction service does not work just now.** {plain(error)} Nothing of "
                "yours is lost. Try again; if it stays so, tell whoever runs the system.",
                icon=":material/cloud_off:",
            )
        case ApiForbidden():
            st.error(f"**You are not let in.** {plain(error)}", icon=":material/lock:")
        case TransientError() if _code(error) in FORBIDDEN:
            st.error(
                f"**Your AWS credentials do not allow this.** {plain(error)}",
                icon=":material/lock:",
            )
        case TransientError():
            st.error(
                f"**The storage does not answer.** {plain(error)}. Try again in a moment.",
                icon=":material/cloud_off:",
            )
        case SettingsError():
            st.error(
                f"**The console was not told where the system is.** {plain(error)}. Start it with "
                "`segment console`.",
                icon=":material/settings:",
            )
        case SegmentationError():
            st.error(plain(error), icon=":material/error:")
        case BotoCoreError() | ClientError():
            st.error(
                f"**AWS cannot be reached with your settings.** {plain(error)}",
                icon=":material/cloud_off:",
            )
        case _:
            # Its text may quote a customer, so only what it is and where it arose is logged.
            logger.error("page failed: %s at %s", type(error).__name__, place_of(error))
            st.error(
                "**This page has a fault.** The terminal that the console runs in says where.",
                icon=":material/error:",
            )


def _code(error: TransientError) -> str:
    return code_of(error.__cause__) if isinstance(error.__cause__, ClientError) else ""
