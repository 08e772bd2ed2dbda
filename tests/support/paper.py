"""Letters in every look, as files, and veraPDF that judges them."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from letter_samples import INSURER, all_facts, make_facts
from PIL import Image, ImageDraw

from letters.amounts import Bill, CostShare, PositionFact
from letters.facts import Address, Facts
from letters.letterhead import Letterhead, read_colour, read_logo
from letters.occasions import Kind
from pulse.base.reasons import LANGUAGES, Language, Reason

_PROJECT = Path(__file__).parent / "verapdf"
LONG_ADDRESS = Address(
    name="Aktiengesellschaft für ausserordentlich umständliche Firmenbezeichnungen Österreich–Schweiz Beteiligungen",
    street="Obere Sankt-Leodegar-Klosterstrasse 123b, Hinterhaus, 3. Stock links",
    zip="CH-9999",
    city="Sankt Margrethen-Niederuzwil-Oberbüren",
)
LONG_INSURER = replace(
    INSURER,
    name="Schweizerische Kranken- und Unfallversicherungsgesellschaft der vereinigten Kantone der Ostschweiz AG",
    email="leistungsabteilung.medikamente@schweizerische-kranken.example",
)
BILL = Bill(
    case_id=12345678, purpose="cost_share", amount=Decimal("45.20"), due_on=dt.date(2026, 7, 16),
    iban="CH4431999123000889012", reference="785700000000000000000000429",
)  # fmt: skip


def logo_file(folder: Path) -> Path:
    """A PNG with transparent parts."""
    picture = Image.new("RGBA", (900, 260), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((10, 10, 250, 250), fill=(200, 16, 46, 255))
    ImageDraw.Draw(picture).rectangle((300, 80, 880, 180), fill=(30, 30, 60, 128))
    picture.save(folder / "logo.png")
    return folder / "logo.png"


def looks(folder: Path) -> list[Letterhead]:
    """With and without a logo, the window on either side."""
    logo, accent = read_logo(logo_file(folder)), read_colour("#a00030")
    return [Letterhead(), Letterhead(window="left"), Letterhead(logo=logo, accent=accent),
            Letterhead(logo=logo, window="left")]  # fmt: skip


def long_letter(language: Language, *, positions: int = 60) -> Facts:
    """Sixty positions with notes, long names throughout."""
    reasons = (Reason.NOT_LISTED, Reason.PRICE_ABOVE_MAXIMUM)
    rows = tuple(
        PositionFact(
            line=line, date=dt.date(2026, 6, 10), code="7680562090041", quantity=Decimal(1), reasons=reasons,
            name=f"Medikament {line} mit einem langen Namen, Filmtabletten 100 mg", billed=Decimal("1234.55"),
            approved=Decimal("1000.00"),
        )
        for line in range(1, positions + 1)
    )  # fmt: skip
    return make_facts(
        Kind.PARTLY_APPROVED, language=language, addressee=LONG_ADDRESS, insurer=LONG_INSURER, positions=rows,
        patient_name="Maria Magdalena Theresia von Hohenlohe-Waldenburg-Schillingsfürst " * 2,
        biller_name="Donaudampfschifffahrtsgesellschaftsapothekenbetriebsverwaltung" * 2,
        billed_total=Decimal("1234.55") * positions, approved_total=Decimal(1000) * positions,
    )  # fmt: skip


def billed_letter(language: Language) -> Facts:
    """A letter with a QR-bill."""
    share = CostShare(franchise=Decimal("40.20"), copayment=Decimal("5.00"), settled=Decimal("45.20"), year=2026)
    return make_facts(Kind.PARTLY_APPROVED, language=language, cost_share=share, bills=(BILL,))


def bare_letter(language: Language) -> Facts:
    """A letter of which nothing is known that may be unknown."""
    unknown = dict.fromkeys(
        ("patient_name", "insurance_number", "invoice_number", "invoice_date", "biller_name", "treatment_begin",
         "treatment_end")
    )  # fmt: skip
    empty = (PositionFact(line=1, reasons=(Reason.NOT_LISTED,)),)
    return make_facts(Kind.DENIED, language=language, positions=empty, **unknown)


def letters_of_all_shapes() -> list[Facts]:
    """Every letter in every language; long ones, bare ones, with a bill, with letters beyond the usual."""
    odd = make_facts(comment="Łukasz Ő. Ćwik, Ελλάδα, 😀 \u202e <b>")
    shapes = [shape(language) for shape in (long_letter, billed_letter, bare_letter) for language in LANGUAGES]
    return [*all_facts(*LANGUAGES), *shapes, odd]


class VeraPdfAbsent(Exception):
    """Maven cannot get it."""


def verapdf(folder: Path, maven: str, javac: str) -> list[str]:
    """The command of the validator, made in `folder`; files follow it. Raises `VeraPdfAbsent`."""
    shutil.copytree(_PROJECT, folder, dirs_exist_ok=True)
    path = folder / "classpath.txt"
    resolve = [maven, "-q", "-B", "dependency:build-classpath", f"-Dmdep.outputFile={path}"]
    try:
        subprocess.run(resolve, cwd=folder, check=True, capture_output=True, timeout=150)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise VeraPdfAbsent(str(error)) from None
    classpath = f"{folder}:{path.read_text().strip()}"
    subprocess.run([javac, "-cp", classpath, "CheckArchive.java"], cwd=folder, check=True, capture_output=True)
    return [str(Path(javac).with_name("java")), "-Xmx256m", "-cp", classpath, "CheckArchive"]


def text_of_pages(data: bytes) -> str:
    """All text of a PDF, by a reader that shares nothing with the one of the invoices."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
