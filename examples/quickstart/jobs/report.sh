# The answer: was the wettest month also the coldest?
export LC_ALL=C
coldest=$(sort -t, -k2,2 -n "$TEMPERATURE" | head -n 1 | cut -d, -f1)
if [ "$coldest" = "$WETTEST_MONTH" ]; then verdict="yes"; else verdict="no, that was $coldest"; fi

{
  echo "# A year of weather"
  echo
  echo "The wettest month was $WETTEST_MONTH. Was it the coldest? $verdict."
  echo "Wet days: $WET_DAYS. Hottest day: $HOTTEST_DAY."
  echo
  echo "month    rain mm  mean high C"
  join -t, "$RAINFALL" "$TEMPERATURE" | awk -F, '{ printf "%s  %7.1f  %11.1f\n", $1, $2, $3 }'
} > "$OUTPUT_DIR/report.md"
printf '{"answer": "%s"}\n' "$verdict" > "$OUTPUT_DIR/seed.outputs.json"
