"""Errors of the local stack.

```
LocalStackError            segment up cannot do its work: say why in one line, exit 1
├── TemplateError          template.yaml says something that is wrong or not known here
├── StartError             a server or a function did not start
└── FunctionError          one invocation failed, as Lambda would report it
    ├── EventTooLargeError     ... before it began: Lambda takes no such event
    └── FunctionTimeoutError   ... because it ran longer than the template allows
```
"""


class LocalStackError(Exception):
    """The local stack cannot do its work; the message says why in one line."""


class TemplateError(LocalStackError):
    """The template is wrong, or names something that the local stack does not know."""


class StartError(LocalStackError):
    """A server or a function of the local stack did not start."""


class FunctionError(LocalStackError):
    """One invocation failed.

    Attributes
    ----------
    error_type, error_message : str
        What Lambda answers as ``errorType`` and ``errorMessage``.
    """

    def __init__(self, error_type: str, error_message: str) -> None:
        super().__init__(f"{error_type}: {error_message}")
        self.error_type = error_type
        self.error_message = error_message


class EventTooLargeError(FunctionError):
    """The event is larger than Lambda's limit."""


class FunctionTimeoutError(FunctionError):
    """The invocation ran longer than the timeout and was stopped."""
