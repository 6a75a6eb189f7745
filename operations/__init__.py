"""What the people do who run the deployed system: over its buckets and queues, by boto3 clients."""

REQUESTS_AT_ONCE = 16
"""Requests under way at the same time; a boto3 client wants as many connections in its pool."""
