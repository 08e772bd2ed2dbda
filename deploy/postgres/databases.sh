#!/bin/sh
# Run once by the PostgreSQL image, on an empty volume: a database and an owner for Pulse and for the engine.
set -eu
secrets=${SECRETS:-/run/secrets}

create() { # NAME SECRET
    psql --username=postgres --set=ON_ERROR_STOP=1 --set=name="$1" --set=password="$(cat "$secrets/$2")" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

create pulse database_password
create engine DB_PASSWORD
