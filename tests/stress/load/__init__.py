"""The whole system under load, on this machine: nothing lost, nothing stale, nothing wrong."""
