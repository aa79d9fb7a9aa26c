"""What tests of the store share."""

from __future__ import annotations

from pathlib import Path


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each file below `folder`: its bytes and its inode, which a rewrite changes even where the bytes are the same."""
    return {str(path): (path.read_bytes(), path.stat().st_ino) for path in folder.rglob("*") if path.is_file()}
