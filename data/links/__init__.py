"""Links in the store: found anew where something changed, fixed by people, explained."""

from data.links.explaining import Explanation, as_document, explain_links
from data.links.fixing import FixRefusedError, Slot, fix, relation_of, release
from data.links.following import LinkStatus, link_status
from data.links.listing import Wanted, list_links
from data.links.running import LINKER, LinkRun, run_links

__all__ = [
    "LINKER",
    "Explanation",
    "FixRefusedError",
    "LinkRun",
    "LinkStatus",
    "Slot",
    "Wanted",
    "as_document",
    "explain_links",
    "fix",
    "link_status",
    "list_links",
    "relation_of",
    "release",
    "run_links",
]
