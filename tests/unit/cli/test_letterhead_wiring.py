"""What is wrong with logo, colour or templates is told at the start, and by `pulse doctor`, by the setting's name."""

from __future__ import annotations

from pathlib import Path

import pytest
from letter_samples import make_facts
from paper import logo_file
from typer.testing import CliRunner

from letters.letterhead import Letterhead
from letters.writer import TemplateWriter
from pulse import wiring
from pulse.base.errors import Misconfigured
from pulse.cli.root import app
from pulse.settings import load
from pulse.wiring import letters as wired


def test_the_letterhead_is_as_set(tmp_path: Path) -> None:
    settings = {
        "PULSE_INSURER_LOGO": str(logo_file(tmp_path)),
        "PULSE_INSURER_COLOUR": "#a00030",
        "PULSE_LETTERS_WINDOW": "left",
    }
    look = wiring.policy(load(settings)).letterhead
    assert look.logo is not None
    assert (look.window, round(look.accent[0] * 255)) == ("left", 160)
    plain = wiring.policy(load({})).letterhead
    assert (plain.logo, plain.window) == (Letterhead().logo, "right")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("PULSE_INSURER_COLOUR", "#ffcc00", "contrast of 1.5"),
        ("PULSE_INSURER_COLOUR", "red", "no colour like #054a61"),
        ("PULSE_INSURER_LOGO", "/nowhere/logo.png", "No such file"),
        ("PULSE_INSURER_LOGO", __file__, "neither PNG nor JPEG"),
        ("PULSE_LETTERS_TEMPLATES", "/nowhere", "no folder"),
    ],
)
def test_what_cannot_be_used_is_named(
    key: str, value: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Misconfigured, match=said) as refusal:
        wiring.policy(load({key: value}))
    assert key in refusal.value.message
    assert refusal.value.details == {"key": key}
    monkeypatch.setenv("PULSE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(key, value)
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert key in done.output or key in str(done.exception)


def test_own_templates_word_the_letters_once_each_letter_has_been_tried(tmp_path: Path) -> None:
    folder = tmp_path / "own" / "de"
    folder.mkdir(parents=True)
    blocks = {"subject": "Entscheid", "explanation": "Wir zahlen {{ amount_approved }}.", "next": "Nichts weiter."}
    own = "".join(f"{{% block {name} %}}{text}{{% endblock %}}" for name, text in blocks.items())
    (folder / "approved_client.txt").write_text(own)
    settings = load({"PULSE_LETTERS_TEMPLATES": str(folder.parent)})
    writer = wired.writer(settings)
    assert isinstance(writer, TemplateWriter)
    assert writer.write(make_facts()).paragraphs == ("Wir zahlen CHF 80.35.",)
    assert wiring.policy(settings).texts.line("subject", make_facts()) == "Entscheid"


def test_own_templates_that_fail_stop_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "bad" / "fr"
    folder.mkdir(parents=True)
    own = "".join(
        f"{{% block {name} %}}{{{{ ''.__class__ }}}}{{% endblock %}}" for name in ("subject", "explanation", "next")
    )
    (folder / "denied_client.txt").write_text(own)
    with pytest.raises(Misconfigured, match=r"PULSE_LETTERS_TEMPLATES: SecurityError in block subject.*\(fr\)"):
        wiring.policy(load({"PULSE_LETTERS_TEMPLATES": str(folder.parent)}))
