# The longest run of days without rain.
export LC_ALL=C
awk -F, '
  NR > 1 && $2 == 0 { if (!n++) from = $1; if (n > best) { best = n; best_from = from; best_to = $1 } }
  NR > 1 && $2 > 0  { n = 0 }
  END { printf "%d dry days in a row, %s to %s\n", best, best_from, best_to }
' "$CLEAN" > "$OUTPUT_DIR/dry-spell.txt"
