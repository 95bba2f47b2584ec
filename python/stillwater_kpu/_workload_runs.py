"""Programs out of workload files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._progress import Progress, ShowProgress, progress_function
from ._protocol import RUN_UNTIL_IDLE
from ._text_files import checked_format, checked_text, file_text
from ._tiled_runs import TiledRuns
from .errors import KpuTypeError
from .workloads import WorkloadResult, result_from_engine

if TYPE_CHECKING:
    import os


class WorkloadRuns(TiledRuns):
    """Runs workload files."""

    __slots__ = ()

    def run_workload(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        text: str | None = None,
        format: str = "yaml",  # noqa: A002  # the word of json and yaml users
        progress: Progress = None,
    ) -> WorkloadResult:
        r"""Runs a workload file on this simulator, or a `text` in ``"yaml"`` or ``"json"``.

        A workload has areas with their contents, transfers, products, vector operations and semaphores, and what must
        come out; docs/workload-files.md has all keys. The machine stays this one, whatever the file asks for:
        `KPUSimulator(load_workload_config(path))` makes that. Memories keep what is in them where no area lies.
        `progress` is as in `run_tiled_matmul`. Ctrl-C stops it: `run_until_idle()` then goes on with what has been
        issued, `reset()` drops it.

        Expectations that do not hold raise nothing: see `WorkloadResult.ok`.

        Errors: ConfigError (a ValueError) with everything that is wrong with the text; the errors of the work itself,
        with the line (what was issued before it stays); RuntimeError for a deadlock and when the simulator is busy.

        >>> head = "{kind: kpu-workload, version: 1, areas: [{name: a, memory: external 0, cols: 8, fill: ones},"
        >>> rest = "{name: b, memory: l1 0, cols: 8}], program: [{transfer: {engine: dma 0, from: a, to: b}}]}"
        >>> sim.run_workload(text=head + rest).cycles
        135
        """
        link = self._link
        link.require_outside_callback("a workload")
        if (path is None) == (text is None):
            raise KpuTypeError("give either the path of a workload file or its text", "KPU_TYPE")
        source = (
            file_text(path)
            if path is not None
            else {"text": checked_text(text or ""), "format": checked_format(format)}
        )
        show = progress_function(progress, "piece")
        begun = link.query_change("beginWorkload", **source)
        while begun["more"]:
            self._run_pieces(int(begun["issued"]), int(begun["pieces"]), show)
            begun = link.query_change("continueWorkload")
        return result_from_engine(link.query("finishWorkload"))

    def _run_pieces(self, issued: int, pieces: int, show: ShowProgress | None) -> None:
        link = self._link
        while not link.run_slice(RUN_UNTIL_IDLE):
            link.connection.let_others_in()
        if show is not None:
            show(issued, pieces)
