"""New words for a segment, as a version of its own: nothing that is published changes."""

from __future__ import annotations

from dataclasses import replace

from segmentation.model import Model
from segmentation.training_record import Edit
from training.errors import TrainingRefused

LONGEST_NAME = 100
LONGEST_TEXT = 1_000


def renamed(
    model: Model,
    segment_id: int,
    *,
    name: str | None = None,
    description: str | None = None,
    advice: str | None = None,
) -> Model:
    """Give the same model with other words for one segment, not published yet.

    Parameters
    ----------
    model
        A published version.
    segment_id
        The segment.
    name, description, advice
        The new words; None leaves them as they are.

    Raises
    ------
    TrainingRefused
        There is no such segment, another one has the name, or a text is empty, too long or has
        control characters.
    """
    if segment_id not in model.by_id:
        listed = ", ".join(f'{one.id} "{one.name}"' for one in model.segments)
        raise TrainingRefused(f"{model.version}: got segment id {segment_id}, there is {listed}")
    old = model.by_id[segment_id]
    new = replace(
        old,
        name=old.name if name is None else _checked("name", name, LONGEST_NAME),
        description=old.description
        if description is None
        else _checked("description", description, LONGEST_TEXT),
        advice=old.advice if advice is None else _checked("advice", advice, LONGEST_TEXT),
    )
    for other in model.segments:
        if other.id != segment_id and other.name.casefold() == new.name.casefold():
            raise TrainingRefused(
                f'{model.version}: segment {other.id} is called "{other.name}" already, expected '
                "a name of its own"
            )
    segments = tuple(new if one.id == segment_id else one for one in model.segments)
    training = replace(model.training, edited=Edit(model.version, segment_id))
    return replace(model, segments=segments, training=training)


def _checked(what: str, text: str, longest: int) -> str:
    trimmed = text.strip()
    if not trimmed:
        raise TrainingRefused(f"got an empty {what}, expected a text")
    if len(trimmed) > longest:
        raise TrainingRefused(
            f"got {len(trimmed):,} characters for the {what}, expected at most {longest:,}"
        )
    if not trimmed.isprintable():
        raise TrainingRefused(f"the {what} has a control character, expected one line of text")
    return trimmed
