"""K-means of numbers: clusters are intervals, none is empty, and chance plays no part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.trace.importers.kmeans import cluster_numbers

numbers = st.lists(st.one_of(st.integers(0, 30).map(float), st.floats(0, 1e6)), min_size=1, max_size=60)


@settings(max_examples=300)
@given(values=numbers, clusters=st.integers(1, 6), data=st.data())
def test_every_number_is_nearest_to_its_own_mean(values: list[float], clusters: int, data: st.DataObject) -> None:
    """That is what Lloyd's algorithm ends in; clusters are numbered by their means and do not depend on the order."""
    if len(set(values)) < clusters:
        with pytest.raises(ValueError, match="unlike numbers"):
            cluster_numbers(values, clusters)
        return
    found = cluster_numbers(values, clusters)
    assert set(found) == set(range(clusters))
    array = np.asarray(values)
    means = np.array([array[found == cluster].mean() for cluster in range(clusters)])
    assert (np.diff(means) > 0).all()
    distance = np.abs(array[:, None] - means[None, :])
    own = distance[np.arange(len(array)), found]
    assert (own <= distance.min(axis=1) + 1e-9 * (1 + array.max())).all()
    order = data.draw(st.permutations(range(len(values))))
    assert cluster_numbers(array[order], clusters).tolist() == found[order].tolist()


def test_well_apart() -> None:
    """Obvious clusters are found, however unlike their sizes."""
    values = [*np.linspace(10, 11, 500), *np.linspace(100, 101, 5), 1000.0]
    assert np.bincount(cluster_numbers(values, 3)).tolist() == [500, 5, 1]
