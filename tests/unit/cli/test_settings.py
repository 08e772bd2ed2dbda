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


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("PULSE_READING_CONFIDENCE", ["1.01", "-0.1", "high", "nan"]),
        ("PULSE_READ_MEMORY_MIB", ["64", "512 MiB", "0.5"]),
        ("PULSE_READ_TIME_S", ["0", "-1", "20s", "inf", "nan"]),
        ("PULSE_READ_PAGES", ["0", "-3", "all", "1.5"]),
        ("PULSE_READ_OCR_PAGE_S", ["0", "-1", "half a minute", "inf"]),
        ("PULSE_READ_OCR_TIME_S", ["0", "-1", "4m", "inf"]),
        ("PULSE_READ_PASSWORDS_FILE", ["/nowhere/passwords"]),
        ("PULSE_READING_MODEL_URL", ["localhost:8000", "ftp://model/v1", ""]),
        ("PULSE_READING_MODEL_KEY_FILE", ["/nowhere/key"]),
        ("PULSE_READING_MODEL_TIMEOUT_S", ["0", "-1", "soon", "inf"]),
    ],
)
def test_a_wrong_value_for_reading_stops_the_start_and_is_named(key: str, wrong: list[str]) -> None:
    for value in wrong:
        with pytest.raises(Misconfigured, match=key) as caught:
            load({key: value})
        assert caught.value.details["key"] == key


def test_every_setting_of_reading_has_a_wrong_value_above_or_takes_any_text() -> None:
    (marks,) = test_a_wrong_value_for_reading_stops_the_start_and_is_named.pytestmark  # type: ignore[attr-defined]
    tried = {key.removesuffix("_FILE") for key, _ in marks.args[1]}
    named = {f"PULSE_{name.upper()}" for name in Settings.model_fields if name.startswith(("read_", "reading_"))}
    assert named - tried == {"PULSE_READING_MODEL"}


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
