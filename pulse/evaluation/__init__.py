"""Measuring the readers against documents whose truth is known, and learning from what they missed."""
