"""The system simulator."""

from __future__ import annotations

import operator
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, Union

from stillwater_kpu import (
    ConfigError,
    KpuIndexError,
    KpuRuntimeError,
    KPUSimulator,
    KpuTypeError,
    KpuValueError,
    Link,
    SimulatorConfig,
    _system,
)
from stillwater_kpu.links import link_fields

from .system_config import SystemConfig

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from stillwater_kpu._control import SelfTestCheck

    from .system_config import SystemPlan

__all__ = ["SystemSimulator"]

Links = Union[Link, Sequence[Link]]


class SystemSimulator:
    """A host and one or more KPUs with one clock.

    The system exists from `initialize` to `shutdown`; a `with` statement does both. What it does is printed.

    With a `SystemConfig` or the path of a system file (``.json``, ``.yaml``; docs/configuration-files.md) it has the
    KPUs that are described, the host's memory, and the links. GPUs, NPUs and other accelerators are not simulated: a
    description with any is refused, unless `kpus_only` says to leave them out.

    With one configuration there is one KPU, as `KPUSimulator(config)` makes it. With a list of configurations there are
    as many KPUs, which share the host's memory and are connected with it and with each other by links. Each is a
    `KPUSimulator` with addresses of its own; what another one has is named by `get_shared_address`. They share one
    engine: running one, or the system, runs all, and so does a reset. Clock, fidelity, hazard policy, `timing_only` and
    host memory must be the same for all.

    Args:
        config: what the KPU, or each of the KPUs, consists of, or a described system or the path of its file; by
            default `SimulatorConfig()`.
        host_link: the link of each KPU to the host, one `Link` for all or one for each; by default `Link()` or what is
            described. Not for a single configuration.
        peer_link: links from KPU to KPU without the host; by default what is described, or none: then they go through
            the links of the host.
        kpus_only: leave out accelerators of a description that are no KPUs.

    Errors: OSError for a file that cannot be read, ConfigError for what is wrong with it, each fault with its line;
    KpuTypeError for what are no configurations, KpuValueError for an empty list; ConfigError from `initialize`
    for configurations that do not fit together.

    >>> import stillwater_kpu, stillwater_toplevel
    >>> configs = [stillwater_kpu.SimulatorConfig()] * 2
    >>> system = stillwater_toplevel.SystemSimulator(configs, host_link=stillwater_kpu.Link(64.0, 100))
    >>> system
    <SystemSimulator not initialized>

    """

    __slots__ = ("__weakref__", "_configs", "_kpus", "_links")

    def __init__(
        self,
        config: SimulatorConfig | Sequence[SimulatorConfig] | SystemConfig | str | os.PathLike[str] | None = None,
        *,
        host_link: Links | None = None,
        peer_link: Link | None = None,
        kpus_only: bool = False,
    ) -> None:
        if isinstance(config, (str, os.PathLike, SystemConfig)):
            plan = _planned(config, kpus_only=bool(kpus_only))
            config = plan.configs
            if host_link is not None:
                for each in config:
                    each.host_link = "none"
            host_link = plan.host_link if host_link is None else host_link
            peer_link = plan.peer_link if peer_link is None else peer_link
        elif kpus_only:
            raise KpuValueError(
                "kpus_only is for descriptions of systems: configurations are of KPUs only", "KPU_CONFIG"
            )
        is_single = config is None or isinstance(config, SimulatorConfig)
        configs = [SimulatorConfig() if config is None else config] if is_single else config
        self._configs = _checked_configs(configs)
        if is_single and (host_link is not None or peer_link is not None):
            raise KpuValueError("links are for a list of configurations; a single KPU has none", "KPU_CONFIG")
        self._links = None if is_single else _links_of(len(self._configs), host_link, peer_link)
        self._kpus: list[KPUSimulator] = []

    def initialize(self) -> bool:
        """Creates the KPUs. True, also when they exist already. Errors are those of `KPUSimulator`."""
        if self.is_initialized():
            _say("already initialized")
            return True
        _say("initializing")
        if self._links is None:
            self._kpus = [KPUSimulator(self._configs[0])]
        else:
            self._kpus = _system.simulators_of_group(self._configs, self._links)
        _say(f"initialized with {_counted(len(self._kpus))}")
        return True

    def shutdown(self) -> None:
        """Gives the KPUs up. Harmless when there are none."""
        if not self._kpus:
            return
        _say("shutting down")
        for kpu in self._kpus:
            kpu.close()
        self._kpus = []
        _say("shut down")

    def is_initialized(self) -> bool:
        """Whether the KPUs exist and can be used."""
        return bool(self._kpus) and not any(kpu.closed for kpu in self._kpus)

    def run_self_test(self) -> bool:
        """Tries every component of the system and compares with what is known to be right; True if all is.

        It runs on machines of the same configuration made for it and touches neither memory nor time of the KPUs.
        Prints each check that fails, and a summary. False when the system is not initialized.
        """
        if not self.is_initialized():
            _say("self-test: the system is not initialized")
            return False
        _say("self-test")
        if self._links is not None:
            return _report_checks("system", _system.group_self_test(self._kpus[0]))
        return _report_checks("KPU 0", self._kpus[0].run_self_test())

    def get_kpu_count(self) -> int:
        """Number of KPUs in the system; 0 when it is not initialized."""
        return len(self._kpus)

    def get_kpu(self, kpu_id: SupportsIndex) -> KPUSimulator:
        """The simulator of a KPU. IndexError for an id that does not exist, RuntimeError before `initialize`."""
        kpus = self._initialized()
        try:
            number = operator.index(kpu_id)
        except TypeError:
            raise KpuTypeError(f"kpu_id must be an int, got {type(kpu_id).__name__}", "KPU_TYPE") from None
        if not 0 <= number < len(kpus):
            message = f"KPU {number} does not exist: valid ids are 0 to {len(kpus) - 1}"
            raise KpuIndexError(message, "KPU_COMPONENT_ID", {"component": "KPU", "id": number})
        return kpus[number]

    def get_current_cycle(self) -> int:
        """The cycle of the one clock."""
        return self._initialized()[0].get_current_cycle()

    def step(self) -> None:
        """Advances all by one cycle."""
        self._initialized()[0].step()

    def run_until_idle(self) -> None:
        """Runs all until none has work. Errors are those of `KPUSimulator.run_until_idle`."""
        self._initialized()[0].run_until_idle()

    def reset(self) -> None:
        """Cycle 0 and empty memories for all."""
        self._initialized()[0].reset()

    def get_shared_address(self, kpu_id: SupportsIndex, address: SupportsIndex) -> int:
        """The address by which every KPU of the system may name a byte that KPU `kpu_id` has at `address`.

        That is `address + (kpu_id + 1) * 2**44`, and `address` itself for host memory, which all have at the same
        place.
        Errors: IndexError for an id that does not exist and for an address in no memory of that KPU.
        """
        kpu = self.get_kpu(kpu_id)
        place = operator.index(address)
        if self._links is None:
            return place
        return _system.shared_address(kpu, operator.index(kpu_id), place)

    def get_link_statistics(self) -> list[dict[str, float]]:
        """What has passed the links of each KPU: bytes, and their share of what could have passed, by direction.

        Keys: ``from_host_bytes``, ``from_host_utilization``, ``to_host_...`` and, with peer links, ``from_peers_...``
        and ``to_peers_...``. An empty list for a single KPU.
        """
        kpus = self._initialized()
        return [] if self._links is None else _system.link_statistics(kpus[0])

    def get_memory_map(self, kpu_id: SupportsIndex) -> str:
        """Where the memories of a KPU lie, a line for each kind: addresses of its own and shared ones."""
        kpu = self.get_kpu(kpu_id)
        lines = [f"memory map of KPU {operator.index(kpu_id)}"]
        for name, count, size, addresses in _system.overview(kpu):
            if not addresses:
                continue
            lines.append(f"  {count} {name} of {size}: {addresses}")
        if self._links is not None:
            window = (operator.index(kpu_id) + 1) << 44
            lines.append(f"  for other KPUs, all but host regions: the same + {window:#x}")
        return "\n".join(lines)

    def get_system_report(self) -> str:
        """What the system consists of and what has been done so far, as text."""
        kpus = self._initialized()
        lines = [f"system of {_counted(len(kpus))} at cycle {kpus[0].get_current_cycle()}"]
        for number, kpu in enumerate(kpus):
            parts = ", ".join(f"{count} {name}" for name, count, _, _ in _system.overview(kpu))
            lines.append(f"KPU {number}: {parts}")
        for number, figures in enumerate(self.get_link_statistics()):
            traffic = ", ".join(
                f"{figures[f'{way}_bytes']:.0f} B {way.replace('_', ' ')} ({100 * figures[f'{way}_utilization']:.1f} %)"
                for way in ("from_host", "to_host", "from_peers", "to_peers")
                if f"{way}_bytes" in figures
            )
            lines.append(f"links of KPU {number}: {traffic}")
        return "\n".join(lines)

    def print_full_report(self) -> None:
        """Prints the system report and the memory maps and component status of all KPUs."""
        print(self.get_system_report())
        for number, kpu in enumerate(self._initialized()):
            print(self.get_memory_map(number))
            kpu.print_component_status()

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
        state = _counted(len(self._kpus)) if self.is_initialized() else "not initialized"
        return f"<SystemSimulator {state}>"

    def _initialized(self) -> list[KPUSimulator]:
        if not self._kpus:
            raise KpuRuntimeError("the system is not initialized: call initialize() first", "KPU_NOT_INITIALIZED")
        return self._kpus


def _planned(config: SystemConfig | str | os.PathLike[str], *, kpus_only: bool) -> SystemPlan:
    if isinstance(config, SystemConfig):
        return config.plan(kpus_only=kpus_only)
    system = SystemConfig.from_file(config)
    try:
        return system.plan(kpus_only=kpus_only)
    except ConfigError as error:
        raise ConfigError(f"{os.fspath(config)}: {error}", "KPU_CONFIG", error.details) from None


def _checked_configs(configs: Any) -> list[SimulatorConfig]:
    if isinstance(configs, (str, bytes)) or not isinstance(configs, Sequence):
        message = (
            f"config must be a SimulatorConfig, a list of them, a SystemConfig or a path, got {type(configs).__name__}"
        )
        raise KpuTypeError(message, "KPU_TYPE")
    for number, config in enumerate(configs):
        if not isinstance(config, SimulatorConfig):
            raise KpuTypeError(f"config[{number}] must be a SimulatorConfig, got {type(config).__name__}", "KPU_TYPE")
    if not configs:
        raise KpuValueError("a system has at least one KPU", "KPU_CONFIG")
    return [config.copy() for config in configs]


def _links_of(count: int, host_link: Any, peer_link: Any) -> dict[str, object]:
    given = Link() if host_link is None else host_link
    links = [given] * count if isinstance(given, Link) else given
    if isinstance(links, (str, bytes)) or not isinstance(links, Sequence) or len(links) != count:
        raise KpuValueError(f"host_link must be a Link, or a list of {count}: one for each KPU", "KPU_CONFIG")
    fields = [link_fields(link, f"host_link[{number}]") for number, link in enumerate(links)]
    return {"hostLinks": fields, "peerLink": None if peer_link is None else link_fields(peer_link, "peer_link")}


def _report_checks(subject: str, checks: Sequence[SelfTestCheck]) -> bool:
    for check in checks:
        if not check.passed:
            _say(f"self-test: {subject}: FAILED {check.name}: {check.detail}")
    good = sum(check.passed for check in checks)
    _say(f"self-test: {subject}: {good} of {len(checks)} checks passed")
    return good == len(checks) > 0


def _counted(count: int) -> str:
    return f"{count} KPU" if count == 1 else f"{count} KPUs"


def _say(text: str) -> None:
    print(f"[SystemSimulator] {text}")
