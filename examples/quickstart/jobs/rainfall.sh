# Rain by month, the wettest month, and how many days were wet.
export LC_ALL=C
awk -F, 'NR > 1 { total[substr($1, 1, 7)] += $2 } END { for (m in total) printf "%s,%.1f\n", m, total[m] }' "$CLEAN" |
  sort > "$OUTPUT_DIR/rainfall.csv"

wettest=$(sort -t, -k2,2 -rn "$OUTPUT_DIR/rainfall.csv" | head -n 1 | cut -d, -f1)
wet_days=$(awk -F, -v limit="$WET_DAY_MM" 'NR > 1 && $2 >= limit { n++ } END { print n + 0 }' "$CLEAN")
echo "wettest month: $wettest; days with at least $WET_DAY_MM mm: $wet_days"
printf '{"wettest_month": "%s", "wet_days": %d}\n' "$wettest" "$wet_days" > "$OUTPUT_DIR/seed.outputs.json"
