#!/usr/bin/env python3
"""A network of two dense layers on a batch: the products run on the arrays, the ReLU between them on the host.

The simulator has no vector unit; what it does not simulate is done here, in sight. Needs no numpy.
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
        hidden = sim.run_tiled_matmul(images, weights(INPUTS, HIDDEN, 1))
        active = [[max(0.0, value) for value in row] for row in hidden.c]
        scores = sim.run_tiled_matmul(active, weights(HIDDEN, OUTPUTS, 2))
        classes = [max(range(OUTPUTS), key=row.__getitem__) for row in scores.c]
        print("classes of the first inputs:", *classes[:8])
        for name, result in (("hidden layer", hidden), ("output layer", scores)):
            report = result.report
            print(f"{name}: {report.cycles} cycles, {100 * report.utilization:.1f} % of peak, bound by {report.bound}")
        print(f"both layers: {sim.get_simulated_time_ns() / 1000:.1f} us of simulated time")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
