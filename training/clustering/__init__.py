"""k-means: many starts, every number of segments measured, and the criteria that choose one."""
