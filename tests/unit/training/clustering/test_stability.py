"""Stability by the bootstrap: the pieces on paper and against scikit-learn, and what it tells."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix
from threadpoolctl import threadpool_limits

from training.clustering.lloyd import Space
from training.clustering.stability import adjusted_rand_index, jaccard, stability


def test_the_rand_index_is_scikit_learns() -> None:
    draw = np.random.default_rng(0)
    pairs = [(draw.integers(4, size=50), draw.integers(4, size=50)) for _ in range(5)]
    pairs.append((pairs[0][0], pairs[0][0]))

    tables = [contingency_matrix(*pair) for pair in pairs]
    found = [adjusted_rand_index(table) for table in tables]

    assert found == pytest.approx([adjusted_rand_score(*pair) for pair in pairs])


@pytest.mark.parametrize("seed", range(5))
def test_the_rand_index_of_two_labellings_is_scikit_learns(seed: int) -> None:
    chance = np.random.default_rng(seed)
    a, b = chance.integers(0, 4, 300), chance.integers(0, 6, 300)
    b[: 60 * seed] = a[: 60 * seed]
    counts = np.bincount(a * 6 + b, minlength=24).reshape(4, 6)

    assert adjusted_rand_index(counts) == pytest.approx(adjusted_rand_score(a, b))


def test_the_rand_index_of_one_group_is_1() -> None:
    assert adjusted_rand_index(np.array([[7]])) == 1.0


def test_the_similarity_is_that_of_the_most_similar_cluster() -> None:
    # Cluster 0 has 4 customers, 3 of them in found cluster 0 with 5: 3 / 6. Cluster 1 has 6, of
    # them 2 in 0 (2 / 9) and 4 in 1 (4 / 7). Nobody of cluster 2 was drawn.
    table = np.array([[[3.0, 1.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 0.0]]])

    assert jaccard(table)[0] == pytest.approx([3 / 6, 4 / 7, 0.0])


def test_clusters_far_apart_are_found_again_every_time() -> None:
    draw = np.random.default_rng(0)
    points = np.concatenate([draw.normal(centre, 1, (40, 2)) for centre in (0, 50, 100)])
    centres = np.array([points[first : first + 40].mean(axis=0) for first in (0, 40, 80)])

    found = stability(Space(points), centres, bootstraps=20, seed=1)

    assert found.ari == 1.0
    assert found.jaccard == [1.0, 1.0, 1.0]
    assert found.error == 0.0


def test_it_is_what_a_loop_over_scikit_learn_gives() -> None:
    points = np.random.default_rng(3).normal(size=(150, 2))
    model = KMeans(4, n_init=20, random_state=0).fit(points)

    found = stability(Space(points), model.cluster_centers_, bootstraps=200, seed=1)

    # fpc's clusterboot: the customers that were drawn, each once.
    draw = np.random.default_rng(11)
    indices = []
    with threadpool_limits(1):
        for _ in range(60):
            drawn = np.unique(draw.integers(150, size=150))
            again = KMeans(4, n_init=5, random_state=0).fit(points[drawn])
            indices.append(adjusted_rand_score(model.labels_[drawn], again.labels_))
    assert found.ari == pytest.approx(np.mean(indices), abs=4 * np.std(indices) / np.sqrt(60))
    assert 0 < found.error < 0.05
    assert all(0 < one < 1 for one in found.jaccard)
