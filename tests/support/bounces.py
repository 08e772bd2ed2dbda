"""Reports about mails that could not be delivered, shaped as mail servers write them."""

from __future__ import annotations

REPORTS = {
    "postfix": """\
Return-Path: <>
From: MAILER-DAEMON@mx.provider.example (Mail Delivery System)
To: claims@insurer.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Date: Tue, 16 Jun 2026 10:05:00 +0200
Message-Id: <20260616080500.4F1C2A0B@mx.provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4F1C2A0B.1/mx"

--4F1C2A0B.1/mx
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

<{to}>: host mx.mail.example[192.0.2.7] said: {reply} {code} <{to}>:
    Recipient address rejected (in reply to RCPT TO command)

--4F1C2A0B.1/mx
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.provider.example
X-Postfix-Queue-ID: 4F1C2A0B
X-Postfix-Sender: rfc822; claims@insurer.example
Arrival-Date: Tue, 16 Jun 2026 10:04:58 +0200

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {code}
Remote-MTA: dns; mx.mail.example
Diagnostic-Code: smtp; {reply} {code} <{to}>: Recipient address rejected

--4F1C2A0B.1/mx
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <claims@insurer.example>
Received: from pulse (pulse.insurer.example [192.0.2.1])
From: Muster Krankenkasse <claims@insurer.example>
To: {to}
Subject: =?utf-8?q?Mitteilung?=
Message-ID: {letter}

--4F1C2A0B.1/mx--
""",
    "exchange": """\
From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@mail.example>
To: claims@insurer.example
Date: Tue, 16 Jun 2026 08:05:00 +0000
Message-ID: <3f2a-41cc@mail.example>
Subject: Undeliverable: Mitteilung
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_6d2f_"
MIME-Version: 1.0

--_6d2f_
Content-Type: multipart/alternative; boundary="_6d30_"

--_6d30_
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to {to} couldn't be delivered.=20
Remote Server returned '{reply} {code} RESOLVER.ADR.RecipNotFound'

--_6d30_
Content-Type: text/html; charset="us-ascii"

<html><body><p>Your message to {to} couldn't be delivered.</p></body></html>

--_6d30_--

--_6d2f_
Content-Type: message/delivery-status

Reporting-MTA: dns;MBX01.mail.example

Final-recipient: RFC822;{to}
Action: {action}
Status: {code}
Diagnostic-code: smtp;{reply} {code} RESOLVER.ADR.RecipNotFound; not found
X-Display-Name: {to}

--_6d2f_
Content-Type: message/rfc822

Received: from mx by MBX01.mail.example
From: "Muster Krankenkasse" <claims@insurer.example>
To: {to}
Subject: Mitteilung
Message-ID:
\t{letter}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_mixed_1"

--=_mixed_1
Content-Type: text/plain

Guten Tag

--=_mixed_1
Content-Type: application/pdf; name="Brief-1.pdf"
Content-Disposition: attachment; filename="Brief-1.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjcKbGV0dGVy

--=_mixed_1--

--_6d2f_--
""",
    "gmail": """\
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
To: claims@insurer.example
Auto-Submitted: auto-replied
Subject: Delivery Status Notification
References: {letter}
In-Reply-To: {letter}
Message-ID: <6850.4a.0c@mx.googlemail.example>
Date: Tue, 16 Jun 2026 01:05:00 -0700
Content-Type: multipart/report; boundary="00000000000031f0"; report-type=delivery-status

--00000000000031f0
Content-Type: multipart/related; boundary="00000000000031f1"

--00000000000031f1
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to {to} because the address couldn't be found.

--00000000000031f1--
--00000000000031f0
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.example
Received-From-MTA: dns; claims@insurer.example
Arrival-Date: Tue, 16 Jun 2026 01:04:59 -0700 (PDT)
X-Original-Message-ID: {letter}

Final-Recipient: rfc822; {to}
Action: {action}
Status: {code}
Diagnostic-Code: smtp; {reply}-{code} The email account that you tried to reach does not exist.
Last-Attempt-Date: Tue, 16 Jun 2026 01:05:00 -0700 (PDT)

--00000000000031f0
Content-Type: message/rfc822

Received: by 2002:a05:6a00 with SMTP id x1
From: Muster Krankenkasse <claims@insurer.example>
Date: Tue, 16 Jun 2026 08:04:58 +0000
Message-ID: {letter}
Subject: Mitteilung
To: {to}
Content-Type: text/plain

(text of the letter)

--00000000000031f0--
""",
    "qmail": """\
Return-Path: <>
Date: 16 Jun 2026 08:05:00 -0000
From: MAILER-DAEMON@old.mail.example
To: claims@insurer.example
Subject: failure notice

Hi. This is the program at old.mail.example.
Your message could not be delivered to the following addresses.

<{to}>:
Sorry, no mailbox here by that name. (#{code})

--- Below this line is a copy of the message.

Return-Path: <claims@insurer.example>
Received: (program 4711 invoked by uid 0); 16 Jun 2026 08:04:59 -0000
From: Muster Krankenkasse <claims@insurer.example>
To: {to}
Message-ID: {letter}
Subject: Mitteilung

Guten Tag
""",
    "exim": """\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx2.mail.example>
To: claims@insurer.example
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1sIr0x@mx2.mail.example>
Date: Tue, 16 Jun 2026 10:05:00 +0200
Content-Type: text/plain; charset=us-ascii

A message that you sent could not be delivered to one recipient.

  {to}
    host mail.example [192.0.2.9]
    SMTP error from remote mail server after RCPT TO:<{to}>:
    {reply} User unknown

------ This is a copy of the message, including all the headers. ------

From: Muster Krankenkasse <claims@insurer.example>
To: {to}
Message-ID: {letter}

Guten Tag
""",
}


def report(
    server: str,
    letter: str,
    *,
    to: str = "anna.mueller@mail.example",
    code: str = "5.1.1",
    reply: str = "550",
    action: str = "failed",
) -> bytes:
    """A report of this server about the letter with this Message-ID."""
    text = REPORTS[server].format(letter=letter, to=to, code=code, reply=reply, action=action)
    return text.replace("\n", "\r\n").encode()
