"""The REST interface: JSON for integrators, under /api/v1; the first four calls also without it."""

from __future__ import annotations

from pulse.web.api import four_calls, invoices, letters, payments, receivables, tasks
from pulse.web.endpoint import Endpoint

ENDPOINTS: list[Endpoint] = [
    *four_calls.routes.endpoints,
    *invoices.routes.endpoints,
    *letters.routes.endpoints,
    *payments.routes.endpoints,
    *receivables.routes.endpoints,
    *tasks.routes.endpoints,
]
