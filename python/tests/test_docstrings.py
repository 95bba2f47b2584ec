"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import stillwater_kpu as kpu
import stillwater_toplevel

MODULES = [
    importlib.import_module(f"{package.__name__}.{module.name}")
    for package in (kpu, stillwater_toplevel)
    for module in pkgutil.iter_modules(package.__path__)
] + [kpu, stillwater_toplevel]
EXAMPLES = [
    test
    for module in MODULES
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__)
    if test.examples
]


def test_there_are_examples() -> None:
    names = {test.name.rpartition(".")[2] for test in EXAMPLES}
    assert {"KPUSimulator", "SimulatorConfig", "start_dma_transfer", "stillwater_kpu", "stillwater_toplevel"} <= names


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda test: test.name)
def test_examples_are_true(example: doctest.DocTest, sim: kpu.KPUSimulator) -> None:
    names = {name: getattr(kpu, name) for name in kpu.__all__}
    example.globs = {**names, "sim": sim}
    problems: list[str] = []
    doctest.DocTestRunner(verbose=False).run(example, out=problems.append, clear_globs=False)
    assert not problems, "\n".join(problems)
