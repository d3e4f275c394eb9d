"""Works out which products are liked by the same people, in a process of its own.

Run as a file: it reads `[[customer, product, liking], …]` as JSON and writes `{product: {other:
score}}`. It imports nothing of ours, so that workers do not pay for its libraries, and they not
for what they leave in memory.
"""

import json
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Any

# The library of matrices tells no types.
type Matrix = Any
type Liking = tuple[str, str, float]
type Neighbours = dict[str, dict[str, float]]

SEED, FACTORS, ITERATIONS, REGULARIZATION = 20_261, 32, 15, 1.0
NEIGHBOURS, DIGITS = 50, 4
# Of fewer people it would be told what they bought, and it would not be a crowd's taste.
TOGETHER = 3
# So many people in common leave half of a score to chance.
DOUBT = 3.0
SECONDS = 240


def fit(likings: Iterable[Liking]) -> Neighbours:
    """Return for each product those that go together with it, 0 to 1; the same for the same input.

    Alternating least squares for implicit feedback (Hu, Koren, Volinsky, ICDM 2008): a liking
    below zero is a dislike of that weight. Likeness is the cosine of two products' factors, and
    counts for less the fewer people liked both; of fewer than three it is left out.
    """
    given = sorted({(who, what): how for who, what, how in likings if how}.items())
    customers = _numbered(who for (who, _), _ in given)
    products = _numbered(what for (_, what), _ in given)
    if not given:
        return {}
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    cells = [customers[who] for (who, _), _ in given], [products[what] for (_, what), _ in given]
    values = [how for _, how in given]
    shape = len(customers), len(products)
    matrix = csr_matrix((values, cells), shape=shape, dtype="float32")
    return _neighbours(matrix, list(products))


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(set(names)))}


def _neighbours(matrix: Matrix, products: Sequence[str]) -> Neighbours:
    together = _together(matrix)
    if not together.nnz:
        return {}
    factors = _factors(matrix)
    found: Neighbours = {}
    for number, product in enumerate(products):
        pairs = together.indices[together.indptr[number] : together.indptr[number + 1]]
        counts = together.data[together.indptr[number] : together.indptr[number + 1]]
        alike = factors[pairs] @ factors[number] * (counts / (counts + DOUBT))
        scores = {
            products[other]: round(min(1.0, float(score)), DIGITS)
            for other, score in zip(pairs, alike, strict=True)
        }
        best = sorted((-score, id) for id, score in scores.items() if score > 0)[:NEIGHBOURS]
        if best:
            found[product] = {id: -score for score, id in best}
    return found


def _together(matrix: Matrix) -> Matrix:
    """Count for each two products the people who like both; pairs of too few are left out."""
    from scipy.sparse import csr_matrix

    likes = (matrix > 0).astype("int32")
    counts = (likes.T @ likes).tocoo()
    many = (counts.data >= TOGETHER) & (counts.row != counts.col)
    cells = counts.row[many], counts.col[many]
    return csr_matrix((counts.data[many], cells), shape=counts.shape)


def _factors(matrix: Matrix) -> Matrix:
    import numpy as np
    from implicit.als import AlternatingLeastSquares  # type: ignore[import-untyped]

    model = AlternatingLeastSquares(
        factors=max(2, min(FACTORS, matrix.shape[1] // 8)),
        regularization=REGULARIZATION,
        iterations=ITERATIONS,
        num_threads=1,
        random_state=SEED,
    )
    model.fit(matrix, show_progress=False)
    lengths = np.linalg.norm(model.item_factors, axis=1, keepdims=True)
    return model.item_factors / np.where(lengths > 0, lengths, 1)


def main() -> None:
    """Read likings, write what goes together; end after four minutes whatever happens."""
    signal.alarm(SECONDS)
    likings = [(who, what, float(how)) for who, what, how in json.load(sys.stdin)]
    json.dump(fit(likings), sys.stdout)


if __name__ == "__main__":
    main()
