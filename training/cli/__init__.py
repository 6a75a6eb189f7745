"""The ``segment`` command, one file for each sub-command."""
