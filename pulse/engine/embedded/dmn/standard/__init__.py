"""Decision models as the DMN standard (1.1 to 1.5) defines them, apart from what the real engines make of them.

All boxed expressions, item definitions, business knowledge models, decision services and imports. What goes wrong in a
decision makes its result null, and is told beside it.
"""

from __future__ import annotations

from pulse.engine.embedded.dmn.standard.evaluation import Result
from pulse.engine.embedded.dmn.standard.reader import Model, load

__all__ = ["Model", "Result", "load"]
