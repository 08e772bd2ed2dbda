from __future__ import annotations

from pulse.logs import redact


def test_mail_addresses_ahv_numbers_and_secrets_never_reach_the_log() -> None:
    event = redact(
        None,
        "info",
        {
            "event": "refused anna@clients.example, 756.9217.0769.85",
            "password": "x",
            "details": {"api_token": "y", "to": ["a@b.example"]},
        },
    )
    assert event == {
        "event": "refused [mail], [ahv]",
        "password": "[secret]",
        "details": {"api_token": "[secret]", "to": ["[mail]"]},
    }


def test_the_message_id_of_our_own_letter_stays_readable() -> None:
    message_id = "<letter.10000001.client.approved.1@insurer.example>"
    assert redact(None, "info", {"message_id": message_id}) == {"message_id": message_id}
