"""Programs that print: reportlab, a browser, LibreOffice."""
