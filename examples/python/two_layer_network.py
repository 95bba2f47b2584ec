#!/usr/bin/env python3
"""A network of two dense layers on a batch: products on arrays, biases and ReLU in vector units.

Needs no numpy.
"""

from __future__ import annotations

import stillwater_kpu as kpu

BATCH, INPUTS, HIDDEN, OUTPUTS = 32, 96, 64, 10


def weights(rows: int, cols: int, seed: int) -> list[list[float]]:
    """Weights between -1 and 1."""
    return [[((row * 37 + col * 11 + seed) % 33) / 16 - 1 for col in range(cols)] for row in range(rows)]


def main() -> int:
    """Runs the network and prints the class of the first inputs."""
    images = weights(BATCH, INPUTS, 5)
    with kpu.KPUSimulator() as sim:
        (bias,) = weights(1, HIDDEN, 3)
        relu = kpu.ActivationType.RELU
        hidden = sim.run_tiled_matmul(images, weights(INPUTS, HIDDEN, 1), bias=bias, activation=relu)
        scores = sim.run_tiled_matmul(hidden.c, weights(HIDDEN, OUTPUTS, 2))
        classes = [max(range(OUTPUTS), key=row.__getitem__) for row in scores.c]
        print("classes of the first inputs:", *classes[:8])
        for name, result in (("hidden layer", hidden), ("output layer", scores)):
            report = result.report
            print(f"{name}: {report.cycles} cycles, {100 * report.utilization:.1f} % of peak, bound by {report.bound}")
        print(f"both layers: {sim.get_simulated_time_ns() / 1000:.1f} us of simulated time")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
