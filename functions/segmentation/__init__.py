"""The domain of customer segmentation: specs, model documents and the scoring rule.

Standard library only, so that every part of the system (training, both Lambda functions, the
command line) shares one meaning of "customer", "segment" and "nearest" at no cost in size.
"""

ENGINE_VERSION = "1.0"
"""Changes whenever the same upload and model would give other output bytes."""
