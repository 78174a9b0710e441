# One page of both.
cat "$DRY_SPELL" "$FROST" > "$OUTPUT_DIR/extremes.txt"
