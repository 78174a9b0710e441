# Mean daily high by month, and the hottest day.
export LC_ALL=C
awk -F, 'NR > 1 { m = substr($1, 1, 7); sum[m] += $3; n[m]++ } END { for (m in sum) printf "%s,%.1f\n", m, sum[m] / n[m] }' "$CLEAN" |
  sort > "$OUTPUT_DIR/temperature.csv"

hottest=$(tail -n +2 "$CLEAN" | sort -t, -k3,3 -rn | head -n 1 | cut -d, -f1)
printf '{"hottest_day": "%s"}\n' "$hottest" > "$OUTPUT_DIR/seed.outputs.json"
