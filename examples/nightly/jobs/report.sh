# Says how the day went; of a file that is not usable, too.
set -eu
printf '{"summary": "%s: %s of the lines were bad"}' "$SOURCE_DATE" "${BAD:-all}" > "$OUTPUT_DIR/seed.outputs.json"
