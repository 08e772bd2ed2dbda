"""Taking apart what arrives: MIME parts, ZIP, winmail.dat, S/MIME, each bounded, and all of them together."""
