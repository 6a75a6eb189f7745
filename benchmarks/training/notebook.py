"""Training as notebooks do it, as a program: pandas, scikit-learn's KMeans in a loop.

``python -m benchmarks.training.notebook CSV OUT.json``; writes the inertia and silhouette of each
k.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from benchmarks.scoring.data import HEADER


def main() -> None:
    """Fit k = 1 to 9, with the silhouette of all customers where it is asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("csv", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--starts", type=int, default=1)
    arguments.add_argument("--no-silhouette", action="store_true")
    chosen = arguments.parse_args()
    customers = pd.read_csv(chosen.csv, usecols=HEADER[1:])
    customers["Gender"] = customers["Gender"].map({"Female": 0, "Male": 1})
    points = customers.to_numpy(float)
    found = []
    for k in range(1, 10):
        model = KMeans(k, n_init=chosen.starts, random_state=42).fit(points)
        silhouette = None
        if k > 1 and not chosen.no_silhouette:
            silhouette = float(silhouette_score(points, model.labels_))
        found.append({"k": k, "inertia": float(model.inertia_), "silhouette": silhouette})
    chosen.out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
