"""A private Dovecot: own folder, free ports, own certificate; any user logs in with the password `secret`."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from certificates import self_signed
from imapclient import IMAPClient
from ports import kept_port

PASSWORD = "secret"

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_fsync = never
mail_max_userip_connections = 100
mail_location = maildir:{folder}/mail/%u
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
{passdb}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  prefix = {prefix}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
{more}
"""

_PASSWORDS = """
passdb {{
  driver = static
  args = password={password}
}}
"""
#: Tokens first; the password is for those who fill the mailbox.
_TOKENS = """
auth_mechanisms = xoauth2 plain
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain
  args = password={password}
}}
"""
_INTROSPECTION = """
introspection_url = {url}
introspection_mode = post
active_attribute = active
active_value = true
username_attribute = username
username_format = %d
scope = {scope}
"""
_READ_ONLY = """
mail_plugins = acl
plugin {{
  acl = vfile:{folder}/acl
}}
"""


class Dovecot:
    """Runs between `__enter__` and `__exit__`; `stop` and `start` in between keep ports and mails."""

    def __init__(
        self,
        program: str,
        *,
        capability: str | None = None,
        prefix: str = "",
        introspection_url: str | None = None,
        scope: str = "",
        read_only: bool = False,
    ) -> None:
        """`capability` is announced instead of what the server can do; `prefix` goes before all folder names.

        With an `introspection_url` (RFC 7662) it takes tokens that are active there, with this `scope` and for the
        mailbox's domain: as with Microsoft's, an application may open all mailboxes of its tenant. `read_only`
        mailboxes may be read and not changed.
        """
        self.host = "127.0.0.1"
        self._ports = contextlib.ExitStack()
        self.port, self.tls_port = (self._ports.enter_context(kept_port()) for _ in range(2))
        self._program = program
        # Sockets live below: their paths must be short.
        self._folder = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None
        self._more = f"imap_capability = {capability}" if capability else ""
        self._prefix = prefix
        self._introspection_url, self._scope, self._read_only = introspection_url, scope, read_only

    @property
    def ca_file(self) -> Path:
        """The server's certificate, for `127.0.0.1`, signed by itself."""
        return self._folder / "cert.pem"

    def __enter__(self) -> Self:
        self._write_files()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._ports.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Starts the server and waits until it takes connections."""
        self._process = subprocess.Popen([self._program, "-F", "-c", str(self._folder / "dovecot.conf")])
        deadline = time.monotonic() + 60
        while True:
            try:
                with socket.create_connection((self.host, self.port), timeout=1):
                    return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    log = self._folder / "dovecot.log"
                    raise RuntimeError(log.read_text() if log.exists() else "dovecot did not start") from None
                time.sleep(0.02)

    def stop(self) -> None:
        """Stops the server; connections end."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None

    def client(self, user: str) -> IMAPClient:
        """A logged-in client, plain."""
        client = IMAPClient(self.host, self.port, ssl=False, timeout=60)
        client._imap.debug = 0
        client.login(user, PASSWORD)
        return client

    def put(self, user: str, data: bytes, folder: str = "INBOX") -> None:
        """Puts a mail into a user's folder."""
        with self.client(user) as client:
            client.append(folder, data)

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The mails in a folder, oldest first; empty where it does not exist."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            uids = client.search("ALL")
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
        return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def forget_uids(self, user: str) -> None:
        """Gives the user's INBOX a new UIDVALIDITY, as after a restore; the server is started anew."""
        self.stop()  # whoever has just logged out may still be writing
        for pattern in ("dovecot-uidlist", "dovecot.index*"):
            for file in (self._folder / "mail" / user).glob(pattern):
                file.unlink()
        self.start()

    def _write_files(self) -> None:
        me = pwd.getpwuid(os.getuid())
        if os.getuid() == 0:
            # As Debian's package sets it up: mail belongs to an ordinary user, logins are handled by nobody's user.
            owner = pwd.getpwnam("nobody")
            internal, login = "dovecot", "dovenull"
        else:
            owner, internal, login = me, me.pw_name, me.pw_name
        (self._folder / "run").mkdir()
        (self._folder / "mail").mkdir()
        self._folder.chmod(0o755)
        if os.getuid() == 0:
            os.chown(self._folder / "mail", owner.pw_uid, owner.pw_gid)
        self_signed(self._folder)
        (self._folder / "acl").write_text("INBOX anyone lr\nINBOX owner lr\n")
        passdb = _PASSWORDS if self._introspection_url is None else _TOKENS
        (self._folder / "oauth2.conf").write_text(_INTROSPECTION.format(url=self._introspection_url, scope=self._scope))
        more = self._more + (_READ_ONLY.format(folder=self._folder) if self._read_only else "")
        (self._folder / "dovecot.conf").write_text(
            _CONFIG.format(
                folder=self._folder,
                port=self.port,
                tls_port=self.tls_port,
                passdb=passdb.format(folder=self._folder, password=PASSWORD),
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                internal=internal,
                internal_group=_group(internal),
                login=login,
                prefix=self._prefix,
                more=more,
            )
        )


def _group(user: str) -> str:
    import grp

    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
