"""``make demo``: the whole system at work on this machine, on real files."""
