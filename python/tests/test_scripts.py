"""The scripts that users run: the seed's, and the examples."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples" / "python").glob("*.py"))
SEED_OUTPUT = """\
============================================================
Testing Address-Based DMA API
============================================================

Simulator Configuration:
  External banks: 2
  Scratchpads: 2
  DMA engines: 4

1. Writing 256 floats to external memory...

2. Starting DMA transfer...
   Source: 0x100000000 (External[0])
   Dest:   0x180100000 (Scratchpad[0])
   Size:   1024 bytes

3. Running simulation...
   ✓ DMA transfer completed!

4. Verifying data in scratchpad...
   ✓ Data verification PASSED

5. Statistics:
   Cycles: 145
   Time: # ms

============================================================
✓ All tests passed!
============================================================
"""


def run(path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", os.path.relpath(path, folder)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def test_the_script_of_the_user_guide_prints_what_it_says() -> None:
    result = run(ROOT / "test_dma.py", ROOT)
    assert result.returncode == 0, result.stderr
    assert re.sub(r"Time: \d+\.\d\d ms", "Time: # ms", result.stdout) == SEED_OUTPUT


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run_from_anywhere(example: Path) -> None:
    outputs = []
    for folder in (ROOT, example.parent):
        result = run(example, folder)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "WRONG" not in result.stdout
        outputs.append(re.sub(r"Host time:.*", "", result.stdout))
    assert outputs[0] == outputs[1]


def test_the_address_example_is_there() -> None:
    assert "address_based_dma_example" in [path.stem for path in EXAMPLES]
