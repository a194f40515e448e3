#!/bin/sh
# The demo's job, run in a sandbox on a copy of these sources: count and sort the lines of each module, write a
# report, commit it.
set -eu
cd "$(dirname "$0")/../.."

echo "on $(uname -s) as uid $(id -u) in $(pwd), $(find . -type f -not -path './.git/*' | wc -l) files"
[ -d .git ] || git init -q

{
  printf '%-16s %7s %9s\n' module files lines
  for module in */; do
    find "$module" -type f \( -name '*.java' -o -name '*.proto' -o -name '*.sql' -o -name '*.sh' \) -print0 |
      xargs -0 -r awk -v module="${module%/}" '
        FNR == 1 { files++ }
        END { if (NR > 0) printf "%-16s %7d %9d\n", module, files, NR }'
  done | sort -k3,3nr
} > REPORT.txt
cat REPORT.txt

git add -A
git commit -q -m "Report of $(wc -l < REPORT.txt) lines"
echo "committed $(git rev-parse --short HEAD)"
