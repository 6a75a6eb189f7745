"""The score function: a CSV of customers in, labelled Parquet, rejects and a report out.

The engine (`score.engine`) knows byte streams only; `score.delivery` decides what is written when;
`score.local` runs the same engine on files for the command line.
"""
