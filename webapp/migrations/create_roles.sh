#!/bin/sh
# Roles, their passwords and the database, in a fresh PostgreSQL: run by its container at the first start.
# psql reaches the server by the usual PG… variables; the passwords come from the environment.
set -eu

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --file "${PAMONG_ROLES_SQL:-/pamong/roles.sql}" postgres
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 postgres <<'SQL'
\getenv owner PAMONG_OWNER_PASSWORD
\getenv app PAMONG_APP_PASSWORD
\getenv backup PAMONG_BACKUP_PASSWORD
ALTER ROLE pamong_owner PASSWORD :'owner';
ALTER ROLE pamong_app PASSWORD :'app';
ALTER ROLE pamong_backup PASSWORD :'backup';
CREATE DATABASE pamong OWNER pamong_owner;
SQL
