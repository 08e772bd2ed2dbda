"""Lists and registers brought into the tables: imported, compared, kept up to date."""
