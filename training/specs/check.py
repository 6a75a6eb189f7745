"""What a spec makes of a file of customers, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.numeric import NumericFeature
from training.clustering.scaling import fit_columns, scale_warnings, scaled, usual
from training.data.dataset import Dataset
from training.errors import TrainingRefused


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found.

    Parameters
    ----------
    rows
        Usable customers.
    dropped
        Other rows by reason.
    left_out
        Outliers that would take no part in the fit.
    problems
        What training would refuse.
    warnings
        What it would go on with.
    """

    rows: int
    dropped: Mapping[str, int]
    left_out: int
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def check(dataset: Dataset) -> Checked:
    """Look at customers as training would."""
    spec = dataset.spec
    problems = []
    warnings = scale_warnings(dataset)
    for feature in spec.features:
        columns = dataset.columns(feature)
        title = feature.names.title
        if (columns == columns[0]).all():
            problems.append(f'column "{title}" has one and the same value in all usable rows')
        elif isinstance(feature, NumericFeature):
            numbers = columns[:, 0]
            beyond = (numbers < feature.typical.lowest) | (numbers > feature.typical.highest)
            if beyond.mean() > 0.1:
                warnings.append(
                    f'column "{title}": {beyond.mean():.0%} of the rows are outside of the typical '
                    f"range {feature.typical.stated}"
                )
    left_out = 0
    try:
        kept = usual(spec, scaled(fit_columns(dataset), dataset.encoded))
        left_out = 0 if kept is None else int((~kept).sum())
    except TrainingRefused as exc:
        problems.append(str(exc))
    return Checked(dataset.rows, dataset.dropped, left_out, tuple(problems), tuple(warnings))
