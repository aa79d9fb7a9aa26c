"""How the managers that count were found in SEC's adviser rosters."""

from __future__ import annotations

from ..managers import firm_links
from ..output import plural
from ..tables import LinkedBy, ManagersFrame

UNLINKED = "none"


def count_links(managers: ManagersFrame) -> dict[str, int]:
    """The number of hedge funds by each way of LinkedBy, and under `none` of those without a firm."""
    linked_by = managers.filter("is_hedge_fund")["linked_by"]
    ways = {str(way): int((linked_by == way).sum()) for way in LinkedBy}
    return {**ways, UNLINKED: linked_by.null_count()}


def links_sentence(counts: dict[str, int]) -> str:
    """The counts as a sentence, the strongest way first."""
    named = [f"{counts[way]:,} by {firm_links.LABELS[way]}" for way in LinkedBy if counts[way]]
    parts = [*named, *([f"{counts[UNLINKED]:,} not found"] if counts[UNLINKED] else [])]
    total = plural(sum(counts.values()), "hedge fund")
    return f"Of {total}, in SEC's adviser rosters: {', '.join(parts)}." if parts else ""
