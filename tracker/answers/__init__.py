"""What a person asks of the store: the list, who holds a security, why, what is loaded. Reads only."""

from .explanation import explain
from .funds import list_funds, why
from .listing import compare, top_list
from .market import picture, survey
from .portfolio import portfolio
from .security import history, who_holds
from .state import status

__all__ = [
    "compare",
    "explain",
    "history",
    "list_funds",
    "picture",
    "portfolio",
    "status",
    "survey",
    "top_list",
    "who_holds",
    "why",
]
