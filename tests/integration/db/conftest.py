from __future__ import annotations

from postgres import database, postgres_server
from s3_faults import s3_fault, s3_proxy
from s3_server import bucket, s3_server

__all__ = ["bucket", "database", "postgres_server", "s3_fault", "s3_proxy", "s3_server"]
