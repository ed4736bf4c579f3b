#!/usr/bin/env bash
# Render the README's picture: head and performance of a model report, in English.
# Usage: docs/pictures/render.sh data/simulated/reports/versions/value_tier-*.html
# Needs chromium.
set -euo pipefail
report=$(realpath "$1")
picture="$(cd "$(dirname "$0")" && pwd)/report.png"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
style='<style>section:not(#performance) { display: none }</style>'
sed -e 's/ id="show-both" checked/ id="show-both"/; s/ id="show-en"/ id="show-en" checked/' \
    -e "s|</head>|$style</head>|" "$report" > "$folder/report.html"
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,985 \
    --screenshot="$picture" "file://$folder/report.html" 2> /dev/null
ls -l "$picture"
