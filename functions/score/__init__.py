"""The score function: a CSV of customers in, labelled Parquet, rejects and a report out.

`score.delivery` decides what is written when; the rows themselves are the work of `engine`.
"""
