#!/usr/bin/env bash
# Generates the jOOQ classes from the migrated schema; does nothing while migrations and generator are unchanged.
# usage: generate.sh JAVA_HOME OUTPUT CLASSPATH
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
java_home=$1 output=$2 classpath=$3
migrations=$here/../main/resources/db/migration
stamp=$output.sha256

now=$(cd "$here" && cat JooqGen.java generate.sh $(ls -1 "$migrations"/*.sql 2>/dev/null) | sha256sum)
if [ -d "$output" ] && [ -f "$stamp" ] && [ "$now" = "$(cat "$stamp")" ]; then exit 0; fi

rm -rf "$output" "$stamp"
mkdir -p "$output"
"$java_home/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$classpath" "$here/JooqGen.java" "$migrations" "$output"
echo "$now" > "$stamp"
