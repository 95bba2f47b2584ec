"""Workload files: programs for the machine in YAML or JSON, and what came out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ._html import table
from ._text_files import ask, file_text
from .config import SimulatorConfig

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["Expectation", "WorkloadResult", "load_workload_config"]


class Expectation(NamedTuple):
    """Something that a workload expects, and whether it holds.

    Attributes:
        expected: what it is, such as ``"c equals A x B"``.
        is_met: whether it holds; None on a simulator of times only, which cannot tell.
        found: what is the case instead; empty where it holds.
        line: the line of the file.

    """

    expected: str
    is_met: bool | None
    found: str
    line: int | None


class WorkloadResult(NamedTuple):
    """What came out of a workload. `print` it, or show it in a notebook.

    Attributes:
        cycles: from the beginning to the last completion.
        time_ns: the same as time.
        hazards: conflicts found between work in flight.
        pieces: pieces of work, with loops written out.
        expectations: what was expected, in the order of the file.

    """

    cycles: int
    time_ns: float
    hazards: int
    pieces: int
    expectations: tuple[Expectation, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing that was expected is known not to hold."""
        return all(each.is_met is not False for each in self.expectations)

    def __str__(self) -> str:
        """A line, and one for each expectation."""
        lines = [f"{self.cycles} cycles, {self.time_ns:g} ns, {self.pieces} pieces of work, {self.hazards} hazards"]
        lines += [f"  {mark:<8}{text}" for mark, text in self._rows()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        caption = f"{self.cycles} cycles, {self.pieces} pieces of work, {self.hazards} hazards"
        return table(caption, ("", "expected"), self._rows())

    def _rows(self) -> list[tuple[str, ...]]:
        marks = {True: "ok", False: "NOT MET", None: "-"}
        return [
            (marks[each.is_met], f"{each.expected}: {each.found}" if each.found else each.expected)
            for each in self.expectations
        ]


def load_workload_config(path: str | os.PathLike[str]) -> SimulatorConfig:
    """The machine that a workload file asks for; the default one if it asks for none.

    Errors: ConfigError (a ValueError) with everything that is wrong with the file, OSError if it cannot be read,
    ValueError for an unknown suffix.
    """
    fields = ask("workloadConfig", file_text(path))
    return SimulatorConfig() if fields is None else SimulatorConfig.from_dict(fields)


def result_from_engine(result: Mapping[str, Any]) -> WorkloadResult:
    """The result as the engine gives it."""
    return WorkloadResult(
        int(result["cycles"]),
        float(result["timeNs"]),
        int(result["hazards"]),
        int(result["pieces"]),
        tuple(
            Expectation(str(each["expected"]), each.get("isMet"), str(each["found"]), each.get("line"))
            for each in result["expectations"]
        ),
    )
