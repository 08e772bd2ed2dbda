"""`pulse mail rules` at the command line, over a real mailbox."""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mail_house import CLAIMS, MAILBOXES, engine_away, filled_database, settings
from mails import PROVIDER, mail
from typer.testing import CliRunner, Result

from db.database import Database
from db.tables import audit_events
from pulse.base.errors import PulseError
from pulse.cli.root import app
from pulse.demo.mailserver import DemoMailServer
from pulse.synthetic import form_pdf, invoice

COLLEAGUE = "anna@insurer.example"

RULES = """
[[rule]]
name = "Newsletters"
sender = ["*.news.example", "press@shop.example"]
action = "ignore"
afterwards = "move"
move_to = "News"

[[rule]]
name = "Complaints"
subject = "*beschwerde*"
action = "forward"
forward_to = "anna@insurer.example"

[[rule]]
name = "Questions"
without_attachment = "*.pdf"
action = "reply"
reply_text = '''
Guten Tag
Bitte rufen Sie uns an: "031".'''
"""

Pulse = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[DemoMailServer]:
    with DemoMailServer({**MAILBOXES, PROVIDER: "three", COLLEAGUE: "four"}) as server:
        yield server


@pytest.fixture
def pulse(server: DemoMailServer, tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """Runs `pulse mail …` with the settings of an insurer."""
    filled_database(tmp_path)
    for name, value in settings(tmp_path, engine_away(free_port), server).items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(app, ["mail", *words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return path


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_what_trying_the_rules_tells_is_what_the_next_look_does(
    pulse: Pulse, server: DemoMailServer, file: Path
) -> None:
    assert "3 rules are in force" in pulse("rules", "import", str(file)).stdout
    annex = form_pdf(invoice(7), annex=False)
    sent = [
        (mail(sender="a@b.news.example", return_path=None), "Newsletters"),
        (mail(annex, subject="Beschwerde", return_path=None), "Complaints"),
        (mail(annex, return_path=None), ""),
        (mail(subject="Wann kommt das Geld?", return_path=None), "Questions"),
    ]
    with smtplib.SMTP(server.host, server.smtp_port) as client:
        for data, _ in sent:
            client.sendmail(PROVIDER, [CLAIMS], data)
    told = lines(pulse("rules", "--try", "--last", "10", "--json"))
    assert [one["rule"] for one in reversed(told)] == [rule for _, rule in sent]
    assert told[0]["words"] == "answered with the rule’s text, then filed as usual"
    assert [one["action"] for one in reversed(told)] == ["ignore", "forward", "invoice", "reply"]
    in_words = pulse("rules", "--try", "--last", "1").stdout
    assert "Wann kommt das Geld?" in in_words
    assert "Questions: answered with the rule’s text" in in_words
    assert "Beschwerde" not in in_words
    assert server.mails(CLAIMS) != []
    subprocess.run([sys.executable, "-m", "pulse", "mail", "--once"], timeout=150, check=True, capture_output=True)
    database = Database(f"sqlite:///{file.parent / 'pulse.db'}")
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT rule, outcome FROM mails ORDER BY id").all()
        audited = connection.execute(audit_events.select().order_by(audit_events.c.id)).mappings().all()
    database.close()
    assert [rule for rule, _ in rows] == [rule for _, rule in sent]
    assert [outcome for _, outcome in rows] == ["ignored", "person", "invoice", "returned"]
    (forwarded,) = server.mails(COLLEAGUE)
    assert b"Content-Type: message/rfc822" in forwarded
    (answer,) = server.mails(PROVIDER)
    assert b"Bitte rufen Sie uns an" in answer
    assert audited[0]["action"] == "claims:mail_rule:imported"
    assert audited[0]["actor"].startswith("cli:")
    again = lines(pulse("rules", "--try", "--json"))
    assert sorted(one["rule"] for one in again) == sorted(rule for _, rule in sent)


def test_rules_are_listed_switched_and_moved(pulse: Pulse, file: Path) -> None:
    assert "There are no mail rules" in pulse("rules").stdout
    pulse("rules", "import", str(file))
    assert pulse("rules", "off", "Newsletters").stdout == "Newsletters is off.\n"
    assert pulse("rules", "move", "Questions", "1").stdout == "Questions is number 1 now.\n"
    found = lines(pulse("rules", "--json"))
    assert [(one["place"], one["name"], one["enabled"]) for one in found] == [
        (1, "Questions", True),
        (2, "Newsletters", False),
        (3, "Complaints", True),
    ]
    pulse("rules", "on", "Newsletters")
    shown = pulse("rules").stdout
    assert "sender *.news.example or press@shop.example" in shown
    assert "→ forwarded to anna@insurer.example, then filed as usual" in shown
    unknown = pulse("rules", "on", "Nobody").exception
    assert isinstance(unknown, PulseError)
    assert unknown.message == "There is no mail rule 'Nobody'."


def test_what_is_exported_is_imported_as_it_was(pulse: Pulse, file: Path, tmp_path: Path) -> None:
    pulse("rules", "import", str(file))
    before = lines(pulse("rules", "--json"))
    out = tmp_path / "out.toml"
    pulse("rules", "export", "-o", str(out))
    assert out.read_text(encoding="utf-8") == pulse("rules", "export").stdout
    (tmp_path / "none.toml").write_text("", encoding="utf-8")
    assert pulse("rules", "import", str(tmp_path / "none.toml")).stdout.startswith("0 rules")
    assert lines(pulse("rules", "--json")) == []
    pulse("rules", "import", str(out))
    assert lines(pulse("rules", "--json")) == before


def test_a_file_with_mistakes_changes_nothing_and_each_is_named(pulse: Pulse, file: Path, tmp_path: Path) -> None:
    pulse("rules", "import", str(file))
    bad = tmp_path / "bad.toml"
    bad.write_text(
        """
[[rule]]
name = "fine"
action = "ignore"
[[rule]]
name = "wrong"
action = "forward"
forward_to = "me@elsewhere.example"
subjct = "x"
older_than_days = 0
[[rule]]
action = "delete"
[[rule]]
name = "fine"
action = "reply"
reply_text = "x"
move_to = "y"
""",
        encoding="utf-8",
    )
    refused = pulse("rules", "import", str(bad))
    assert refused.exit_code == 2
    for words in (
        "wrong: forward_to: mails are forwarded within the house alone: to addresses at insurer.example",
        "wrong: subjct: there is no such key",
        "wrong: older_than_days: must be a number of days from 1 to 36500",
        "rule 3: name: this is needed",
        "rule 3: action: must be one of invoice, ignore, forward, reply",
        "fine: move_to: only with afterwards = move",
        "Nothing was imported.",
    ):
        assert words in refused.stderr
    bad.write_text('[[rule]]\nname = "a"\naction = "ignore"\n' * 2, encoding="utf-8")
    assert "a: name: two rules have this name" in pulse("rules", "import", str(bad)).stderr
    bad.write_text("[[rule]\n", encoding="utf-8")
    assert "This is no TOML" in pulse("rules", "import", str(bad)).stderr
    assert len(lines(pulse("rules", "--json"))) == 3


def test_a_rule_that_no_mail_reaches_is_told(pulse: Pulse, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        '[[rule]]\nname = "all"\naction = "ignore"\n[[rule]]\nname = "late"\nsubject = "x"\naction = "invoice"\n',
        encoding="utf-8",
    )
    words = "No mail reaches it: all takes them all before."
    assert f"late: {words}" in pulse("rules", "import", str(path)).stderr
    assert words in pulse("rules").stdout
    assert [one["never_reached"] for one in lines(pulse("rules", "--json"))] == ["", words]
