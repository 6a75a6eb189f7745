"""All that is fuzzed."""

from __future__ import annotations

from tests.stress.fuzz import bodies, documents, events, reports, trained, uploads

TARGETS = (
    uploads.TARGET,
    bodies.TARGET,
    events.TARGET,
    documents.TARGET,
    reports.TARGET,
    trained.TARGET,
)
