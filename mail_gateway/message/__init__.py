"""A stranger's mail, read: its headers and words, the documents in it, who sent it, what it reports."""

from __future__ import annotations
