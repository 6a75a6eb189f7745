collect_ignore = ["locustfile.py"]  # of the load tool's own environment
