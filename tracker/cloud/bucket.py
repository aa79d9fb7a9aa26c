"""Object storage through fsspec: S3, Google Cloud Storage, Azure, or a folder that is shared (`file://`).

Every error is one line with its cure; no answer is waited for longer than some seconds. Credentials are those that
fsspec finds in the environment, and are never printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import SettingError, SourceError, StoreError
from ..files import incoming, write_atomic
from ..remote import EXAMPLE

_CONNECT_SECONDS, _READ_SECONDS, _WHOLE_SECONDS, _TRIES = 3, 15, 20.0, 2
_PATIENCE: dict[str, Mapping[str, Any]] = {
    "s3": {
        "config_kwargs": {
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": _READ_SECONDS,
            "retries": {"max_attempts": _TRIES, "mode": "standard"},
        }
    },
}
_POLARS: dict[str, Mapping[str, object]] = {"s3": {"max_retries": _TRIES}, "gs": {"max_retries": _TRIES}}
_LIBRARIES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}
_OVERTAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
# of botocore, google-auth and azure-identity, which have no base in common
_WITHOUT_CREDENTIALS = frozenset(
    {
        "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound",
        "DefaultCredentialsError", "CredentialUnavailableError", "ClientAuthenticationError",
    }
)  # fmt: skip
_UNUSABLE = frozenset("?#%*[]{}\\")
_TAGS = ("ETag", "etag", "generation")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "created")


class Overtaken(StoreError):
    """Somebody else has written the object since it was read."""


@dataclass(frozen=True)
class Stored:
    """An object: its size in bytes, and when it was written."""

    size: int
    written_at: datetime | None


class Bucket:
    """A place in object storage: names are relative to its address.

    Raises SettingError if the address makes no sense or the extra is not installed. All methods raise SourceError if
    the storage does not answer or refuses.
    """

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        if unusable := _UNUSABLE.intersection(url) or {mark for mark in url if not mark.isprintable()}:
            raise SettingError(f"{url!r:.200} has {min(unusable)!r} in it: name it without, as in {EXAMPLE}")
        if scheme != "file" and not rest.partition("/")[0]:
            raise SettingError(f"{url} names no bucket: write {EXAMPLE}")
        self.url, self.scheme = url, scheme
        self.root = rest
        self._fs = self._open()

    @property
    def storage_options(self) -> Mapping[str, object] | None:
        """What polars has to be told besides what it finds in the environment."""
        return _POLARS.get(self.scheme)

    def source(self, name: str) -> str | Path:
        """Where polars reads an object from."""
        return Path(self._path(name)) if self.scheme == "file" else f"{self.url}/{name}"

    def read(self, name: str, limit: int) -> tuple[bytes, object] | None:
        """An object of at most `limit` bytes, and what `swap` knows it by; None if there is none."""
        with self._telling():
            try:
                if self.scheme == "s3":  # one request, whose answer says both
                    return self._get_object(name, limit)
                # asked for first: what is written in between is then found to be another
                facts = self._fs.info(self._path(name))
                _refuse_larger(facts["size"], limit)
                return self._fs.cat_file(self._path(name)), _first(facts, _TAGS)
            except FileNotFoundError as error:
                self._require_bucket(error)
                return None

    def swap(self, name: str, data: bytes, tag: object) -> None:
        """Write an object if it is still the one that `read` returned `tag` with (None: if there is none).

        Raises Overtaken if it is not. S3 compares as it writes; of others it is compared just before.
        """
        if self.scheme == "s3":
            condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
            with self._telling():
                self._fs.pipe_file(self._path(name), data, **condition)
            return
        before = self.read(name, len(data) * 10 + 2**26)
        if (before[1] if before else None) != tag:
            raise Overtaken(f"{self.url}/{name} was written meanwhile")
        self.write(name, data)

    def write(self, name: str, data: bytes) -> None:
        """Write an object, all or nothing."""
        with self._telling():
            if self.scheme == "file":
                write_atomic(Path(self._path(name)), data)
            else:
                self._fs.pipe_file(self._path(name), data)

    def upload(self, path: Path, name: str) -> None:
        """Write a file's bytes to an object, all or nothing. Raises FileNotFoundError if there is no such file."""
        path.open("rb").close()
        with self._telling():
            if self.scheme == "file":
                self._copy_file(path, Path(self._path(name)))
            else:
                self._fs.put_file(str(path), self._path(name))

    def download(self, name: str, path: Path) -> None:
        """Write an object's bytes to a file, which is not whole before this returns."""
        with self._telling():
            self._fs.get_file(self._path(name), str(path))

    def copy(self, name: str, target: str) -> None:
        """Copy an object to another name; its bytes do not leave the storage."""
        with self._telling():
            if self.scheme == "file":
                self._copy_file(Path(self._path(name)), Path(self._path(target)))
            else:
                self._fs.cp_file(self._path(name), self._path(target))

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; one that is not there is none."""
        paths = [self._path(name) for name in names]
        with self._telling(), suppress(FileNotFoundError):
            if paths:
                self._fs.rm(paths)

    def below(self, folder: str) -> dict[str, Stored]:
        """All objects below a folder, by name."""
        with self._telling():
            try:
                found = self._fs.find(self._path(folder), detail=True)
            except FileNotFoundError:
                return {}
        start = len(self._path("")) if self.root else 0
        return {name[start:]: Stored(facts["size"], _written_at(facts)) for name, facts in found.items()}

    def _get_object(self, name: str, limit: int) -> tuple[bytes, object]:
        from fsspec.asyn import sync

        data, tag = sync(self._fs.loop, _get_object, self._fs, self._path(name), limit, timeout=_WHOLE_SECONDS)
        return data, tag

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _open(self) -> Any:
        try:
            import fsspec

            if self.scheme in _LIBRARIES:
                import_module(_LIBRARIES[self.scheme])
            options = {**_PATIENCE.get(self.scheme, {}), "use_listings_cache": False, "skip_instance_cache": True}
            if self.scheme == "file":
                return fsspec.filesystem("file", auto_mkdir=True)
            storage = fsspec.filesystem(self.scheme, **options)
        except ImportError as error:
            extra = "s3" if self.scheme == "file" else self.scheme
            cure = f"run `python -m pip install '.[{extra}]'` in the source folder"
            raise SettingError(f"{self.scheme}:// needs the extra `{extra}` ({error}): {cure}") from None
        except Exception as error:  # an account or a key that is missing: each library has errors of its own
            raise SettingError(
                f"{self.url} cannot be opened ({_line(error)}): set what {self.scheme}:// needs in the environment"
            ) from None
        if self.scheme == "s3":
            storage.retries = _TRIES
        return storage

    def _copy_file(self, path: Path, target: Path) -> None:
        import shutil

        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = incoming(target)
        try:
            shutil.copyfile(path, temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def _require_bucket(self, error: FileNotFoundError) -> None:
        """Raise SettingError if the bucket is not there either."""
        if self.scheme == "file":
            return
        bucket = self.root.partition("/")[0]
        with suppress(PermissionError):  # who may not list a bucket may read an object
            try:
                is_there = self._fs.exists(bucket)
            except FileNotFoundError:
                is_there = False
            if not is_there:
                raise SettingError(f"there is no bucket {bucket}: make it, or name another than {self.url}") from error

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what any of the libraries raises into one line."""
        try:
            yield
        except (SettingError, SourceError, StoreError):
            raise
        except FileExistsError:
            raise Overtaken(f"{self.url} was written to meanwhile") from None
        except PermissionError as error:
            raise SourceError(
                f"{self.url} may not be used with these credentials ({_line(error)}): check them, and the bucket's "
                "policy"
            ) from None
        except FileNotFoundError as error:
            raise SourceError(f"{self.url} does not have what it should ({_line(error)}): push it again") from None
        except Exception as error:  # botocore's, google's and azure's errors have no base in common
            raise self._told(error) from None

    def _told(self, error: Exception) -> Exception:
        line, behind = _line(error), [*_behind(error)]
        if any(_code(each) in _OVERTAKEN for each in behind):
            return Overtaken(f"{self.url} was written to meanwhile")
        if any(type(each).__name__ in _WITHOUT_CREDENTIALS for each in behind):
            return SettingError(
                f"{self.url} cannot be opened without credentials ({line}): set those of {self.scheme}:// in the "
                "environment, such as AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        return SourceError(
            f"{self.url} does not answer as it should ({line}): check the address, the network, and AWS_ENDPOINT_URL "
            "if it is set, then run the same command again"
        )


async def _get_object(storage: Any, path: str, limit: int) -> tuple[bytes, object]:
    bucket, key, _ = storage.split_path(path)
    answer = await storage._call_s3("get_object", Bucket=bucket, Key=key)
    async with answer["Body"] as body:
        _refuse_larger(answer["ContentLength"], limit)
        return await body.read(), answer["ETag"]


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def _code(error: BaseException) -> object:
    """The code by which S3 names an error; None of any other."""
    response = getattr(error, "response", None)  # botocore's
    told = response.get("Error") if isinstance(response, Mapping) else None
    return told.get("Code") if isinstance(told, Mapping) else None


def _refuse_larger(size: int, limit: int) -> None:
    if size > limit:
        raise StoreError(f"a manifest has {size:,} bytes, more than any that was pushed: push the home again")


def _first(facts: Mapping[str, Any], names: Iterable[str]) -> object:
    """The first fact that is there; of a file on disk, its time of change and number."""
    for name in names:
        if facts.get(name):
            return facts[name]
    return f"{facts.get('mtime')} {facts.get('ino')} {facts.get('size')}"


def _written_at(facts: Mapping[str, Any]) -> datetime | None:
    for name in _TIMES:
        value = facts.get(name)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            with suppress(ValueError):
                value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
    return None


def _line(error: Exception) -> str:
    return (str(error).strip().partition("\n")[0] or type(error).__name__)[:300]
