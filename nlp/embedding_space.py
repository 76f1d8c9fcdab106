"""A neighbour graph laid out in few dimensions, where density means belonging together. Plain numpy, no compiler.

The forces are those of EVoC's node embedding (Tutte Institute, evoc/node_embedding.py 0.3): neighbours attract,
random rows repel, momentum carries over; here a whole epoch moves at once, which makes it a handful of array
operations and independent of threads.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Points = npt.NDArray[np.float64]

EPOCHS = 50
_RATE = 0.1
_NEGATIVES = 2 / 3  # random rows per neighbour
_SLACK = 0.5  # how much attraction grows with distance
_FURTHEST_STEP = 4.0


def embed(vectors: npt.NDArray[np.float32], graph: csr_array, *, dimensions: int, layouts: int, seed: int) -> Points:
    """float64[n, dimensions * layouts]: several layouts side by side, from differently drawn random rows.

    One layout is a draw: where a loose row lands is partly chance. Rows that are near in all of them belong together.
    """
    start = principal_axes(vectors, dimensions)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as executor:  # array operations let other threads run
        drawn = executor.map(lambda turn: lay_out(graph, start, np.random.default_rng([seed, turn])), range(layouts))
        return np.hstack(list(drawn))


def principal_axes(vectors: npt.NDArray[np.float32], dimensions: int) -> Points:
    """float64[n, dimensions]: coordinates on the leading principal axes, signs fixed, range about -1..1."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :dimensions]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    points = centred @ axes
    spread = (points.max() - points.min()) / 2
    return np.asarray(points / spread if spread > 0 else points)


def lay_out(graph: csr_array, start: Points, chance: np.random.Generator, epochs: int = EPOCHS) -> Points:
    """float64[n, dim]: `start` after `epochs` of attraction along the graph and repulsion from random rows."""
    rows = graph.shape[0]
    points = start.copy()
    velocity = np.zeros_like(points)
    heads = np.repeat(np.arange(rows, dtype=np.int32), np.diff(graph.indptr))
    tails = graph.indices
    # a strong edge acts every epoch, a weak one every so many
    period = epochs / np.maximum(epochs * graph.data / graph.data.max(), 1.0)
    due = period.copy()
    rate = _RATE
    for epoch in range(epochs):
        acting = np.flatnonzero(due <= epoch)
        due[acting] += period[acting]
        head, tail = heads[acting], tails[acting]
        apart = np.take(points, head, axis=0) - np.take(points, tail, axis=0)
        _add_force(velocity, head, _attraction(apart) * rate)
        head = head[chance.random(len(head)) < _NEGATIVES]
        other = chance.integers(0, rows, len(head))
        strength = 0.5 + epoch / max(epochs - 1, 1)
        apart = np.take(points, head, axis=0) - np.take(points, other, axis=0)
        _add_force(velocity, head, _repulsion(apart, strength) * rate)
        points += velocity
        velocity *= (1.0 - rate) ** 2 * 0.5
        rate = _RATE * (1.0 - epoch / epochs)
    return points


def _attraction(apart: Points) -> Points:
    squared = np.einsum("ij,ij->i", apart, apart)
    distance = np.sqrt(squared)
    pull = (-2.0 * _SLACK * distance - 2.0) / (2.0 * squared - 0.5 * distance + 1.0)
    return np.asarray(np.where(squared > 0, pull, 0.0)[:, None] * apart)


def _repulsion(apart: Points, strength: float) -> Points:
    squared = np.einsum("ij,ij->i", apart, apart)
    far_enough = squared > 1e-2
    push = np.where(far_enough, strength * 4.0 / ((1.0 + 0.25 * squared) * np.where(far_enough, squared, 1.0)), 0)
    return np.asarray(np.clip(push[:, None] * apart, -_FURTHEST_STEP, _FURTHEST_STEP))


def _add_force(velocity: Points, rows: npt.NDArray[np.int32], force: Points) -> None:
    """Sum the forces on each row; `rows` ascend, so that equal ones lie together."""
    if len(rows):
        first = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
        velocity[rows[first]] += np.add.reduceat(force, first, axis=0)
