"""Several invoices in one file: which pages are whose."""
