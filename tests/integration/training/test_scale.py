"""Many customers: from a sample to all rows, the same on any number of cores."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from threadpoolctl import threadpool_limits

from segmentation.model import Model
from segmentation.registry import Registry
from segmentation.store import FolderStore
from tests.support.customers import read, sample_file
from training.clustering.starts import Starts
from training.clustering.sweep import Options
from training.job import train

pytestmark = pytest.mark.slow

ROWS = 80_000


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_file(tmp_path_factory.mktemp("many") / "customers.csv", ROWS)


def test_every_k_is_as_good_as_twenty_starts_on_all_rows(customers: Path) -> None:
    data = read(customers)

    model = train(data, Options(references=2, bootstraps=2))

    with threadpool_limits(1):
        for row in model.sweep[1:]:
            k = row.k
            best = KMeans(k, n_init=20, random_state=1).fit(data.encoded)
            assert row.inertia <= best.inertia_ * (1 + 1e-4), f"k = {k}"
            assert row.silhouette_rows == 10_000
            if k == 6:  # the true number: one optimum far better than any other
                labels = best.labels_
                assert row.inertia == pytest.approx(best.inertia_, rel=1e-4)
                assert row.davies_bouldin == pytest.approx(
                    davies_bouldin_score(data.encoded, labels), rel=1e-3
                )
                assert row.calinski_harabasz == pytest.approx(
                    calinski_harabasz_score(data.encoded, labels), rel=1e-3
                )
    assert model.k == 6
    samples = model.training.samples
    assert {one.rows for one in samples.values()} == {10_000}
    error = samples["silhouette"].error
    assert error is not None
    assert 0 < error < 0.01


def test_a_model_has_the_same_bits_on_any_number_of_cores(customers: Path, tmp_path: Path) -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("one core only")

    models = [
        fitted(customers, tmp_path / str(number), cores[:number]) for number in (1, len(cores))
    ]

    for one in models:
        assert not any(row.out_of_time for row in one.sweep)
    assert models[0].segments == models[1].segments
    assert models[0].sweep == models[1].sweep


def test_a_folder_of_parquet_gives_the_model_of_the_csv(customers: Path, tmp_path: Path) -> None:
    table = pyarrow.csv.read_csv(customers)
    (tmp_path / "parts").mkdir()
    for part, first in enumerate(range(0, ROWS, 60_000)):
        path = tmp_path / "parts" / f"part-{part}.parquet"
        pyarrow.parquet.write_table(table.slice(first, 60_000), path)
    options = Options(largest_k=3, starts=Starts.exactly(5), references=2, bootstraps=2)

    one, other = (train(read(path), options) for path in (customers, tmp_path / "parts"))

    assert one.segments == other.segments
    assert np.array_equal(read(customers).encoded, read(tmp_path / "parts").encoded)


def fitted(customers: Path, registry: Path, cores: list[int]) -> Model:
    subprocess.run(
        [
            *(Path(sys.executable).with_name("segment"), "fit", customers, "--json"),
            *("--registry", registry, "--starts", "30", "--k-max", "5"),
            *("--gap-references", "4", "--bootstraps", "10"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    return Registry(FolderStore(registry)).load("v1")
