"""Faults put into a simulator, and campaigns of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._progress import Progress, progress_function
from ._text_files import checked_format, checked_text, file_text
from ._workload_runs import WorkloadRuns
from .errors import KpuTypeError, KpuValueError
from .faults import Fault, FaultCampaignReport, MemoryErrorRecord, kind_names, kind_of, report_from_engine

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable


class FaultRuns(WorkloadRuns):
    """Puts faults into a machine and looks at what becomes of them."""

    __slots__ = ()

    def inject_fault(self, fault: Fault) -> None:
        """Something goes wrong, from the present cycle on and before its starts; docs/faults.md.

        A fault is one of `BitFlip`, `CheckBitFlip`, `PeRegisterFlip`, `StuckPort`, `LateCompletion`,
        `DroppedCompletion` and `RefusedGrant`. It is an input like a write of the host: a history keeps it, `reset`
        takes it away.

        Errors: TypeError for what is no fault, IndexError for an address or a component that there is not, ValueError
        for bits, lines and cycles out of range, RuntimeError for a fault of values where there are none.

        >>> sim.inject_fault(BitFlip("external", 0, offset=5, bit=3))
        """
        kind = kind_of(fault)
        if kind is None:
            raise KpuTypeError(f"a fault is a BitFlip, a StuckPort ..., got {type(fault).__name__}", "KPU_TYPE")
        self._link.query_change("injectFault", fault={"kind": kind, **fault._asdict()})

    @property
    def memory_errors(self) -> tuple[MemoryErrorRecord, ...]:
        """What check bits (``memory_ecc`` and the others of the configuration) found in words that were read."""
        return tuple(
            MemoryErrorRecord(str(each["kind"]), int(each["cycle"]), int(each["address"]), str(each["memory"]))
            for each in self._link.query("memoryErrors")
        )

    def run_fault_campaign(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        text: str | None = None,
        format: str = "yaml",  # noqa: A002  # the word of json and yaml users
        count: int = 100,
        seed: int = 1,
        kinds: Iterable[str] | None = None,
        results: Iterable[str] | None = None,
        progress: Progress = None,
    ) -> FaultCampaignReport:
        """Runs a workload `count` times with one fault each, on fresh machines like this one, which stays as it is.

        Args:
            path: the workload file, or
            text: its text, in `format`.
            format: ``"yaml"`` or ``"json"``.
            count: how many faults.
            seed: the same one gives the same faults.
            kinds: ``"bit_flip"``, ``"check_flip"``, ``"pe_register"``, ``"stuck_port"``, ``"late_completion"``,
                ``"dropped_completion"``, ``"refused_grant"``, each as likely; by default all that can hit something.
            results: areas that count as the result; by default those that the workload expects something of, and the
                result of a tiled product.
            progress: as in `run_tiled_matmul`. Ctrl-C stops the campaign.

        Errors: ConfigError with everything that is wrong with the text, ValueError for numbers out of range and unknown
        names, and the errors of the workload without a fault.

        >>> report = sim.run_fault_campaign("workload.yaml", count=1000)  # doctest: +SKIP

        """
        link = self._link
        link.require_outside_callback("a campaign of faults")
        if (path is None) == (text is None):
            raise KpuTypeError("give either the path of a workload file or its text", "KPU_TYPE")
        chosen = None if kinds is None else list(kinds)
        for kind in chosen or ():
            if kind not in kind_names():
                raise KpuValueError(
                    f"a kind of fault is one of {', '.join(kind_names())}, got {kind!r}", "KPU_ARGUMENT"
                )
        source = (
            file_text(path)
            if path is not None
            else {"text": checked_text(text or ""), "format": checked_format(format)}
        )
        show = progress_function(progress, "fault")
        names = None if results is None else list(results)
        link.query_change("beginFaultCampaign", **source, count=count, seed=seed, kinds=chosen, results=names)
        while True:
            state = link.query_change("advanceFaultCampaign")
            if show is not None:
                show(int(state["done"]), count)
            if state["isComplete"]:
                return report_from_engine(link.query_change("finishFaultCampaign"))
            link.connection.let_others_in()
