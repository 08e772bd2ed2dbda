#!/bin/sh
# Makes the files in deploy/secrets that compose hands to the containers: passwords of our own are drawn, those of the
# mail servers are asked for. What is there stays as it is.
set -eu
umask 077
folder=$(dirname "$0")/secrets
mkdir -p "$folder"

draw() { [ -s "$folder/$1" ] || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$folder/$1"; }
ask() {
    [ -s "$folder/$1" ] && return
    printf '%s: ' "$2" >&2
    IFS= read -r answer
    printf '%s' "$answer" >"$folder/$1"
}

for name in postgres_password database_password engine_database_password engine_password web_secret_key; do
    draw "$name"
done
printf 'postgresql://pulse:%s@postgres:5432/pulse' "$(cat "$folder/database_password")" >"$folder/database_url"
ask imap_password "Password of the invoice mailbox (IMAP)"
ask smtp_password "Password for sending (SMTP)"
# The users in the containers read the files; the folder keeps others of this machine out.
chmod 0700 "$folder"
chmod 0644 "$folder"/*
