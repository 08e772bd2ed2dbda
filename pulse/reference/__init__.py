"""Public lists and registers, read from files into typed rows: what is paid, by whom, to whom."""
