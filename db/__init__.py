"""Tables, migrations, repositories and the three ledgers (mails, outbox, effects).

`database.Database` opens a database; each other module is the repository of one noun: functions that take an open
connection, so that the caller says what belongs in one transaction.
"""

from __future__ import annotations
