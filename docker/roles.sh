#!/bin/sh
# Run once by PostgreSQL's image, when the database is made: two roles, of which the application's may change nothing but rows.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set owner_password="$STOCKBOOK_OWNER_PASSWORD" --set app_password="$STOCKBOOK_APP_PASSWORD" <<'SQL'
CREATE ROLE stockbook_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE stockbook_app LOGIN PASSWORD :'app_password';
GRANT stockbook_app TO stockbook_owner;
CREATE DATABASE stockbook OWNER stockbook_owner;
REVOKE ALL ON DATABASE stockbook FROM PUBLIC;
GRANT CONNECT ON DATABASE stockbook TO stockbook_app;
SQL
