"""The scoring engine: a CSV byte stream in; labelled Parquet, rejects and a report out.

It knows byte streams only, and nothing of S3. `engine.score` is the whole of it; `engine.files`,
which stays out of what ships to Lambda, runs it on the files of one machine.
"""
