"""QR codes and Data Matrices: the annex of form 5.0, and the payment slip."""
