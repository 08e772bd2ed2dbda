"""The frame around every REST call: who may, what goes in, what comes out; the OpenAPI document reads the same frame.

    routes = Routes()

    @routes.post("/things", scope="things:write", body=Thing, answers={201: ThingAnswer})
    def create(call: Call) -> Answer: ...

Why not a framework for it: bodies are validated by the pydantic models that claims and the readers already have, from
JSON parsed strictly (`json_text`), and every error is ours; what is left to do is this module and `openapi`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from flask import Flask, Response, request
from pydantic import BaseModel, TypeAdapter, ValidationError

from db.tokens import Token
from pulse.claims.office import Office
from pulse.web import idempotency, json_text
from pulse.web.bearer import authenticate
from pulse.web.errors import BodyInvalid, WrongMediaType
from pulse.web.throttle import Throttle

MAX_UPLOAD_BYTES = 16 * 1024 * 1024
DOCUMENT_TYPES = ("application/pdf", "application/xml")
_MULTIPART = "multipart/form-data"
#: Bearer tokens that are not ours, from one address.
_MOST_FAILURES, _FAILURE_WINDOW = 30, timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request, checked: `body` and `query` are instances of the endpoint's models."""

    office: Office
    token: Token | None
    query: Any = None
    body: Any = None
    document: bytes | None = None

    @property
    def caller(self) -> Token:
        """The token; only for endpoints that have a scope."""
        assert self.token is not None
        return self.token

    @property
    def actor(self) -> str:
        """Who, for the audit trail."""
        return f"token:{self.caller.name}"[:100]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A model and its status."""

    body: BaseModel
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[..., Answer | Response]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One call of the API. `answers`: status → model, or media type for other bodies than JSON."""

    method: str
    path: str
    scope: str | None
    handler: Handler
    answers: Mapping[int, type[BaseModel] | str]
    body: Any = None
    query: type[BaseModel] | None = None
    documents: bool = False
    idempotent: bool = False
    at_root: bool = False

    @property
    def name(self) -> str:
        return self.handler.__name__


class Routes:
    """The endpoints of one module."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        return self._add("GET", path, options)

    def post(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        return self._add("POST", path, options)

    def put(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        return self._add("PUT", path, options)

    def _add(self, method: str, path: str, options: dict[str, Any]) -> Callable[[Handler], Handler]:
        def keep(handler: Handler) -> Handler:
            self.endpoints.append(Endpoint(method=method, path=path, handler=handler, **options))
            return handler

        return keep


#: An endpoint and the prefix that it is served under.
Placed = tuple[str, Endpoint]


def placed(endpoints: list[Endpoint], prefix: str) -> list[Placed]:
    """The endpoints under a prefix; those that were there first (`at_root`) also without it."""
    return [(start, one) for one in endpoints for start in ((prefix, "") if one.at_root else (prefix,))]


def bind(app: Flask, office: Office, surface: list[Placed]) -> None:
    """Serves the endpoints, each in its place."""
    failures = Throttle(office.clock, most=_MOST_FAILURES, window=_FAILURE_WINDOW)
    for prefix, endpoint in surface:
        name = f"rest{prefix.replace('/', '_')}_{endpoint.name}"
        view = _view(office, endpoint, failures)
        app.add_url_rule(prefix + endpoint.path, name, view, methods=[endpoint.method])


def _view(office: Office, endpoint: Endpoint, failures: Throttle) -> Callable[..., Response]:
    adapter = TypeAdapter(endpoint.body) if endpoint.body is not None else None
    query_adapter = TypeAdapter(endpoint.query) if endpoint.query is not None else None

    def view(**path: Any) -> Response:
        token = authenticate(office, failures, endpoint.scope) if endpoint.scope else None
        query = _valid(query_adapter, request.args.to_dict(), "query") if query_adapter else None
        document, raw = _body(endpoint)
        body = _valid(adapter, json_text.parse(raw), "body") if adapter and document is None else None
        call = Call(office=office, token=token, query=query, body=body, document=document)
        if endpoint.idempotent and token is not None:
            return idempotency.once(office, token, document or raw, lambda: _response(endpoint.handler(call, **path)))
        return _response(endpoint.handler(call, **path))

    return view


def _response(answer: Answer | Response) -> Response:
    if isinstance(answer, Response):
        return answer
    body = orjson.dumps(answer.body.model_dump(mode="json"))
    return Response(body, answer.status, headers=dict(answer.headers), content_type="application/json")


def _body(endpoint: Endpoint) -> tuple[bytes | None, bytes]:
    """The document, and the JSON text: one of them."""
    if endpoint.body is None:
        return None, b""
    kind = request.mimetype
    if endpoint.documents and kind in (*DOCUMENT_TYPES, _MULTIPART):
        request.max_content_length = MAX_UPLOAD_BYTES
        if kind != _MULTIPART:
            return request.get_data(), b""
        file = request.files.get("file")
        if file is None:
            raise BodyInvalid("The form needs a part named file.", errors=[{"field": "file", "message": "missing"}])
        return file.read(), b""
    if kind != "application/json":
        taken = ["application/json", *((*DOCUMENT_TYPES, _MULTIPART) if endpoint.documents else ())]
        raise WrongMediaType(f"This takes {', '.join(taken)}.", accepted=taken)
    request.max_content_length = json_text.MAX_BYTES
    return None, request.get_data()


def _valid(adapter: TypeAdapter[Any], value: Any, place: str) -> Any:
    """Names what is wrong, never the value: it may be a person's."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        wrong = [
            {"field": ".".join(map(str, item["loc"]))[:100], "message": item["msg"]}
            for item in error.errors(include_input=False, include_context=False, include_url=False)[:50]
        ]
        raise BodyInvalid(f"The {place} does not fit its schema.", errors=wrong) from None
