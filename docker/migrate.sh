#!/bin/sh
# Brings the database to this version of the program: its schema, then the roles that ship.
set -eu
python -m flask --app run db upgrade
exec python -m flask --app run setup
