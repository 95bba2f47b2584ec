"""What stands out in a run: where its time went, and what may help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Insight"]


class Insight(NamedTuple):
    """Something worth looking at in a run; ``kpu explain RULE`` says under which condition its rule speaks.

    Attributes:
        rule: the rule's name, such as ``"idle-arrays"``.
        share: how much of the run it is about, 0 to 1.
        finding: what was found, with its figures.
        cause: why it may be so.
        action: what may help.

    """

    rule: str
    share: float
    finding: str
    cause: str
    action: str

    def __str__(self) -> str:
        """One sentence of each."""
        return f"{self.finding}: {self.cause}. Try: {self.action}."


def insight_from_engine(record: Mapping[str, Any]) -> Insight:
    """The insight as the engine reports it."""
    return Insight(
        str(record["rule"]),
        float(record["share"]),
        str(record["finding"]),
        str(record["cause"]),
        str(record["action"]),
    )
