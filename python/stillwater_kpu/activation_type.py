"""Activation functions of the vector units."""

from __future__ import annotations

import enum


class ActivationType(enum.IntEnum):
    """What becomes of each element x.

    ``NONE``: x. ``RELU``: the larger of x and 0. ``GELU``: x times the probability that a standard normal variable is
    below x, the form with erf. ``SIGMOID``: 1 / (1 + e^-x). ``TANH``: the hyperbolic tangent. ``SILU``: x sigmoid(x).
    ``SOFTPLUS``: ln(1 + e^x). ``LEAKY_RELU``: x, below 0 times a slope.

    >>> ActivationType.GELU.name, ActivationType.GELU.value
    ('GELU', 2)
    """

    NONE = 0
    RELU = 1
    GELU = 2
    SIGMOID = 3
    TANH = 4
    SILU = 5
    SOFTPLUS = 6
    LEAKY_RELU = 7

    def __str__(self) -> str:
        """The qualified name, on every version of Python."""
        return f"{type(self).__name__}.{self.name}"
