"""Connects the rooms: from settings to an office, a gateway, workers and a web application."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from pydantic import SecretStr

from db.database import Database
from db.documents import DocumentStore
from letters.facts import Insurer
from letters.language_model import ModelUnavailable
from pulse import logs
from pulse.base.clock import SystemClock, swiss_date
from pulse.base.errors import Misconfigured
from pulse.claims.office import Office, Policy
from pulse.claims.ports import ClientDirectory, NoTraces, Traces
from pulse.engine.client import Auth, Basic, Bearer, ClientCredentials, EngineClient, TokenFile
from pulse.invoices.assisted import Message, ModelFailed, ReadingModel, helped
from pulse.invoices.assisted.endpoint import EndpointModel
from pulse.invoices.reading import Limits, page_image, read
from pulse.invoices.record import Reading
from pulse.settings import Settings
from pulse.wiring.letters import figures, letterhead, texts, writer
from pulse.wiring.mail import known_mailboxes, mail_out, sent_mailbox

if TYPE_CHECKING:
    from flask import Flask
    from opentelemetry.trace import Tracer

    from pulse.engine.worker import Worker
    from pulse.engine.worker.worker import Around


class SandboxedReader:
    """Reads documents in a child process with the limits of the settings; fills the reader's port of claims.

    With a `model`, what no reader knows is tried with its help.
    """

    def __init__(self, limits: Limits, model: ReadingModel | None = None, *, passwords: Sequence[str] = ()) -> None:
        self._limits, self._model, self._passwords = limits, model, passwords

    def read(self, data: bytes, *, is_part: bool = False) -> Reading:
        reading = read(data, self._limits, passwords=self._passwords, is_part=is_part)
        if self._model is None or reading.parts:
            return reading
        today = swiss_date(SystemClock().now())
        return helped(reading, self._model, sha256=sha256(data).hexdigest(), today=today)

    def page_image(self, data: bytes, page: int) -> bytes:
        return page_image(data, page, limits=self._limits, passwords=self._passwords)


class LocalReadingModel:
    """A model on this machine helps reading: the one that words letters, or another."""

    def __init__(self, name_or_path: str) -> None:
        from letters.local_model import LocalModel  # noqa: PLC0415  torch takes seconds to load

        self.name = name_or_path
        self._model = LocalModel(name_or_path, max_new_tokens=2048)

    def complete(self, messages: Sequence[Message]) -> str:
        try:
            return self._model.answer("\n\n".join(message["content"] for message in messages)).text
        except ModelUnavailable as error:
            raise ModelFailed from error


def reading_model(settings: Settings) -> ReadingModel | None:
    """Who helps with layouts that no reader knows: an endpoint, a local model, or nobody."""
    if settings.reading_model is None:
        if settings.reading_model_url:
            raise Misconfigured("PULSE_READING_MODEL names the endpoint's model", key="PULSE_READING_MODEL")
        return None
    if settings.reading_model_url is None:
        return LocalReadingModel(settings.reading_model)
    key = settings.reading_model_key
    return EndpointModel(
        settings.reading_model_url,
        settings.reading_model,
        key=key.get_secret_value() if key else None,
        timeout_s=settings.reading_model_timeout_s,
    )


def start_logs(settings: Settings) -> None:
    """Sets up logging as the settings say."""
    logs.set_up(level=settings.log_level, style=settings.log_format)


def engine_client(settings: Settings) -> EngineClient:
    """A client of the process engine."""
    return EngineClient(settings.engine_url, auth=_engine_auth(settings))


def policy(settings: Settings) -> Policy:
    """The insurer's own choices."""
    insurer = Insurer(
        name=settings.insurer_name,
        street=settings.insurer_street,
        zip=settings.insurer_zip,
        city=settings.insurer_city,
        phone=settings.insurer_phone,
        email=settings.insurer_email or settings.mail_from,
        data_protection=settings.insurer_data_protection,
    )
    return Policy(
        insurer=insurer,
        mail_from=settings.mail_from,
        controllers_mail=settings.controllers_mail,
        web_url=settings.web_url,
        confirm_low_risk=settings.confirm_low_risk,
        letter_approval=settings.letter_approval,
        letter_hold=timedelta(seconds=settings.letter_hold_s),
        ask_remind_after=timedelta(days=settings.ask_remind_days),
        ask_give_up_after=timedelta(days=settings.ask_give_up_days),
        ask_reply_to=settings.ask_reply_to,
        engine_login=settings.engine_user or settings.engine_oauth_client_id,
        letter_protection=settings.letter_protection,
        letter_protection_provider=settings.letter_protection_provider or settings.letter_protection,
        sent_address=settings.sent_address,
        keep_mails=timedelta(days=settings.keep_mails_days),
        keep_other_mails=timedelta(days=settings.keep_other_mails_days),
        reading_confidence=settings.reading_confidence,
        insurer_iban=settings.insurer_iban,
        insurer_bic=settings.insurer_bic,
        insurer_qr_iban=settings.insurer_qr_iban,
        letterhead=letterhead(settings),
        texts=texts(settings),
    )


def client_directory(settings: Settings) -> ClientDirectory | None:
    """Where insured persons are looked up; None for our own table. Raises `Misconfigured` where the address or file
    of another directory is missing."""
    from pulse.claims.reference.client_directory import FhirDirectory, RestDirectory  # noqa: PLC0415
    from pulse.claims.reference.client_file import CsvDirectory  # noqa: PLC0415

    kind = settings.client_directory
    if kind == "table":
        return None
    if kind == "csv":
        if settings.client_directory_file is None:
            raise Misconfigured("PULSE_CLIENT_DIRECTORY_FILE must be set", key="PULSE_CLIENT_DIRECTORY_FILE")
        return CsvDirectory(settings.client_directory_file)
    if settings.client_directory_url is None:
        raise Misconfigured("PULSE_CLIENT_DIRECTORY_URL must be set", key="PULSE_CLIENT_DIRECTORY_URL")
    token = _plain(settings.client_directory_token) or None
    make = FhirDirectory if kind == "fhir" else RestDirectory
    return make(settings.client_directory_url, token=token, timeout_s=settings.client_directory_timeout_s)


def office(settings: Settings) -> Office:
    """Everything that the insurer's work is done with."""
    made = Office(
        database=Database(settings.database),
        documents=DocumentStore(settings.documents),
        engine=engine_client(settings),
        mail_out=mail_out(settings),
        sent=sent_mailbox(settings),
        mailboxes=known_mailboxes(settings, lambda: made),
        reader=SandboxedReader(
            Limits(
                memory_bytes=settings.read_memory_mib * 1024 * 1024,
                time_s=settings.read_time_s,
                pages=settings.read_pages,
                ocr_page_s=settings.read_ocr_page_s,
                ocr_time_s=settings.read_ocr_time_s,
            ),
            reading_model(settings),
            passwords=settings.read_passwords.get_secret_value().split(),
        ),
        writer=writer(settings),
        policy=policy(settings),
        clock=SystemClock(),
        directory=client_directory(settings),
        relay_lease=timedelta(seconds=settings.relay_lease_s),
        traces=_traces(settings),
    )
    return made


def worker(
    settings: Settings, office: Office, *, topics: Collection[str] | None = None, slots: int | None = None
) -> Worker:
    """The external-task worker with these topics of the process, or all."""
    from pulse.engine.worker import Worker  # noqa: PLC0415  only this process needs it
    from workers import TOPICS, handlers  # noqa: PLC0415

    wanted = handlers(office, TOPICS if topics is None else topics)
    if settings.worker_lock_s is not None:
        longest_ms = round(settings.worker_lock_s * 1000)
        wanted = [replace(topic, lock_ms=min(topic.lock_ms, longest_ms)) for topic in wanted]
    return Worker(
        engine_url=settings.engine_url,
        topics=wanted,
        slots=slots or settings.worker_slots,
        auth=_engine_auth(settings),
        poll_ms=round(settings.worker_poll_s * 1000),
        around=_around(settings),
        figures=lambda: figures(office.writer),
    )


def web(settings: Settings, office: Office) -> Flask:
    """The web application."""
    from pulse.web import create_app  # noqa: PLC0415  only this process needs it

    return create_app(office, secret_key=_secret_key(settings))


def _engine_auth(settings: Settings) -> Auth | None:
    """How we log in at the engine; the settings name one way at most."""
    if settings.engine_user:
        return Basic(settings.engine_user, _plain(settings.engine_password))
    if settings.engine_token:
        return Bearer(_plain(settings.engine_token))
    if settings.engine_token_file:
        return TokenFile(settings.engine_token_file)
    if settings.engine_oauth_token_url:
        client_id, secret = settings.engine_oauth_client_id or "", _plain(settings.engine_oauth_client_secret)
        return ClientCredentials(settings.engine_oauth_token_url, client_id, secret, settings.engine_oauth_scope)
    return None


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _traces(settings: Settings) -> Traces:
    tracer = _tracer(settings.otlp_endpoint)
    if tracer is None:
        return NoTraces()
    from pulse.tracing import CaseTraces  # noqa: PLC0415  an extra

    return CaseTraces(tracer)


def _around(settings: Settings) -> Around | None:
    tracer = _tracer(settings.otlp_endpoint)
    if tracer is None:
        return None
    from pulse.engine.worker.opentelemetry import task_spans  # noqa: PLC0415  an extra

    return task_spans(tracer)


@cache
def _tracer(endpoint: str | None) -> Tracer | None:
    """One a process."""
    if endpoint is None:
        return None
    try:
        from pulse.tracing import NAME, provider  # noqa: PLC0415  an extra
    except ImportError:
        message = "PULSE_OTLP_ENDPOINT needs OpenTelemetry: install pulse-claims[observe]"
        raise Misconfigured(message, key="PULSE_OTLP_ENDPOINT") from None
    return provider(endpoint).get_tracer(NAME)


def _secret_key(settings: Settings) -> str:
    if settings.web_secret_key is not None:
        return settings.web_secret_key.get_secret_value()
    from pulse.base.clock import random_secret  # noqa: PLC0415

    path = settings.data_dir / "web-secret-key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(random_secret())
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")
