"""The criteria are scikit-learn's and the papers'."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_samples,
    silhouette_score,
)

from segmentation.criteria import Criteria
from training.clustering.assignment import totals
from training.clustering.criteria import measure, silhouette
from training.clustering.starts import Clustering


def measured(points: np.ndarray, centroids: np.ndarray) -> Criteria:
    total = float(((points - points.mean(axis=0)) ** 2).sum())
    return measure(Clustering(centroids, totals(points, centroids), starts=1, hits=1), total)


def test_two_pairs_on_a_line_are_measured_as_on_paper() -> None:
    points, centroids = np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([[0.5], [10.5]])

    found = measured(points, centroids)
    wide = silhouette(points, centroids)

    assert found.inertia == 1.0
    # Davies-Bouldin: each cluster's mean distance is 0.5, the centres lie 10 apart.
    assert found.davies_bouldin == pytest.approx((0.5 + 0.5) / 10)
    # Calinski-Harabasz: between 4 x 25 over k - 1 = 1, within 4 x 0.25 over n - k = 2.
    assert found.calinski_harabasz == pytest.approx(100 / (1.0 / 2))
    # Silhouette: a = 1; b = 10.5 for the outer points and 9.5 for the inner ones.
    outer, inner = 1 - 1 / 10.5, 1 - 1 / 9.5
    assert wide is not None
    assert wide.mean == pytest.approx((outer + inner) / 2)
    assert wide.of_clusters == pytest.approx([(outer + inner) / 2] * 2)
    # The standard deviation of two equal pairs is half their difference; four customers.
    assert wide.error == pytest.approx(abs(outer - inner) / 2 / 2)


def test_criteria_are_those_of_scikit_learns_own_labels() -> None:
    points = np.random.default_rng(0).normal(size=(300, 3))
    model = KMeans(5, random_state=0, tol=0, max_iter=1000).fit(points)

    found = measured(points, model.cluster_centers_)
    wide = silhouette(points, model.cluster_centers_)

    assert found.inertia == pytest.approx(model.inertia_)
    assert found.davies_bouldin == pytest.approx(davies_bouldin_score(points, model.labels_))
    assert found.calinski_harabasz == pytest.approx(calinski_harabasz_score(points, model.labels_))
    assert wide is not None
    assert wide.mean == pytest.approx(silhouette_score(points, model.labels_))
    each = silhouette_samples(points, model.labels_)
    assert wide.of_clusters == pytest.approx([each[model.labels_ == k].mean() for k in range(5)])


def test_a_single_cluster_has_an_inertia_only() -> None:
    found = measured(np.array([[0.0], [1.0]]), np.array([[0.5]]))

    assert found.inertia == 0.5
    assert (found.davies_bouldin, found.calinski_harabasz) == (None, None)


def test_a_cluster_for_each_customer_is_not_measured() -> None:
    points = np.array([[0.0], [1.0]])

    assert silhouette(points, points) is None
    assert measured(points, points).davies_bouldin is None


def test_a_cluster_without_customers_in_the_sample_has_no_silhouette() -> None:
    found = silhouette(np.array([[0.0], [1.0], [9.0]]), np.array([[0.5], [9.0], [50.0]]))

    assert found is not None
    assert found.of_clusters[2] is None
