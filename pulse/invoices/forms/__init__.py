"""The printed form of the Forum Datenaustausch."""
