"""Where Iceberg tables lie: a folder of this machine, or a bucket; and how a file gets there.

On one file system a data file is a second name (a hard link) of the home's own file: no bytes are copied, and a
refresh, which replaces files and never writes into them, cannot change what an older snapshot shows. Elsewhere it is a
copy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ExportError, SettingError, TrackerError
from ..files import atomic_path, write_atomic
from ..remote import to_url
from ..store.disk_faults import DiskFault, as_error, fault_of
from ..store.write_lock import hold

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.io import FileIO

EXTRA = "python -m pip install '.[iceberg]'"
NAMESPACE = "tracker"
_S3 = "s3://"
_AMBIGUOUS = frozenset("?#%")  # some readers take a path for an address
_CHUNK = 1 << 23
_HINT = "metadata/version-hint.text"


@dataclass
class Place:
    """A folder of tables. `linked`, `copied`: files that were put there, and the bytes of the latter."""

    root: str
    """without a slash at its end"""
    is_local: bool
    linked: int = field(default=0, init=False)
    copied: int = field(default=0, init=False)
    copied_bytes: int = field(default=0, init=False)

    @classmethod
    def of(cls, target: str) -> Place:
        """The place that a user names. Raises SettingError if it is none."""
        if target.startswith(_S3):
            if not target.removeprefix(_S3).strip("/") or _AMBIGUOUS & set(target):
                raise SettingError(f"{target} is no bucket: write s3://BUCKET/PREFIX, without ?, # or %")
            return cls(target.rstrip("/"), is_local=False)
        if "://" in target or to_url(target):
            raise SettingError(f"{target} is neither a folder nor s3://BUCKET/PREFIX: Iceberg tables are written there")
        path = Path(target).expanduser().resolve()
        if path.exists() and not path.is_dir():
            raise SettingError(f"{path} is not a folder: name one for the tables")
        if _AMBIGUOUS & set(str(path)):
            raise SettingError(f"{path} has a ?, # or % in its name, which readers misread: choose another folder")
        return cls(str(path), is_local=True)

    @contextmanager
    def catalog(self) -> Iterator[SqlCatalog]:
        """The catalog: `catalog.db` in a folder; of a bucket a list in memory, filled as `hint` names its tables.

        One export at a time writes to a folder. Raises SettingError without the extra, ExportError if the place
        cannot be used.
        """
        try:
            from pyiceberg.catalog.sql import SqlCatalog
            from pyiceberg.exceptions import CommitFailedException
            from sqlalchemy.engine import URL
            from sqlalchemy.exc import DBAPIError

            if not self.is_local:
                import s3fs  # noqa: F401
        except ImportError as error:
            problem = str(error).partition("\n")[0]
            raise SettingError(
                f"exporting to Iceberg needs the package pyiceberg ({problem}): run `{EXTRA}` in the source folder"
            ) from None

        path = f"{self.root}/catalog.db" if self.is_local else ":memory:"
        reader = "pyarrow.PyArrowFileIO" if self.is_local else "fsspec.FsspecFileIO"  # the latter asks s3fs
        with self._held(), ExitStack() as stack:
            try:
                catalog = SqlCatalog(
                    NAMESPACE,
                    uri=URL.create("sqlite", database=path).render_as_string(),
                    warehouse=self.root,
                    **{"py-io-impl": f"pyiceberg.io.{reader}"},
                )
                stack.callback(catalog.close)
                catalog.create_namespace_if_not_exists(NAMESPACE)
                yield catalog
            except CommitFailedException:
                raise ExportError(f"{self.root} was written to by another program meanwhile: export again") from None
            except DBAPIError as error:
                raise self._unusable_catalog(path, error.orig) from None

    @contextmanager
    def _held(self) -> Iterator[None]:
        if self.is_local:
            with hold(Path(self.root) / "export.lock"):
                yield
            return
        from botocore.exceptions import BotoCoreError

        try:
            yield
        except (OSError, BotoCoreError) as error:
            if Path(str(getattr(error, "filename", None) or "")).is_absolute():
                raise  # a file of this machine
            problem = str(error).partition("\n")[0]
            raise ExportError(
                f"{self.root} cannot be used ({problem}): check the bucket, AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY or a profile, and AWS_ENDPOINT_URL if it is not Amazon's"
            ) from None

    def _unusable_catalog(self, path: str, error: BaseException | None) -> TrackerError:
        """The error for what SQLite says of the catalog: the fault of its disk, or else damage."""
        fault = fault_of(error) if error else None
        if error and fault is not DiskFault.DAMAGED and (told := as_error(error, Path(path))):
            return told
        return self._damaged(path, error)

    @contextmanager
    def readable(self, location: str) -> Iterator[None]:
        """Raise ExportError within it where the table at `location` lacks files, or they make no sense."""
        from pyiceberg.exceptions import ValidationError

        try:
            yield
        except (FileNotFoundError, ValueError, ValidationError) as error:
            if isinstance(error, FileNotFoundError) and not self.is_local:
                raise  # the bucket itself may not be there
            raise self._damaged(location, error) from None

    def _damaged(self, name: str, error: BaseException | None) -> ExportError:
        problem = str(error).partition("\n")[0]
        return ExportError(f"{name} cannot be read ({problem:.200}): delete {self.root} and export again")

    # ---- files ----------------------------------------------------------------------------------------------

    def put(self, io: FileIO, source: Path, address: str) -> None:
        """Make the file at `address` one with the bytes of `source`, unless an earlier export has done so."""
        size = source.stat().st_size
        if self._size(io, address) == size:
            return
        if self.is_local and _link(source, Path(address)):
            self.linked += 1
            return
        self._copy(io, source, address)
        self.copied += 1
        self.copied_bytes += size

    def write(self, io: FileIO, address: str, write: Callable[[Path], bool], scratch: Path) -> bool:
        """Make the file at `address` with `write`, if that says that it is wanted; in a bucket by way of `scratch`."""
        if self.is_local:
            with atomic_path(Path(address)) as temporary:
                is_wanted = write(temporary)
            if not is_wanted:
                Path(address).unlink()
            return is_wanted
        file = scratch / address.rpartition("/")[2]
        if is_wanted := write(file):
            self._copy(io, file, address)
        file.unlink()
        return is_wanted

    def _copy(self, io: FileIO, source: Path, address: str) -> None:
        if self.is_local:
            with atomic_path(Path(address)) as temporary:
                shutil.copyfile(source, temporary)
        else:
            with source.open("rb") as file, io.new_output(address).create(overwrite=True) as upload:
                shutil.copyfileobj(file, upload, _CHUNK)

    def _size(self, io: FileIO, address: str) -> int | None:
        if self.is_local:
            return Path(address).stat().st_size if Path(address).exists() else None
        file = io.new_input(address)
        return len(file) if file.exists() else None

    # ---- the newest state of a table -------------------------------------------------------------------------

    def hint(self, io: FileIO, location: str) -> str | None:
        """The address of a table's newest metadata, as its version hint names it; None if there is no hint."""
        file = io.new_input(f"{location}/{_HINT}")
        if not file.exists():
            return None
        with file.open() as opened:
            return f"{location}/metadata/{opened.read().decode()}.metadata.json"

    def leave_hint(self, io: FileIO, location: str, metadata_location: str) -> None:
        """Note a table's newest metadata for readers without a catalog, in one step."""
        if self.hint(io, location) == metadata_location:
            return
        name = metadata_location.rpartition("/")[2].removesuffix(".metadata.json").encode()
        if self.is_local:
            write_atomic(Path(location) / _HINT, name)
        else:
            with io.new_output(f"{location}/{_HINT}").create(overwrite=True) as file:
                file.write(name)


def _link(source: Path, target: Path) -> bool:
    """Give a file a second name; False on another file system, or on one without links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with suppress(OSError):
        os.link(source, target)
        return True
    return False
