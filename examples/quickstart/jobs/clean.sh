# Keeps the complete observations and counts them.
export LC_ALL=C
awk -F, '
  NR == 1 { print "date,precipitation,temp_max,temp_min"; next }
  $1 ~ /^[0-9]+-[0-9]+-[0-9]+$/ && $2 != "" && $3 != "" && $4 != "" { print $1 "," $2 "," $3 "," $4 }
' "$OBSERVATIONS" > "$OUTPUT_DIR/clean.csv"

days=$(($(wc -l < "$OUTPUT_DIR/clean.csv") - 1))
echo "kept $days of $(($(wc -l < "$OBSERVATIONS") - 1)) lines"
[ "$days" -gt 0 ] || exit 3
printf '{"days": %d}\n' "$days" > "$OUTPUT_DIR/seed.outputs.json"
