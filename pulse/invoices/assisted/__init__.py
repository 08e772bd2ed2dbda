"""Reading with a language model's help, for layouts that nothing else knows. Off unless a model is set.

The model only points: a value counts where its characters stand on the page, word for word. It decides nothing, and
what it reads is weighed with less confidence than any other source.
"""

from __future__ import annotations

from pulse.invoices.assisted.model import Message, ModelFailed, ReadingModel
from pulse.invoices.assisted.reader import helped

__all__ = ["Message", "ModelFailed", "ReadingModel", "helped"]
