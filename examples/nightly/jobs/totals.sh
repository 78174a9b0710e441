# Adds the sales of a day up.
set -eu
awk -F, -v day="$SOURCE_DATE" '{ sum += $2 } END { print day "," sum }' "$TABLE" > "$OUTPUT_DIR/totals-$SOURCE_DATE.csv"
