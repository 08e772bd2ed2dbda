"""`pulse letter show` and `preview`: a case's letters in the terminal, or as a PDF."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulse.cli.case import CASE, case_number
from pulse.cli.house import open_office
from pulse.cli.reference import JSON

if TYPE_CHECKING:
    from db.letters import Letter
    from pulse.claims.office import Office


class To(StrEnum):
    """Who gets a letter about a decision."""

    CLIENT = "client"
    PROVIDER = "provider"


class Choice(StrEnum):
    """What may be decided."""

    APPROVE = "approve"
    PARTIAL = "partial"
    DENY = "deny"


PDF = typer.Option("--pdf", dir_okay=False, help="Write the letter's PDF here instead of its text.")


def show(
    case: Annotated[str, CASE],
    *,
    recipient: Annotated[To | None, typer.Option(help="Only the letters to this recipient.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only letters of this kind, such as approved.")] = None,
    pdf: Annotated[Path | None, PDF] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show the letters of a case as they were or will be sent, oldest first; exit code 1 where there is none.

    Examples: pulse letter show 10000001, pulse letter show 10000001 --recipient client --pdf letter.pdf
    """
    from db import letters
    from letters.as_text import render_text
    from letters.facts import Facts
    from letters.writer import Wording

    number, office = case_number(case), open_office()
    with office.database.read() as connection:
        found = letters.of_invoice(connection, number)
    found = [one for one in found if recipient in (None, one.recipient) and kind in (None, one.kind)]
    if as_json:
        typer.echo(json.dumps([_plain(one) for one in found], ensure_ascii=False))
        return
    if not found:
        typer.echo("No such letter is written for this case.", err=True)
        raise typer.Exit(1)
    if pdf is not None:
        _save(pdf, _one_pdf(office, found))
        return
    for one in found:
        worded = (one.wording or {}).get("worded_by", "nobody")
        typer.secho(f"{one.kind} to the {one.recipient}: {one.state}, worded by {worded}", bold=True)
        wording = Wording(paragraphs=tuple(one.paragraphs or ()))
        typer.echo(f"\n{render_text(Facts.from_json(one.facts), wording, office.policy.texts)}")


def preview(
    case: Annotated[str, CASE],
    *,
    decision: Annotated[Choice, typer.Option(help="The decision that the letter would tell.")] = Choice.APPROVE,
    reason: Annotated[str, typer.Option(help="Its reason code, such as P802.")] = "",
    comment: Annotated[str, typer.Option(help="What the letter says besides.")] = "",
    recipient: Annotated[To, typer.Option(help="To whom.")] = To.CLIENT,
    pdf: Annotated[Path | None, PDF] = None,
) -> None:
    """Show the letter that a decision would lead to, in the template's words; nothing is stored or sent.

    Example: pulse letter preview 10000001 --decision deny --reason P811 --recipient client
    """
    from letters.as_text import render_text
    from letters.pdf import render
    from letters.writer import TemplateWriter
    from pulse.base.reasons import Reason
    from pulse.claims.cases import proposed_letter
    from pulse.claims.rules.decision import Proposal

    number, office = case_number(case), open_office()
    code = reason or (Reason.DECIDED_IN_ORDER.value if decision is Choice.APPROVE else "")
    proposal = Proposal(place="decide", decision=decision, reason_code=code, comment=comment)
    facts = proposed_letter(office, number, recipient, proposal)
    policy = office.policy
    wording = TemplateWriter(policy.texts).write(facts)
    if pdf is not None:
        _save(pdf, render(facts, wording, policy.texts, policy.letterhead))
    else:
        typer.echo(render_text(facts, wording, policy.texts), nl=False)


def _one_pdf(office: Office, found: list[Letter]) -> bytes:
    printed = [one for one in found if one.pdf_sha256 is not None]
    if len(printed) != 1:
        there = ", ".join(f"--recipient {one.recipient} --kind {one.kind}" for one in printed) or "none with a PDF"
        raise typer.BadParameter(f"say which letter: there is {there}", param_hint="--pdf")
    assert printed[0].pdf_sha256 is not None
    return office.documents.get(printed[0].pdf_sha256)


def _save(path: Path, data: bytes) -> None:
    """`-` is stdout."""
    if str(path) == "-":
        sys.stdout.buffer.write(data)
    else:
        path.write_bytes(data)
        typer.echo(str(path))


def _plain(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "recipient": letter.recipient,
        "kind": letter.kind,
        "round": letter.round,
        "language": letter.language,
        "state": letter.state,
        "written_at": letter.created_at.isoformat(),
        "settled_at": letter.settled_at.isoformat() if letter.settled_at else None,
        "approved_by": letter.approved_by,
        "paragraphs": letter.paragraphs,
        "wording": letter.wording,
        "pdf_sha256": letter.pdf_sha256,
    }
