"""Hostile input, made by Hypothesis: whatever comes in, only promised answers come out.

``python -m tests.stress.fuzz`` (``make fuzz``) runs every target for a while and prints what it
tried; a small cut of each runs with the tests.
"""
