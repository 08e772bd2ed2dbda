"""Invented invoices: the truth, its printed form 5.0 with or without the QR annex, and its XML.

    truth = invoice(seed)             an Invoice of imaginary persons, drawn from the seed alone
    form_pdf(truth, annex=True)       the German form as PDF
    xml(truth)                        generalInvoiceRequest 5.0

Nothing here is shared with the readers: labels and places are written anew, so that a reading proves something.
"""

from __future__ import annotations

from pulse.synthetic.catalogue import Insurer, Medication, Provider
from pulse.synthetic.form import form_pdf
from pulse.synthetic.truth import invoice
from pulse.synthetic.xml import xml

__all__ = ["Insurer", "Medication", "Provider", "form_pdf", "invoice", "xml"]
