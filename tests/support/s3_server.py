"""A private S3 server that speaks the protocol over HTTP (moto), in a process of its own, and another client of it."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3
import pytest
from botocore.config import Config
from s3fs import S3FileSystem

_BUCKETS = itertools.count(1)
_RUNNING = re.compile(r"Running on (http://127\.0\.0\.1:(\d+))")
_START_S = 60.0


class S3Server:
    """Runs within `with`; keys and regions are whatever a client says."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="s3-")
        said = Path(self._folder.name) / "said"
        with said.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
                stdout=log, stderr=log, cwd=self._folder.name, env={**os.environ, **self.login()},
            )  # fmt: skip
        deadline = time.monotonic() + _START_S
        while not (found := _RUNNING.search(said.read_text())):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(said.read_text())
            time.sleep(0.05)
        self.url, self.port = found[1], int(found[2])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._folder.cleanup()

    @staticmethod
    def login() -> dict[str, str]:
        """What a client's environment needs, the address apart."""
        return {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def environment(self, url: str | None = None) -> dict[str, str]:
        """What a client's environment needs to find the server, at another address where one is given."""
        return self.login() | {"AWS_ENDPOINT_URL_S3": url or self.url}

    def bucket(self) -> Bucket:
        """A new, empty one."""
        client = boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id="other", aws_secret_access_key="client",
            region_name="us-east-1", config=Config(retries={"total_max_attempts": 2}),
        )  # fmt: skip
        name = f"pulse-{os.getpid()}-{next(_BUCKETS)}"
        client.create_bucket(Bucket=name)
        return Bucket(client, name)


@dataclass(frozen=True)
class Bucket:
    """One bucket, by another client than ours."""

    client: Any
    name: str

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)

    def objects(self, prefix: str = "") -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return sorted(found["Key"] for page in pages for found in page.get("Contents", []))


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A new bucket, on the server that this process's environment names."""
    for key, value in s3_server.environment().items():
        monkeypatch.setenv(key, value)
    S3FileSystem.clear_instance_cache()
    yield s3_server.bucket()
    S3FileSystem.clear_instance_cache()
