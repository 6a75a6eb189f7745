"""Adapters that both functions and training share: S3, settings and observability."""
