"""Where things stand on a page."""
