"""Why simulators can no longer be used."""

from __future__ import annotations

from typing import Callable, NamedTuple

from ._wire import WireEndedError, WireFaultError
from .errors import KpuError, KpuRuntimeError, ProtocolError, SimulatorCrashed


class Loss(NamedTuple):
    """A reason that stays. Each use of the simulator raises an error of its own, for the sake of its traceback."""

    error_class: type[KpuError]
    message: str
    code: str

    def error(self) -> KpuError:
        """A new exception that says so."""
        return self.error_class(self.message, self.code)


CLOSED = Loss(KpuRuntimeError, "the simulator is closed", "KPU_CLOSED")

FORKED = Loss(
    KpuRuntimeError,
    "this simulator was created before fork() and belongs to the parent process; create one in the child",
    "KPU_FORKED",
)


def loss_of(error: BaseException, describe_end: Callable[[], str]) -> Loss:
    """What an exception in the middle of an exchange means; `describe_end` words the end of the engine."""
    if isinstance(error, (WireEndedError, OSError)):
        message = f"the engine process has ended ({describe_end()}); this simulator's state is lost, create a new one"
        return Loss(SimulatorCrashed, message, "KPU_CRASHED")
    if isinstance(error, WireFaultError):
        message = f"the engine broke the protocol: {error}; it was ended and this simulator's state is lost"
        return Loss(ProtocolError, message, "KPU_PROTOCOL")
    message = f"{type(error).__name__} came in the middle of an exchange with the engine, which had to be ended"
    return Loss(SimulatorCrashed, message, "KPU_INTERRUPTED")
