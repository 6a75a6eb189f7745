"""A function of the template, run on this machine.

A process for each function, since the two have different environment variables and each must see
its own alone; since a timeout then ends the code under way, as in Lambda; and since a crash takes
nothing else along. The process stays for the next event (a warm start) and is made anew after a
crash, a timeout, or an edit of the code.

Not as in Lambda: memory is not limited, the interpreter is this machine's, and a second event waits
for the first, where Lambda would start another execution environment.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from infra.local.errors import FunctionError, StartError
from infra.local.execution_environment import ExecutionEnvironment
from infra.local.function_settings import FunctionSettings


class LocalFunction:
    """One function, ready for events. Any thread may call it.

    Parameters
    ----------
    settings : FunctionSettings
        What to run, and how.
    temporary_folder : Path
        Its ``/tmp``.
    log : Path
        Where what it prints goes.
    """

    def __init__(self, settings: FunctionSettings, temporary_folder: Path, log: Path) -> None:
        self.settings = settings
        self.log = log
        self._temporary_folder = temporary_folder
        self._one_at_a_time = threading.Lock()
        self._stopped = False
        self._code_changed = _last_change(settings.code_folder)
        self._environment = self._new_environment()

    def wait_until_ready(self) -> None:
        """Wait until the handler is imported.

        Raises
        ------
        StartError
            It cannot be imported.
        """
        try:
            self._environment.wait_until_ready()
        except FunctionError as exc:
            raise StartError(
                f"{self.settings.logical_id}: {self.settings.handler} in "
                f"{self.settings.code_folder} does not start: {exc}; its log is {self.log}"
            ) from exc

    def invoke(self, event: Any) -> Any:
        """Wait for the function's turn, hand it an event (a JSON value) and return its result.

        Raises
        ------
        FunctionError
            As :meth:`ExecutionEnvironment.invoke`, or the handler cannot be imported any more.
        """
        with self._one_at_a_time:
            changed = _last_change(self.settings.code_folder)
            is_fit = changed == self._code_changed and self._environment.is_alive
            if not is_fit and not self._stopped:
                self._environment.end()
                self._code_changed = changed
                self._environment = self._new_environment()
            if self._stopped:  # perhaps just now, and then the new process is nobody's
                self._environment.end()
                raise FunctionError("Runtime.ExitError", "the local stack is stopping")
            self._environment.wait_until_ready()
            return self._environment.invoke(event)

    def stop(self) -> None:
        """End the process for good, and with it whatever runs in it."""
        self._stopped = True
        self._environment.end()

    def _new_environment(self) -> ExecutionEnvironment:
        return ExecutionEnvironment(self.settings, self._temporary_folder, self.log)


def _last_change(folder: Path) -> float:
    """When a source file of the folder was last written."""
    return max((file.stat().st_mtime for file in folder.rglob("*.py")), default=0.0)
