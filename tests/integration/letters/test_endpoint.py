"""An OpenAI-compatible endpoint over real HTTP: what is asked, what is counted, and every way it can go wrong."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from chat_server import Script, answers, chat_server, drips, hangs_up, in_turn, said
from letter_samples import make_facts

from letters.endpoint import EndpointModel
from letters.language_model import ModelUnavailable
from letters.model_writer import ModelWriter, Price
from letters.occasions import Kind
from letters.placeholders import with_tokens
from letters.prompt import prompt
from letters.texts import default_texts
from letters.writer import TemplateWriter

pytest.importorskip("lingua", reason="the extra `models` is not installed")

GOOD = "\n\n".join(with_tokens(make_facts(), default_texts())).replace("geprüft", "genau angeschaut")
USAGE = {"prompt_tokens": 200, "completion_tokens": 50, "total_tokens": 250}
#: What a test waits for a letter at most that nobody words in time, far below what each drop would grant.
LIMIT_S, PATIENCE_S = 1.5, 20.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def test_a_letter_worded_by_an_endpoint_is_recorded_with_its_tokens_and_cost() -> None:
    letter, price = make_facts(), Price(Decimal("0.50"), Decimal("2.00"))
    with chat_server(answers(said(GOOD, usage=USAGE, system_fingerprint="fp_1"))) as desk:
        wording = ModelWriter("small", model=EndpointModel(desk.url, "small", key="k1"), price=price).write(letter)

    assert (wording.worded_by, wording.attempts, wording.failed) == ("model", 1, ())
    assert "2026-0101 vom 12. Juni 2026 von Apotheke zum Bären AG genau angeschaut" in wording.paragraphs[0]
    assert (wording.model, wording.revision) == ("small", "fp_1")
    assert (wording.prompt_tokens, wording.tokens, wording.cost) == (200, 50, Decimal("0.000200"))
    assert wording.record()["cost"] == "0.000200"
    (asked,) = desk.asked
    assert asked == {
        "path": "/v1/chat/completions",
        "key": "Bearer k1",
        "model": "small",
        "messages": [{"role": "user", "content": prompt(letter)}],
        "temperature": 0,
        "max_tokens": 400,
        "stream": False,
    }


def test_nothing_of_the_case_is_sent() -> None:
    letter = make_facts(Kind.DENIED)
    with chat_server(answers(b"", 500)) as desk:
        ModelWriter("small", model=EndpointModel(desk.url, "small")).write(letter)
    sent = str(desk.asked)
    for value in ("80.35", "2026-0101", "Bären", "Győri", "756", "Abilify", "7680", "12. Juni"):
        assert value not in sent


def test_a_model_that_thinks_aloud_is_told_not_to() -> None:
    with chat_server(answers(said(GOOD))) as desk:
        EndpointModel(desk.url, "small", thinking=True).answer("x")
    assert desk.asked[0]["chat_template_kwargs"] == {"enable_thinking": False}


def test_a_set_revision_is_what_is_recorded() -> None:
    with chat_server(answers(said(GOOD, system_fingerprint="fp_1"))) as desk:
        model = EndpointModel(desk.url, "small", revision="r7")
        model.answer("x")
    assert model.revision == "r7"


def test_without_counted_tokens_no_cost_is_claimed() -> None:
    price = Price(Decimal(1), Decimal(1))
    with chat_server(answers(said(GOOD))) as desk:
        wording = ModelWriter("small", model=EndpointModel(desk.url, "small"), price=price).write(make_facts())
    assert (wording.worded_by, wording.tokens, wording.cost) == ("model", 0, None)


def test_the_second_try_is_counted_with_the_first() -> None:
    script = in_turn(answers(said("We pay 99 francs.", usage=USAGE)), answers(said(GOOD, usage=USAGE)))
    price = Price(Decimal(10), Decimal(10))
    with chat_server(script) as desk:
        wording = ModelWriter("small", model=EndpointModel(desk.url, "small"), price=price).write(make_facts())
    assert (wording.worded_by, wording.attempts, wording.fallback_reason) == ("model", 2, None)
    assert len(wording.failed) == 1
    assert {"language", "number"} <= set(wording.failed[0].split(","))
    assert (wording.prompt_tokens, wording.tokens, wording.cost) == (400, 100, Decimal("0.005000"))


@pytest.mark.parametrize("finish", ["length", "content_filter", "tool_calls", None])
def test_an_answer_that_did_not_come_to_its_end_is_not_used(finish: str | None) -> None:
    with chat_server(answers(said(GOOD, finish=finish))) as desk:
        wording = ModelWriter("small", model=EndpointModel(desk.url, "small")).write(make_facts())
    assert (wording.worded_by, wording.attempts, wording.fallback_reason) == ("template", 2, "unfinished")


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (answers(b"slow down", 429, **{"Retry-After": "3600"}), "http_429"),
        (answers(b"{}", 401), "http_401"),
        (answers(b"<html>", 500), "http_500"),
        (answers(said(GOOD), 503), "http_503"),
        (answers(b"", 204), "http_204"),
        (answers(b"", 302, Location="http://127.0.0.1:9/v1/chat/completions"), "http_302"),
        (answers(b"", 307, Location="/v1/elsewhere"), "http_307"),
        (answers(b""), "answer"),
        (answers(b"not json"), "answer"),
        (answers(b"\xff\xfe\x00"), "answer"),
        (answers(b"[" * 100_000), "answer"),
        (answers(b"null"), "answer"),
        (answers(b"[]"), "answer"),
        (answers(b'{"error": {"message": "no such model"}}'), "answer"),
        (answers(b'{"choices": []}'), "answer"),
        (answers(b'{"choices": ["x"]}'), "answer"),
        (answers(b'{"choices": [{"message": null}]}'), "answer"),
        (answers(said(None)), "answer"),
        (answers(said([{"type": "text", "text": GOOD}])), "answer"),
        (answers(said("x" * (2 << 20))), "endless"),
        (hangs_up, "RemoteDisconnected"),
        (lambda handler, _desk: handler.wfile.write(b"garbage\r\n\r\n"), "BadStatusLine"),
        (lambda handler, _desk: handler.wfile.write(HEAD + b"Content-Length: 900\r\n\r\n{"), "answer"),
    ],
)  # fmt: skip
def test_whatever_an_endpoint_answers_the_letter_is_written_and_says_why(script: Script, kind: str) -> None:
    letter = make_facts(Kind.DENIED)
    with chat_server(script) as desk:
        wording = ModelWriter("small", model=EndpointModel(desk.url, "small", key="k1")).write(letter)
    assert wording.paragraphs == TemplateWriter().write(letter).paragraphs
    assert (wording.worded_by, wording.fallback_reason) == ("template", "model_unavailable")
    assert wording.failed == (f"model_unavailable:{kind}",)
    assert len(desk.asked) == 1


@pytest.mark.parametrize(
    "script",
    [
        lambda _handler, desk: desk.closed.wait(),
        drips(b"", b"H", 0.05),
        drips(HEAD, b"X-More: 1\r\n", 0.05),
        drips(HEAD + b"Content-Length: 100000\r\n\r\n", b" ", 0.05),
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.05),
        drips(HEAD + b"\r\n", b" ", 0.05),
    ],
    ids=["silent", "status_drips", "headers_drip", "body_drips", "chunks_drip", "body_without_length_drips"],
)
def test_an_endpoint_that_is_slow_costs_the_letter_no_more_than_its_time(script: Script) -> None:
    letter = make_facts(Kind.DENIED)
    with chat_server(script) as desk:
        writer = ModelWriter("small", model=EndpointModel(desk.url, "small"), time_limit_s=LIMIT_S)
        started = time.monotonic()
        wording = writer.write(letter)
        took_s = time.monotonic() - started
    assert wording.paragraphs == TemplateWriter().write(letter).paragraphs
    assert wording.failed in (("model_unavailable:TimeoutError",), ("model_unavailable:endless",))
    assert took_s < PATIENCE_S


def test_both_tries_share_one_time_limit() -> None:
    script = in_turn(answers(said("We pay 99 francs.")), lambda _handler, desk: desk.closed.wait())
    with chat_server(script) as desk:
        writer = ModelWriter("small", model=EndpointModel(desk.url, "small"), time_limit_s=LIMIT_S)
        wording = writer.write(make_facts())
    assert (wording.attempts, wording.failed[1]) == (2, "model_unavailable:TimeoutError")
    assert wording.fallback_reason == "model_unavailable"
    assert LIMIT_S * 0.9 < wording.seconds < PATIENCE_S


def test_a_key_goes_to_no_other_server() -> None:
    with chat_server(answers(said(GOOD))) as elsewhere:
        script = answers(b"", 308, Location=f"{elsewhere.url}/chat/completions")
        with chat_server(script) as desk, pytest.raises(ModelUnavailable):
            EndpointModel(desk.url, "small", key="secret").answer("x")
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("url", "key"),
    [("http://127.0.0.1:9/v1", None), ("https://127.0.0.1:9/v1", None), ("http://127.0.0.1:9/v1", "two\nlines")],
)
def test_no_endpoint_or_an_impossible_key_is_a_named_failure(url: str, key: str | None) -> None:
    with pytest.raises(ModelUnavailable):
        EndpointModel(url, "small", key=key).answer("x", timeout_s=2)


def test_an_endpoint_is_checked_by_its_list_of_models() -> None:
    listed: dict[str, Any] = {"object": "list", "data": [{"id": "small"}]}
    with chat_server(answers(str(listed).replace("'", '"').encode())) as desk:
        assert EndpointModel(desk.url, "small").check() == f"small at {desk.url}"
        with pytest.raises(ModelUnavailable, match="does not list other"):
            EndpointModel(desk.url, "other").check()
    assert [asked["path"] for asked in desk.asked] == ["/v1/models"] * 2


def test_over_https_an_unknown_certificate_is_refused_before_anything_is_said() -> None:
    """A plain server behind an https address: the handshake fails, and the prompt was never sent."""
    with chat_server(answers(said(GOOD))) as desk, pytest.raises(ModelUnavailable) as failed:
        EndpointModel(desk.url.replace("http:", "https:"), "small", key="k").answer("x", timeout_s=5)
    assert "SSL" in str(failed.value.details["kind"]) or "Timeout" in str(failed.value.details["kind"])
    assert desk.asked == []
