# Takes lines that are sales, and says which share of the others there was.
set -eu
grep -E '^[a-z]+,[0-9]+$' "$SALES" > "$OUTPUT_DIR/table.csv" || { echo "nothing is left of $SALES" >&2; exit 3; }
all=$(grep -c . "$SALES")
good=$(wc -l < "$OUTPUT_DIR/table.csv")
echo "$good of $all lines are sales"
awk "BEGIN { printf \"{\\\"bad\\\": %.2f}\", 1 - $good / $all }" > "$OUTPUT_DIR/seed.outputs.json"
