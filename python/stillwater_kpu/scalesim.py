"""Topologies of SCALE-Sim: the layers of a network as matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ._text_files import ask, text_of_path
from .errors import KpuValueError

if TYPE_CHECKING:
    import os

__all__ = ["ScaleSimLayer", "read_scalesim_topology"]


class ScaleSimLayer(NamedTuple):
    """A layer as a matrix product: m x k inputs, k x n filters.

    Attributes:
        name: as the file calls it.
        m: rows of the result; of a convolution, output positions.
        n: columns of the result; of a convolution, filters.
        k: what is summed up over; of a convolution, elements under a filter.
        line: of the file, from 1.
        sparsity: the ``"N:M"`` of a layer whose filters keep the first N of every M rows. m, n and k are those of the
            dense layer: no machine here leaves out weights; only reports in SCALE-Sim's format do (``kpu scalesim``).

    """

    name: str
    m: int
    n: int
    k: int
    line: int
    sparsity: str = "1:1"


def read_scalesim_topology(path: str | os.PathLike[str], kind: str | None = None) -> tuple[ScaleSimLayer, ...]:
    """The layers of a topology of SCALE-Sim (.csv), convolutions lowered to matrix products.

    Args:
        path: the file.
        kind: ``"gemm"`` (rows of name, M, N, K) or ``"convolution"``; by default the headings tell.

    Errors: ConfigError (a ValueError) with everything that is wrong with the file, OSError if it cannot be read,
    ValueError for an unknown kind.

    >>> layers = read_scalesim_topology("examples/scalesim/small_gemms.csv")
    >>> layers[0]
    ScaleSimLayer(name='query', m=128, n=64, k=256, line=2, sparsity='1:1')

    """
    if kind not in (None, "gemm", "convolution"):
        raise KpuValueError(f"kind must be 'gemm' or 'convolution', got {kind!r}", "KPU_ARGUMENT")
    layers = ask("scaleSimTopology", {"text": text_of_path(path), "kind": kind})
    return tuple(
        ScaleSimLayer(
            name=str(each["name"]),
            m=int(each["m"]),
            n=int(each["n"]),
            k=int(each["k"]),
            line=int(each["line"]),
            sparsity=f"{each['sparsity']['kept']}:{each['sparsity']['of']}",
        )
        for each in layers
    )
