"""Object storage for tests: a folder by `file://`, and moto's server, which speaks S3 on the loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SECRET = "wJalrXUtnFEMI-secret"


@dataclass(frozen=True)
class Storage:
    """A running server, and the bucket that a test may use."""

    endpoint: str
    bucket: str

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/13f"

    def client(self) -> Any:
        import boto3

        return boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, and none of the credentials of whoever runs it."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "TRACKER_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("TRACKER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of an S3 server on a free port of the loopback."""
    pytest.importorskip("s3fs", reason="the extra `s3` is not installed")
    server = pytest.importorskip("moto.server", reason="moto[server], which stands in for S3, is not installed")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def storage(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Storage:
    """An empty bucket, with credentials in the environment; only for tests marked `integration`."""
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "AKIATEST"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    storage = Storage(endpoint, f"bucket-{abs(hash(str(tmp_path))):x}")
    storage.client().create_bucket(Bucket=storage.bucket)
    return storage
