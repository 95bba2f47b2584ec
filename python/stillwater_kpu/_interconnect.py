"""The ways between memories: the on-chip network and the link to the host."""

from __future__ import annotations

from typing import SupportsIndex

from . import _arguments
from ._base import SimulatorBase
from ._text_files import checked_text
from .network import NetworkLink, network_link_from_engine


class Interconnect(SimulatorBase):
    """Where components sit in the on-chip network, and what has passed links (docs/interconnect.md)."""

    __slots__ = ()

    def get_network_links(self) -> list[NetworkLink]:
        """The links of the on-chip network with what has passed them; empty for a machine without a network.

        They are in order of the node from which they lead.

        >>> sim.get_network_links()
        []
        """
        return [network_link_from_engine(record) for record in self._link.query("networkLinks")]

    def get_network_node(self, kind: str, component_id: SupportsIndex) -> int:
        """The node of the on-chip network at which a memory or a DMA engine sits.

        `kind` is ``"host"``, ``"external"``, ``"l3"``, ``"l2"``, ``"scratchpad"`` or ``"dma"``.

        Errors: IndexError for an id that does not exist, ValueError for another kind and for a machine without a
        network.
        """
        number = _arguments.component_id(component_id, "component_id")
        return int(self._link.query("networkNode", kind=checked_text(kind, "kind"), id=number))

    def get_network_way(self, from_node: SupportsIndex, to_node: SupportsIndex) -> list[int]:
        """The nodes that data passes from one node of the on-chip network to another, both included.

        Errors: IndexError for a node that does not exist, ValueError for a machine without a network.
        """
        ends = {
            "from": _arguments.component_id(from_node, "from_node"),
            "to": _arguments.component_id(to_node, "to_node"),
        }
        return [int(node) for node in self._link.query("networkWay", **ends)]

    def get_host_link_statistics(self) -> dict[str, float]:
        """What has passed the links between the KPU, the host and other KPUs, by direction; empty without links.

        Keys: ``from_host_bytes``, ``from_host_utilization``, ``to_host_...`` and, in a system with peer links,
        ``from_peers_...`` and ``to_peers_...``.

        >>> sim.get_host_link_statistics()
        {}
        """
        return dict(self._link.query("hostLinkStatistics"))
