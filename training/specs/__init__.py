"""Specs as files: shipped ones, a first draft from a customer file, and a check of one."""
