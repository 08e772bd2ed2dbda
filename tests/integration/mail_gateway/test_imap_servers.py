"""What IMAP servers can and cannot do, and what happens while they are away."""

from __future__ import annotations

import threading

import pytest
from dovecot import Dovecot
from mail_desk import MailDesk, Post, dovecot_post
from mails import mail, pdf

from mail_gateway.connection.mailbox import FolderMissing, LoginRefused, Mailbox, MailboxRefused, MailboxUnavailable


def test_m13_a_server_that_cannot_move_copies_and_expunges(desk: MailDesk, need: object) -> None:
    for capability in ("IMAP4rev1 UIDPLUS", "IMAP4rev1"):
        with Dovecot(need("dovecot"), capability=capability) as server:  # type: ignore[operator]
            post = dovecot_post(server)
            post.put(mail(pdf(invoice_number=capability)))
            desk.gateway(post).poll_once()
            assert post.counts() == {"Processed": 1}


def test_a_mail_that_a_person_deleted_is_not_expunged_along_with_ours(desk: MailDesk, need: object) -> None:
    with Dovecot(need("dovecot"), capability="IMAP4rev1") as server:  # type: ignore[operator]
        post = dovecot_post(server)
        post.put(mail(pdf(invoice_number="1")))
        desk.gateway(post).poll_once()
        with server.client(post.account.user) as client:
            client.append("INBOX", mail(pdf(invoice_number="2")))
            client.append("INBOX", mail(pdf(invoice_number="3")), flags=[b"\\Deleted"])
            client.select_folder("INBOX")
        gateway = desk.gateway(post)
        gateway.poll_once()
        assert len(desk.cases()) == 3


def test_folders_are_made_below_the_servers_own_prefix(desk: MailDesk, need: object) -> None:
    with Dovecot(need("dovecot"), prefix="INBOX/") as server:  # type: ignore[operator]
        post = dovecot_post(server)
        post.put(mail(pdf()))
        desk.gateway(post).poll_once()
        assert len(server.mails(post.account.user, "INBOX/Processed")) == 1


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_tls_is_checked_against_the_insurers_own_authority(desk: MailDesk, dovecot: Dovecot, tls: str) -> None:
    from dataclasses import replace

    post = dovecot_post(dovecot)
    post.put(mail(pdf()))
    port = dovecot.tls_port if tls == "tls" else dovecot.port
    secure = replace(post.account, tls=tls, port=port, ca_file=dovecot.ca_file)
    desk.gateway(Post(secure, post.put, post.mails)).poll_once()
    assert len(desk.cases()) == 1
    stranger = replace(secure, ca_file=None)
    with pytest.raises(MailboxUnavailable):
        desk.gateway(Post(stranger, post.put, post.mails)).poll_once()


def test_m12_a_missing_folder_is_named_with_those_that_exist(desk: MailDesk, dovecot: Dovecot) -> None:
    post = dovecot_post(dovecot, folder="Rechnungen")
    with pytest.raises(FolderMissing, match="no folder Rechnungen; there are: INBOX"):
        desk.gateway(post).poll_once()


def test_a_refused_login_says_so(desk: MailDesk, demo_post: Post) -> None:
    from dataclasses import replace

    wrong = replace(demo_post.account, password="wrong")
    with pytest.raises(LoginRefused) as refused:
        desk.gateway(Post(wrong, demo_post.put, demo_post.mails)).poll_once()
    assert "wrong" not in repr(refused.value)
    assert "wrong" not in repr(wrong)


def refuse(*_: object) -> None:
    raise MailboxRefused


def test_m14_mails_of_a_read_only_mailbox_are_handled_once(
    desk: MailDesk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.put(mail(pdf()))
    post.put(mail())
    monkeypatch.setattr(Mailbox, "_move", refuse)
    gateway = desk.gateway(post)
    for _ in range(3):
        gateway.poll_once()
    assert (len(desk.cases()), len(desk.answers)) == (1, 1)
    assert post.counts() == {"INBOX": 2}


def test_the_gateway_outlives_a_server_that_is_away_at_start_and_in_mid_run(desk: MailDesk, need: object) -> None:
    from pulse.claims.receive import receive_document

    received = threading.Semaphore(0)

    def receive(*args: object, **options: object) -> object:
        result = receive_document(*args, **options)  # type: ignore[arg-type]
        received.release()
        return result

    with Dovecot(need("dovecot")) as server:  # type: ignore[operator]
        post = dovecot_post(server)
        post.put(mail(pdf(invoice_number="1")))
        server.stop()
        stop = threading.Event()
        gateway = desk.gateway(post, poll_interval_s=0.05, receive=receive)
        running = threading.Thread(target=gateway.run, args=(stop,))
        running.start()
        try:
            assert not received.acquire(timeout=0.3)
            server.start()
            assert received.acquire(timeout=70)
            server.stop()
            server.start()
            post.put(mail(pdf(invoice_number="2")))
            assert received.acquire(timeout=70)
        finally:
            stop.set()
            running.join(60)
        assert not running.is_alive()
        assert [case.content.invoice_number for case in desk.cases()] == ["1", "2"]
        # Its lease is given back.
        assert not desk.gateway(post, holder="next").poll_once().idle


def test_a_stop_ends_the_run_even_while_the_server_is_silent(desk: MailDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket
    from dataclasses import replace

    monkeypatch.setattr("mail_gateway.entrances.gateway._GRACE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepted = threading.Event()

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                for answer in (b"* OK [CAPABILITY IMAP4rev1] hello\r\n", b"a OK\r\n"):
                    connection.sendall(answer)
                    line = connection.recv(1000)
                    if b"LOGIN" in line:
                        connection.sendall(line.split()[0] + b" OK [CAPABILITY IMAP4rev1] in\r\n")
                        break
                accepted.set()
                while connection.recv(1000):
                    pass

        talking = threading.Thread(target=greet)
        talking.start()
        account = Post(
            replace(dovecot_account(), port=server.getsockname()[1], timeout_s=60.0), lambda _: None, lambda _: []
        )
        stop = threading.Event()
        running = threading.Thread(target=desk.gateway(account).run, args=(stop,))
        running.start()
        assert accepted.wait(40)
        stop.set()
        running.join(40)
        assert not running.is_alive()
        talking.join(40)


def dovecot_account() -> object:
    from mail_gateway.connection.account import Account

    return Account(host="127.0.0.1", port=0, user="x", password="x", tls="none")
