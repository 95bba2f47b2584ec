"""The system simulator."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, SupportsIndex

from stillwater_kpu import KpuIndexError, KpuRuntimeError, KPUSimulator, KpuTypeError, SimulatorConfig

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["SystemSimulator"]


class SystemSimulator:
    """A system with one KPU.

    The system exists from `initialize` to `shutdown`; a `with` statement does both. What it does is printed.

    Args:
        config: what the KPU consists of; by default `SimulatorConfig()`.

    """

    __slots__ = ("__weakref__", "_config", "_kpus")

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        if config is not None and not isinstance(config, SimulatorConfig):
            raise KpuTypeError(f"config must be a SimulatorConfig, got {type(config).__name__}", "KPU_TYPE")
        self._config = SimulatorConfig() if config is None else config.copy()
        self._kpus: list[KPUSimulator] = []

    def initialize(self) -> bool:
        """Creates the KPU. True, also when it exists already. Errors are those of `KPUSimulator`."""
        if self.is_initialized():
            _say("already initialized")
            return True
        _say("initializing")
        self._kpus = [KPUSimulator(self._config)]
        _say(f"initialized with {len(self._kpus)} KPU")
        return True

    def shutdown(self) -> None:
        """Gives the KPU up. Harmless when there is none."""
        if not self._kpus:
            return
        _say("shutting down")
        for kpu in self._kpus:
            kpu.close()
        self._kpus = []
        _say("shut down")

    def is_initialized(self) -> bool:
        """Whether the KPU exists and can be used."""
        return bool(self._kpus) and not any(kpu.closed for kpu in self._kpus)

    def run_self_test(self) -> bool:
        """Tries every component of the KPU and compares with what is known to be right; True if all is.

        It runs on machines of the same configuration made for it and touches neither memory nor time of the KPU. Prints
        each check that fails, and a summary. False when the system is not initialized.
        """
        if not self.is_initialized():
            _say("self-test: the system is not initialized")
            return False
        _say("self-test")
        passed = True
        for number, kpu in enumerate(self._kpus):
            checks = kpu.run_self_test()
            for check in checks:
                if not check.passed:
                    _say(f"self-test: KPU {number}: FAILED {check.name}: {check.detail}")
            good = sum(check.passed for check in checks)
            passed = passed and good == len(checks) > 0
            _say(f"self-test: KPU {number}: {good} of {len(checks)} checks passed")
        return passed

    def get_kpu_count(self) -> int:
        """Number of KPUs in the system; 0 when it is not initialized."""
        return len(self._kpus)

    def get_kpu(self, kpu_id: SupportsIndex) -> KPUSimulator:
        """The simulator of a KPU. IndexError for an id that does not exist, RuntimeError before `initialize`."""
        if not self._kpus:
            raise KpuRuntimeError("the system is not initialized: call initialize() first", "KPU_NOT_INITIALIZED")
        try:
            number = operator.index(kpu_id)
        except TypeError:
            raise KpuTypeError(f"kpu_id must be an int, got {type(kpu_id).__name__}", "KPU_TYPE") from None
        if not 0 <= number < len(self._kpus):
            message = f"KPU {number} does not exist: valid ids are 0 to {len(self._kpus) - 1}"
            raise KpuIndexError(message, "KPU_COMPONENT_ID", {"component": "KPU", "id": number})
        return self._kpus[number]

    def __enter__(self) -> Self:
        self.initialize()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.shutdown()

    def __repr__(self) -> str:
        state = f"{len(self._kpus)} KPU" if self.is_initialized() else "not initialized"
        return f"<SystemSimulator {state}>"


def _say(text: str) -> None:
    print(f"[SystemSimulator] {text}")
