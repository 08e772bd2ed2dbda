"""Letters that wait for a person, on the embedded engine with the real worker: every way to let them go, and races."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import office
import pytest
from claim_steps import decided, settled
from office import TestOffice, fill_registers, open_office

from db import audit, letter_revisions, letters, users
from db.database import Database
from db.letters import Letter
from pulse.base.errors import Conflict, InvalidInput
from pulse.claims.approve_letter import approve, call_back, catch_up, finish_task
from pulse.claims.edit_letter import edit
from pulse.claims.errors import BusinessError
from pulse.claims.relay import relay_once
from pulse.claims.send_email import send_email
from pulse.claims.send_letter import HeldBack, StillSending, send_letter
from pulse.claims.tasks import open_tasks
from pulse.claims.write_letter import write_letter

CLIENT, PROVIDER = "anna.mueller@mail.example", "apotheke@provider.example"
MISMATCH = {"family_name": "Keller", "given_name": "Beat", "insured_number": office.CLIENT_NUMBER}
APPROVE = {"letter_approval": "approve"}
House = Any


@pytest.fixture
def house(open_house: Callable[..., Any]) -> Iterator[House]:
    with open_house(letter_approval="all", engine_login="robot") as opened:
        yield opened


def mails_to(house: House) -> list[str]:
    return sorted(mail.to for mail in house.desk.mail_out.mails)


def letter_to(desk: TestOffice, invoice_id: int, recipient: str = "client") -> Letter:
    with desk.database.read() as connection:
        found = [one for one in letters.of_invoice(connection, invoice_id) if one.recipient == recipient]
    return found[-1]


def in_the_engine(house: House, invoice_id: int, recipient: str, user: str | None, **values: str) -> None:
    """Completes the task as the engine's own tasklist does; without a user nobody has taken it."""
    task = house.task(invoice_id, f"approve_letter_{recipient}")
    if user is not None:
        house.engine.claim(task.id, user)
    house.engine.complete_task(task.id, values)
    house.until(lambda: task.id not in waiting_tasks(house, invoice_id), invoice_id)


def waiting_tasks(house: House, invoice_id: int) -> set[str]:
    process = house.case(invoice_id).process_instance_id
    return {task.id for task in house.engine.tasks(process_instance_id=process)}


def hires(house: House, login: str, group: str) -> None:
    with house.desk.database.write() as connection:
        users.add(connection, login=login, password_hash="-", groups=group, at=office.NOW)


def actions(desk: TestOffice, invoice_id: int) -> list[tuple[str, str]]:
    with desk.database.read() as connection:
        return [(row["actor"], row["action"]) for row in audit.of_invoice(connection, invoice_id)]


def test_letters_leave_when_a_controller_approves_them_in_our_tasklist(house: House) -> None:
    invoice_id = house.bring()
    house.task(invoice_id, "approve_letter_client")
    house.do(invoice_id, "approve_letter_provider", **APPROVE)
    house.until(lambda: mails_to(house) == [PROVIDER], invoice_id)
    assert house.case(invoice_id).state == "in_progress"
    house.do(invoice_id, "approve_letter_client", **APPROVE)
    assert house.closed(invoice_id) == "approved"
    house.ended(invoice_id)
    assert letter_to(house.desk, invoice_id).approved_by == "anna"


def test_by_default_a_denial_by_an_assistant_waits_for_a_controller(open_house: Callable[..., Any]) -> None:
    with open_house() as house:
        invoice_id = house.bring(patient=MISMATCH)
        house.do(invoice_id, "clarify_case", user="otto", clarification="go_on")
        house.do(invoice_id, "decide", decision="deny", reason_code="P814")
        assert house.closed(invoice_id) == "denied"  # a controller has said so already

        unregistered = house.bring(invoice_number="102", payment={"iban": "CH5604835012345678009"})
        house.do(
            unregistered,
            "clarify_case",
            user="otto",
            clarification="deny",
            reason_code="P816",
            comment="Nicht versichert.",
        )
        for recipient in ("client", "provider"):
            house.do(unregistered, f"approve_letter_{recipient}", user="carla", **APPROVE)
        assert house.closed(unregistered) == "denied"


def test_what_is_said_in_the_engines_own_tasklist_counts_for_whoever_took_the_task(
    open_house_anywhere: Callable[..., Any],
) -> None:
    with open_house_anywhere(letter_approval="all") as house:
        invoice_id = house.bring()
        in_the_engine(house, invoice_id, "client", None, **APPROVE)  # nobody took it
        in_the_engine(house, invoice_id, "client", "carla")  # nothing said
        hires(house, "carla", "controllers")
        hires(house, "otto", "assistants")
        in_the_engine(house, invoice_id, "client", "otto", **APPROVE)  # no controller
        house.task(invoice_id, "approve_letter_client")
        in_the_engine(house, invoice_id, "provider", "carla", letter_approval="template")
        house.task(invoice_id, "approve_letter_provider")
        assert house.desk.mail_out.mails == []
        for recipient in ("client", "provider"):
            in_the_engine(house, invoice_id, recipient, "carla", **APPROVE)
        assert house.closed(invoice_id) == "approved"
        assert letter_to(house.desk, invoice_id).approved_by == "carla"
        refused = [who for who, what in actions(house.desk, invoice_id) if what == "claims:letter:approval_refused"]
        assert refused == ["tasklist", "otto"]


@pytest.mark.parametrize(
    ("user", "values"),
    [("carla", {}), ("carla", {"letter_approval": "yes"}), (None, APPROVE), ("robot", APPROVE)],
)
def test_anything_else_leads_back_to_the_task(house: House, user: str | None, values: dict[str, str]) -> None:
    invoice_id = house.bring()
    in_the_engine(house, invoice_id, "client", user, **values)
    house.task(invoice_id, "approve_letter_client")
    assert mails_to(house) == []
    assert letter_to(house.desk, invoice_id).state == "waiting_for_approval"


def test_where_people_are_known_only_a_controller_approves(house: House) -> None:
    hires(house, "carla", "controllers")
    hires(house, "otto", "assistants")
    invoice_id = house.bring()
    for user in ("otto", "nobody"):
        in_the_engine(house, invoice_id, "client", user, **APPROVE)
        house.task(invoice_id, "approve_letter_client")
        assert (user, "claims:letter:approval_refused") in actions(house.desk, invoice_id)
    assert mails_to(house) == []
    in_the_engine(house, invoice_id, "client", "carla", **APPROVE)
    house.until(lambda: mails_to(house) == [CLIENT], invoice_id)


def test_the_templates_wording_comes_back_by_either_tasklist_and_the_letter_waits_on(house: House) -> None:
    invoice_id = house.bring()
    house.task(invoice_id, "approve_letter_client")
    letter = letter_to(house.desk, invoice_id)
    assert letter.paragraphs
    by_template = letter.paragraphs
    edit(house.desk.office, letter.id, " ".join(by_template) + "\n\nWir grüssen Sie.", "carla")
    assert letter_to(house.desk, invoice_id).paragraphs != by_template
    in_the_engine(house, invoice_id, "client", "carla", letter_approval="template")
    house.task(invoice_id, "approve_letter_client")
    now = letter_to(house.desk, invoice_id)
    assert (now.paragraphs, now.state, now.pdf_sha256) == (by_template, "waiting_for_approval", letter.pdf_sha256)
    edit(house.desk.office, letter.id, " ".join(by_template) + "\n\nWir grüssen Sie.", "carla")
    house.do(invoice_id, "approve_letter_client", user="carla", letter_approval="template")
    assert letter_to(house.desk, invoice_id).paragraphs == by_template
    with house.desk.database.read() as connection:
        made = letter_revisions.of_letter(connection, letter.id)
    assert [(one.number, one.made_by) for one in made] == [(number, "carla") for number in (1, 2, 3, 4)]


def test_an_edited_letter_leaves_as_it_was_edited(house: House) -> None:
    invoice_id = house.bring()
    house.task(invoice_id, "approve_letter_client")
    letter = letter_to(house.desk, invoice_id)
    assert letter.paragraphs
    edit(house.desk.office, letter.id, "\n\n".join([*letter.paragraphs, "Wir wünschen gute Besserung."]), "carla")
    house.do(invoice_id, "approve_letter_client", user="carla", **APPROVE)
    house.until(lambda: mails_to(house) == [CLIENT], invoice_id)
    edited = letter_to(house.desk, invoice_id)
    assert (edited.wording or {})["worded_by"] == "person"
    (mail,) = house.desk.mail_out.to(CLIENT)
    assert mail.attachments[0].data == house.desk.office.documents.get(edited.pdf_sha256)
    assert edited.pdf_sha256 != letter.pdf_sha256


def test_an_approval_beside_the_tasklist_finishes_the_engines_task(house: House) -> None:
    invoice_id = house.bring()
    house.task(invoice_id, "approve_letter_client")
    letter = letter_to(house.desk, invoice_id)
    approve(house.desk.office, letter.id, "carla")
    finish_task(house.desk.office, letter.id)
    house.until(lambda: mails_to(house) == [CLIENT], invoice_id)


def test_a_task_that_the_engine_kept_while_it_was_away_is_finished_later(house: House) -> None:
    invoice_id = house.bring()
    house.task(invoice_id, "approve_letter_client")
    approve(house.desk.office, letter_to(house.desk, invoice_id).id, "carla")
    catch_up(house.desk.office)
    house.until(lambda: mails_to(house) == [CLIENT], invoice_id)
    other = house.task(invoice_id, "approve_letter_provider")
    assert waiting_tasks(house, invoice_id) == {other.id}


def test_a_letter_that_is_held_may_be_called_back_and_an_old_approval_counts_no_second_time(
    open_house: Callable[..., Any],
) -> None:
    with open_house(letter_approval="all", letter_hold=timedelta(seconds=2)) as house:
        invoice_id = house.bring()
        in_the_engine(house, invoice_id, "client", "carla", **APPROVE)
        house.until(lambda: letter_to(house.desk, invoice_id).state == "written", invoice_id)
        assert mails_to(house) == []
        call_back(house.desk.office, letter_to(house.desk, invoice_id).id, "otto")
        house.desk.clock.advance(timedelta(seconds=60))
        house.task(invoice_id, "approve_letter_client")
        assert (mails_to(house), letter_to(house.desk, invoice_id).approved_by) == ([], None)
        house.do(invoice_id, "approve_letter_client", user="carla", **APPROVE)
        house.desk.clock.advance(timedelta(seconds=60))
        house.until(lambda: mails_to(house) == [CLIENT], invoice_id)
        with pytest.raises(Conflict) as left:
            call_back(house.desk.office, letter_to(house.desk, invoice_id).id, "otto")
        assert left.value.reason == "letter_has_left"


class TestAtOnce:
    """On SQLite and PostgreSQL."""

    @pytest.fixture
    def desk(self, database: Database, tmp_path: Path) -> Iterator[TestOffice]:
        for opened in open_office(tmp_path, database=database, letter_approval="all"):
            fill_registers(database)
            yield opened

    def waiting(self, desk: TestOffice, **changes: Any) -> tuple[int, Letter]:
        invoice_id = settled(desk, **changes)
        decided(desk, invoice_id, "approve", "P801", place="decide")
        write_letter(desk.office, invoice_id, "client", "approved")
        return invoice_id, letter_to(desk, invoice_id)

    def at_once(self, *works: Callable[[], Any]) -> list[Any]:
        gate = threading.Barrier(len(works))

        def one(work: Callable[[], Any]) -> Any:
            gate.wait()
            try:
                return work()
            except (Conflict, BusinessError) as error:
                return error.reason

        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(one, works))

    def test_of_two_who_approve_one_is_told_so(self, desk: TestOffice) -> None:
        invoice_id, letter = self.waiting(desk)
        answers = self.at_once(*(lambda who=who: approve(desk.office, letter.id, who) for who in ("anna", "carla")))
        assert sorted(map(str, answers)) == ["None", "letter_not_waiting"]
        approvals = [who for who, action in actions(desk, invoice_id) if action == "web:letter:approved"]
        assert approvals == [letter_to(desk, invoice_id).approved_by]

    def test_of_two_who_edit_one_is_told_so(self, desk: TestOffice) -> None:
        invoice_id, letter = self.waiting(desk)
        text = "\n\n".join(letter.paragraphs or [])
        answers = self.at_once(
            *(
                lambda who=who: edit(desk.office, letter.id, f"{text}\n\nGruss von {who}.", who, revision=0)
                for who in ("anna", "carla")
            )
        )
        assert sorted(map(str, answers)) == ["None", "wording_changed"]
        with desk.database.read() as connection:
            (made,) = letter_revisions.of_letter(connection, letter.id)
        assert (made.before, made.after) == (letter.paragraphs, letter_to(desk, invoice_id).paragraphs)

    def test_nobody_approves_a_wording_that_they_have_not_read(self, desk: TestOffice) -> None:
        _, letter = self.waiting(desk)
        edit(desk.office, letter.id, "\n\n".join([*(letter.paragraphs or []), "Danke."]), "anna")
        with pytest.raises(Conflict, match="changed meanwhile"):
            approve(desk.office, letter.id, "carla", revision=0)
        approve(desk.office, letter.id, "carla", revision=1)
        with pytest.raises(Conflict):
            edit(desk.office, letter.id, "\n\n".join(letter.paragraphs or []), "anna")

    def test_a_letter_is_called_back_or_leaves_never_both(self, desk: TestOffice) -> None:
        for number in range(4):
            one_more = office.position(1, date=f"2026-06-0{number + 1}")
            invoice_id, letter = self.waiting(desk, invoice_number=f"20{number}", positions=[one_more])
            approve(desk.office, letter.id, "anna")
            before = len(desk.mail_out.mails)
            called, sent = self.at_once(
                lambda one=letter: call_back(desk.office, one.id, "otto"),
                lambda one=invoice_id: send_letter(desk.office, one, "client", "approved"),
            )
            left = len(desk.mail_out.mails) - before
            state = letter_to(desk, invoice_id).state
            if called is None:
                assert (left, state) == (0, "waiting_for_approval")
                assert sent in ("letter_to_approve", StillSending.code)
            else:
                assert (called, left, state) == ("letter_has_left", 1, "sent")

    def test_a_sender_that_has_looked_before_the_wording_changed_sends_nothing_old(
        self, desk: TestOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        invoice_id, letter = self.waiting(desk)
        approve(desk.office, letter.id, "anna")
        documents = type(desk.office.documents)

        def meanwhile(store: Any, digest: str) -> bytes:
            monkeypatch.undo()
            call_back(desk.office, letter.id, "otto")
            edit(desk.office, letter.id, "\n\n".join([*(letter.paragraphs or []), "Danke."]), "otto")
            approve(desk.office, letter.id, "anna")
            return documents.get(store, digest)

        monkeypatch.setattr(documents, "get", meanwhile)
        with pytest.raises(StillSending):
            send_letter(desk.office, invoice_id, "client", "approved")
        assert desk.mail_out.mails == []
        send_letter(desk.office, invoice_id, "client", "approved")
        (mail,) = desk.mail_out.mails
        assert mail.attachments[0].data == desk.office.documents.get(letter_to(desk, invoice_id).pdf_sha256 or "")


def test_a_notice_is_edited_called_back_and_approved_like_any_letter(house: House) -> None:
    desk = house.desk
    invoice_id = settled(desk)
    notice = send_email(desk.office, invoice_id, "P814", actor="token")
    assert notice.status == "waiting_for_approval"
    letter = letter_to(desk, invoice_id)
    edit(desk.office, letter.id, "\n\n".join([*(letter.paragraphs or []), "Danke."]), "carla")
    approve(desk.office, letter.id, "carla")
    call_back(desk.office, letter.id, "otto")
    relay_once(desk.office)
    assert desk.mail_out.to(CLIENT) == []
    desk.clock.advance(timedelta(seconds=1))
    approve(desk.office, letter.id, "carla")
    relay_once(desk.office)
    assert len(desk.mail_out.to(CLIENT)) == 1


def test_letters_that_the_process_looks_after_never_crowd_out_a_notice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "in_state", partial(letters.in_state, limit=1))
    invoice_id = house.bring()
    house.task(invoice_id, "approve_letter_provider")
    house.desk.clock.advance(timedelta(seconds=1))
    notice = send_email(house.desk.office, invoice_id, "P814", actor="token")
    kinds = {one.kind: one.letter_id for one in open_tasks(house.desk.office, ["controllers"])}
    assert kinds["approve_notice"] == notice.letter_id


def test_a_refused_text_changes_nothing(house: House) -> None:
    invoice_id = house.bring()
    house.task(invoice_id, "approve_letter_client")
    letter = letter_to(house.desk, invoice_id)
    with pytest.raises(InvalidInput, match=r"must name “CHF 71\.55”"):
        edit(house.desk.office, letter.id, "Wir übernehmen alles.", "carla")
    with pytest.raises(InvalidInput, match=r"“99\.95” is no number"):
        edit(house.desk.office, letter.id, "\n\n".join([*(letter.paragraphs or []), "Es sind CHF 99.95."]), "carla")
    assert letter_to(house.desk, invoice_id) == letter


def test_a_held_letter_waits_without_costing_an_attempt(desk_held: TestOffice) -> None:
    invoice_id = settled(desk_held)
    decided(desk_held, invoice_id, "approve", "P801", place="straight")
    write_letter(desk_held.office, invoice_id, "client", "approved")
    with pytest.raises(HeldBack) as held:
        send_letter(desk_held.office, invoice_id, "client", "approved")
    assert 0 < held.value.wait_s <= 3600
    assert desk_held.mail_out.mails == []
    desk_held.clock.advance(timedelta(hours=1))
    assert send_letter(desk_held.office, invoice_id, "client", "approved").state == "sent"


@pytest.fixture
def desk_held(database: Database, tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path, database=database, letter_hold=timedelta(hours=1)):
        fill_registers(database)
        yield opened
