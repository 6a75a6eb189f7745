"""The criteria are scikit-learn's and the papers', and the silhouette chooses k."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from training import criteria
from training.clustering import Clustering
from training.criteria import Criteria, best_k, measure


def clustering(centroids: list[list[float]], inertia: float = 1.0) -> Clustering:
    return Clustering(np.array(centroids), inertia, starts=1, hits=1)


def row(k: int, silhouette: float | None) -> Criteria:
    return Criteria(k, 1.0, silhouette, 1.0, 1.0, 10, 1, 1)


def test_two_pairs_on_a_line_are_measured_as_on_paper() -> None:
    points = np.array([[0.0], [1.0], [10.0], [11.0]])

    found = measure(points, clustering([[0.5], [10.5]], inertia=1.0), seed=0)

    # Silhouette: a = 1; b = 10.5 for the outer points and 9.5 for the inner ones.
    assert found.silhouette == pytest.approx((2 * (1 - 1 / 10.5) + 2 * (1 - 1 / 9.5)) / 4)
    # Davies-Bouldin: each cluster's mean distance is 0.5, the centres lie 10 apart.
    assert found.davies_bouldin == pytest.approx((0.5 + 0.5) / 10)
    # Calinski-Harabasz: between 4 x 25 over k - 1 = 1, within 4 x 0.25 over n - k = 2.
    assert found.calinski_harabasz == pytest.approx(100 / (1.0 / 2))
    assert found.silhouette_rows == 4


def test_criteria_are_those_of_scikit_learns_own_labels() -> None:
    points = np.random.default_rng(0).normal(size=(300, 3))
    model = KMeans(5, random_state=0, tol=0, max_iter=1000).fit(points)

    found = measure(points, clustering(model.cluster_centers_, model.inertia_), seed=0)

    assert found.silhouette == pytest.approx(silhouette_score(points, model.labels_))
    assert found.davies_bouldin == pytest.approx(davies_bouldin_score(points, model.labels_))
    assert found.calinski_harabasz == pytest.approx(calinski_harabasz_score(points, model.labels_))


def test_a_single_cluster_has_an_inertia_only() -> None:
    found = measure(np.array([[0.0], [1.0]]), clustering([[0.5]], inertia=0.5), seed=0)

    assert found.inertia == 0.5
    assert (found.silhouette, found.davies_bouldin, found.calinski_harabasz) == (None, None, None)


def test_a_cluster_for_each_customer_is_not_measured() -> None:
    found = measure(np.array([[0.0], [1.0]]), clustering([[0.0], [1.0]], inertia=0.0), seed=0)

    assert found.silhouette is None


def test_beyond_its_limit_the_silhouette_comes_from_a_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = np.concatenate([np.zeros(500), np.full(500, 9.0)])[:, None]
    points += np.random.default_rng(0).normal(size=points.shape)
    model = KMeans(2, random_state=0).fit(points)
    monkeypatch.setattr(criteria, "SILHOUETTE_ROWS", 200)

    found = measure(points, clustering(model.cluster_centers_), seed=0)

    assert found.silhouette_rows == 200
    assert found.silhouette == pytest.approx(silhouette_score(points, model.labels_), abs=0.02)


def test_the_highest_silhouette_chooses_k() -> None:
    assert best_k([row(1, None), row(2, 0.3), row(3, 0.5), row(4, 0.4)]) == 3


def test_the_smaller_k_wins_a_tie_to_rounding() -> None:
    assert best_k([row(1, None), row(2, 0.3), row(3, 0.5), row(4, 0.5 + 1e-12)]) == 3


def test_without_any_silhouette_there_is_no_best_k() -> None:
    assert best_k([row(1, None), row(2, None)]) is None
