"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the same request again gets the first answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import orjson
from flask import Response, request

from db import idempotency
from db.tokens import Token
from pulse.claims.office import Office
from pulse.web.errors import BodyInvalid, KeyInUse, KeyReused

HEADER = "Idempotency-Key"
MAX_LENGTH = 200


def once(office: Office, token: Token, body: bytes, work: Callable[[], Response]) -> Response:
    """Does the work once for each key of this token; errors are not kept, so that a call may be tried again.

    Raises `KeyReused` (another request), `KeyInUse` (still running), `BodyInvalid` (no usable key).
    """
    key = request.headers.get(HEADER)
    if key is None:
        return work()
    if not 0 < len(key) <= MAX_LENGTH or not key.isascii() or not key.isprintable():
        raise BodyInvalid(f"{HEADER} has 1 to {MAX_LENGTH} printable ASCII characters.")
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).hexdigest()
    now = office.clock.now()
    with office.database.write() as connection:
        known = idempotency.reserve(connection, caller=token.id, key=key, request_digest=digest, at=now)
    if known is not None:
        if known.request_digest != digest:
            raise KeyReused
        if known.status is None:
            raise KeyInUse
        headers = {"Idempotency-Replayed": "true"}
        return Response(orjson.dumps(known.answer), known.status, headers=headers, content_type="application/json")
    try:
        response = work()
    except BaseException:
        with office.database.write() as connection:
            idempotency.release(connection, caller=token.id, key=key)
        raise
    with office.database.write() as connection:
        answer = orjson.loads(response.get_data())
        idempotency.answered(connection, caller=token.id, key=key, status=response.status_code, answer=answer)
    return response
