"""What the module stillwater_toplevel needs of simulators that belong to a system."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from . import _engines, _protocol
from ._group import GroupState
from .simulator import KPUSimulator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._control import SelfTestCheck
    from .config import SimulatorConfig


def simulators_of_group(configs: Sequence[SimulatorConfig], links: dict[str, object]) -> list[KPUSimulator]:
    """Simulators that share the host's memories, an engine and a clock; `links` in the engine's words."""
    connection = _engines.shared_connection()
    body = json.dumps({"machines": [config.to_dict() for config in configs], **links}).encode()
    frame = _protocol.request(_protocol.CREATE_GROUP, 0, body)
    report = connection.decode(connection.call(None, frame, _protocol.TAG_JSON))
    members = report["members"] if isinstance(report, dict) else []
    if len(members) != len(configs):
        connection.fault(f"{len(members)} members of a group of {len(configs)}")
    group = GroupState()
    simulators = []
    for config, member in zip(configs, members):
        simulator = KPUSimulator.__new__(KPUSimulator)
        simulator._begin(connection, member, config, group)
        simulator._own(isolated=False)
        simulators.append(simulator)
    return simulators


def group_self_test(member: KPUSimulator) -> list[SelfTestCheck]:
    """Tries every component of all members, and the links between them, on machines made for it."""
    return member._self_test("groupSelfTest")


def link_statistics(member: KPUSimulator) -> list[dict[str, float]]:
    """What has passed the links of each member."""
    return list(member._link.query("linkStatistics"))


def shared_address(member: KPUSimulator, kpu_id: int, address: int) -> int:
    """The address by which all members name what one has at an address of its own."""
    return int(member._link.query("sharedAddress", kpu=kpu_id, address=address))


def overview(simulator: KPUSimulator) -> Iterable[tuple[str, int, str, str]]:
    """Name, count, capacity and addresses of each kind of component; the latter two are empty for units."""
    return simulator._overview()
