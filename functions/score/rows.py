"""The two row outputs of one upload, committed in order: labelled Parquet, then rejects."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.layout import empty_layout
from engine.rejects import RejectText
from engine.report import refused_report, scored_report
from engine.score import score_stream
from engine.sinks import ParquetSink
from engine.text import ByteSource, CountedSource
from score.objects import ObjectState, ObjectWriter
from segmentation.errors import UploadRefused
from segmentation.model import Model
from segmentation.report import Report


def write_rows(
    source: ByteSource,
    model: Model,
    scored: Callable[[], ObjectWriter],
    rejected: Callable[[], ObjectWriter],
    lineage: dict[str, str],
) -> tuple[Report, ObjectState, ObjectState]:
    """Score an upload and write its rows; a refused one gets outputs without rows.

    Parameters
    ----------
    source
        The bytes of the upload.
    model
        Scores the customers.
    scored, rejected
        Make the writers of the two outputs.
    lineage
        Key-value metadata of the labelled output.

    Returns
    -------
    report, scored, rejected
        What became of the upload, and the two objects that were written.

    Raises
    ------
    StoreConflict
        The upload changed, or somebody else wrote an output.
    TransientError
        The store did not answer, or refused.
    """
    begun = time.perf_counter()
    upload = CountedSource(source)
    try:
        with scored() as labelled, rejected() as rejects:
            result = score_stream(upload, model, ParquetSink(labelled), rejects, lineage=lineage)
            states = labelled.commit(), rejects.commit()
        return scored_report(result, upload.count, time.perf_counter() - begun), *states
    except UploadRefused as refusal:
        report = refused_report(refusal, model, upload.count, time.perf_counter() - begun)
    layout = empty_layout(model)
    with scored() as labelled, rejected() as rejects:
        sink = ParquetSink(labelled)
        sink.open(layout.schema(lineage))
        sink.close()
        rejects.write(RejectText(layout).header())
        return report, labelled.commit(), rejects.commit()
