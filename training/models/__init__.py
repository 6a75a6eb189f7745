"""From a clustering to a model that people use: named, matched, compared, promoted."""
