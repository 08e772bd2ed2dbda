"""The insurer's work: one use case a module, over values that `rules` judges.

`receive` makes a document a case and `relay` starts its process; `check_client`, `check_medication`, `assess_risk`,
`settle`, `check_decision`, `write_letter`, `send_letter` and `notify` are the process's steps, each safe to be asked
twice; `tasks`, `correct`, `review` and `delivery` are what people do, `send_email` what integrators may, `cases` what
both see. All take the `Office`, which holds what the work is done with.
"""

from __future__ import annotations
