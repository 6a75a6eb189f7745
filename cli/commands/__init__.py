"""The sub-commands of ``segment``, one file each."""
