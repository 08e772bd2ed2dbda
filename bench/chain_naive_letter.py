"""The naive composition's letter: templates compiled for each, reportlab's platypus, the typeface registered anew."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from letters import plain
from letters.facts import Facts
from letters.occasions import Recipient
from letters.texts import Texts
from letters.writer import TemplateWriter, Wording
from pulse.base.money import format_amount


def write(facts: Facts) -> tuple[Wording, bytes]:
    """Wording and PDF."""
    texts = Texts()
    wording = TemplateWriter(texts).write(facts)
    return wording, _pdf(facts, wording, texts)


def _pdf(facts: Facts, wording: Wording, texts: Texts) -> bytes:
    rl_config.useA85 = 1  # as it comes
    folder = files("letters").joinpath("typefaces")
    pdfmetrics.registerFont(TTFont("Naive", str(folder.joinpath("LiberationSans-Regular.ttf"))))
    pdfmetrics.registerFont(TTFont("Naive-Bold", str(folder.joinpath("LiberationSans-Bold.ttf"))))
    body = ParagraphStyle("body", fontName="Naive", fontSize=9.5, leading=12.6, spaceAfter=5)
    head = ParagraphStyle("head", parent=body, fontName="Naive-Bold")
    small = ParagraphStyle("small", parent=body, fontSize=8, leading=10.4)
    brand = ParagraphStyle("brand", parent=head, fontSize=15, leading=18)
    story: list[Flowable] = [_paragraph(facts.insurer.name, brand)]
    story.append(_paragraph(" · ".join(facts.insurer.address.lines), small))
    story += [Spacer(0, 20 * mm), *(_paragraph(line, body) for line in facts.addressee.lines), Spacer(0, 10 * mm)]
    story.append(_paragraph(texts.line("subject", facts), head))
    story.append(_references(facts))
    story += [_paragraph(text, body) for text in (*texts.block("salutation", facts), *wording.paragraphs)]
    story.append(_positions(facts))
    labels = plain.labels(facts.wording_language)
    for name in ("payment", "next", "contact", "closing", "signature", "unsigned"):
        if name in ("payment", "next"):
            story.append(_paragraph(labels[name], head))
        story += [_paragraph(text, body) for text in texts.block(name, facts)]
    client = facts.recipient is Recipient.CLIENT
    for name, told in (("automated", facts.automated), ("legal", client)):
        if told:
            story.append(_paragraph(labels[name], head))
            story += [_paragraph(text, small) for text in texts.block(name, facts)]
    file = BytesIO()
    title = texts.line("mail_subject", facts)
    SimpleDocTemplate(file, pagesize=A4, title=title, author=facts.insurer.name, topMargin=15 * mm).build(story)
    return file.getvalue()


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _references(facts: Facts) -> Table:
    language = facts.wording_language
    labels = plain.labels(language)
    date, begin, end = facts.invoice_date, facts.treatment_begin, facts.treatment_end
    assert facts.invoice_number
    assert date
    rows = [
        (labels["date_line"], plain.long_date(facts.letter_date, language)),
        (labels["reference"], str(facts.case_id)),
        (labels["patient"], facts.patient_name or ""),
        (labels["insurance_number"], plain.masked_number(facts.insurance_number or "")),
        (labels["biller"], facts.biller_name or ""),
        (labels["invoice"], labels["dated"].format(number=facts.invoice_number, date=plain.long_date(date, language))),
        (labels["treatment"], f"{plain.long_date(begin or date, language)} – {plain.long_date(end or date, language)}"),
    ]
    return Table(rows, colWidths=[38 * mm, None], style=[("FONT", (0, 0), (-1, -1), "Naive", 8.5)])


def _positions(facts: Facts) -> Table:
    labels = plain.labels(facts.wording_language)
    cell = ParagraphStyle("cell", fontName="Naive", fontSize=8.5, leading=11)
    right = ParagraphStyle("right", parent=cell, alignment=TA_RIGHT)
    names = ("table_date", "table_product", "table_quantity", "table_billed", "table_approved")
    rows: list[list[Flowable]] = [[_paragraph(labels[name], cell) for name in names]]
    for position in facts.positions:
        quantity = "–" if position.quantity is None else plain.quantity(position.quantity)
        rows.append(
            [
                _paragraph(plain.short_date(position.date) if position.date else "–", cell),
                _paragraph(f"{position.name or '–'} {position.code or ''}", cell),
                _paragraph(quantity, right),
                _paragraph("–" if position.billed is None else format_amount(position.billed), right),
                _paragraph("–" if position.approved is None else format_amount(position.approved), right),
            ]
        )
    totals = [format_amount(amount) for amount in (facts.billed_total, facts.approved_total) if amount is not None]
    rows.append([_paragraph(text, right) for text in (labels["total"], "", "", *totals)])
    table = Table(rows, colWidths=[19 * mm, 70 * mm, 14 * mm, 28 * mm, 28 * mm])
    table.setStyle(TableStyle([("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table
