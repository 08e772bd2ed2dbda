"""The XML request of the Forum Datenaustausch, 4.4 to 5.0."""
