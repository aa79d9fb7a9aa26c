"""Editions: a ranked list as a folder of files that go straight into a newsletter. Part of the corridor.

gathering.py    asks the store for everything that an edition says, as one document
publishing.py   publish, publish again byte for byte, and tell what would differ now
shelf.py        the list of all editions: page, feed, database
"""

from .gathering import Request
from .publishing import Published, check, publish, rebuild, slug_of

__all__ = ["Published", "Request", "check", "publish", "rebuild", "slug_of"]
