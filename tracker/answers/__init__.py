"""What a person asks of the store: the list, who holds a security, why, what is loaded. Reads only."""

from .explanation import explain
from .listing import compare, top_list
from .market import survey
from .security import history, who_holds
from .state import status

__all__ = ["compare", "explain", "history", "status", "survey", "top_list", "who_holds"]
