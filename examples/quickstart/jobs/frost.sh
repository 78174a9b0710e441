# The days on which it froze.
export LC_ALL=C
awk -F, 'NR > 1 && $4 <= 0 { n++; last = $1; if (n == 1) first = $1 } END { printf "%d days of frost, first %s, last %s\n", n, first, last }' "$CLEAN" > "$OUTPUT_DIR/frost.txt"
