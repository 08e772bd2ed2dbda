"""Settings of the data and of the engine."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from pulse.settings.types import DatabaseUrl, EngineUrls, HttpUrl

_CHECKOUT = Path(__file__).resolve().parent.parent.parent


def _data_dir() -> Path:
    return _CHECKOUT / "var" if (_CHECKOUT / "pyproject.toml").exists() else Path.cwd() / "pulse-data"


class CoreSettings(BaseSettings):
    """Where everything is kept, and which engine runs the process."""

    data_dir: Path = Field(default_factory=_data_dir, description="The only folder that Pulse writes to.")
    database_url: DatabaseUrl | None = Field(None, description="SQLAlchemy URL; default: SQLite in the data folder.")
    documents_url: str | None = Field(None, description="Folder or fsspec URL of documents; default: data folder.")

    engine_url: EngineUrls = Field(
        "http://127.0.0.1:8085/engine-rest", description="REST root of the process engine; its nodes with commas."
    )
    engine_user: str | None = Field(None, description="Basic auth at the engine; `pulse engine` asks for it too.")
    engine_password: SecretStr | None = Field(None, description="Basic auth at the engine.")
    engine_token: SecretStr | None = Field(None, description="Bearer token for the engine.")
    engine_token_file: Path | None = Field(None, description="The same in a file that is read again when it changes.")
    engine_oauth_token_url: HttpUrl | None = Field(None, description="Where OAuth2 client credentials get a token.")
    engine_oauth_client_id: str | None = Field(None, description="OAuth2 client.")
    engine_oauth_client_secret: SecretStr | None = Field(None, description="OAuth2 client.")
    engine_oauth_scope: str | None = Field(None, description="OAuth2 scopes, with blanks between.")
    engine_store_url: DatabaseUrl | None = Field(None, description="Database of the engine that `pulse engine` runs.")
    engine_java_options: str = Field("-Xmx512m", description="Options of the Java that runs Operaton or Camunda 7.")
