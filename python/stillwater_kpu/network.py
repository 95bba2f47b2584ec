"""What passes the links of an on-chip network: plain data."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["NetworkLink"]


class NetworkLink(NamedTuple):
    """A link of an on-chip network, from one node to the next, and what has passed it since the start or reset.

    Attributes:
        from_node: the node from which it leads; nodes are numbered from 0 on, row by row.
        to_node: the node to which it leads.
        bytes: of completed transfers.
        busy_cycles: cycles that these bytes take at the full width of the link.
        utilization: busy cycles over all cycles so far.

    """

    from_node: int
    to_node: int
    bytes: int
    busy_cycles: float
    utilization: float


def network_link_from_engine(record: dict[str, Any]) -> NetworkLink:
    """A link in the engine's words."""
    return NetworkLink(
        record["from"], record["to"], record["bytes"], float(record["busyCycles"]), float(record["utilization"])
    )
