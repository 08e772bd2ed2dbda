"""Invoices without the Forum's form: pharmacies and practices, as letters, tables or till slips."""
