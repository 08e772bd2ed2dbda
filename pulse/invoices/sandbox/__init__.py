"""The process that opens a stranger's file, and whoever speaks with it."""
