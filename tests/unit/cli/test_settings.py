from __future__ import annotations

from pathlib import Path

import pytest

from pulse.base.errors import Misconfigured
from pulse.settings import Settings, load


def test_without_anything_set_everything_lies_in_one_folder() -> None:
    settings = load({})
    assert settings.database.startswith("sqlite:///")
    assert str(settings.data_dir) in settings.database
    assert str(settings.data_dir) in settings.documents


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("PULSE_DATABSE_URL", "sqlite:///x.db"),
        ("PULSE_ENGINE_URL", "localhost:8080"),
        ("PULSE_DATABASE_URL", "mysql://x"),
        ("PULSE_IMAP_TLS", "ssl"),
        ("PULSE_WEB_PORT", "70000"),
        ("PULSE_IMAP_PASSWORD_FILE", "/nowhere/secret"),
        ("PULSE_SETTINGS", "/nowhere/pulse.toml"),
    ],
)
def test_a_wrong_key_or_value_stops_the_start_and_is_named(key: str, value: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        load({key: value})
    assert key in caught.value.message
    assert caught.value.details["key"] == key


def test_a_secret_is_read_from_its_file_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    settings = load({"PULSE_IMAP_PASSWORD_FILE": str(tmp_path / "secret")})
    assert settings.imap_password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pulse.toml"
    file.write_text('web_port = 9000\nimap_host = "mail.example"\n')
    settings = load({"PULSE_SETTINGS": str(file), "PULSE_WEB_PORT": "9001"})
    assert (settings.web_port, settings.imap_host) == (9001, "mail.example")


def test_an_unknown_key_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "pulse.toml").write_text("imap_hots = 'x'\n")
    with pytest.raises(Misconfigured, match="imap_hots"):
        load({"PULSE_SETTINGS": str(tmp_path / "pulse.toml")})


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_an_engine_may_have_several_nodes() -> None:
    settings = load({"PULSE_ENGINE_URL": "http://a:8080/engine-rest/, http://b:8080/engine-rest"})
    assert settings.engine_url == "http://a:8080/engine-rest,http://b:8080/engine-rest"
    with pytest.raises(Misconfigured, match="PULSE_ENGINE_URL"):
        load({"PULSE_ENGINE_URL": "http://a:8080/engine-rest,b:8080"})


def test_with_several_nodes_a_poll_may_not_hide_tasks_for_long() -> None:
    with pytest.raises(Misconfigured, match="PULSE_WORKER_POLL_S"):
        load({"PULSE_WORKER_POLL_S": "30"})


def test_a_dead_gateways_mailbox_is_free_within_two_minutes() -> None:
    with pytest.raises(Misconfigured, match="PULSE_MAIL_LEASE_S"):
        load({"PULSE_MAIL_LEASE_S": "121"})
