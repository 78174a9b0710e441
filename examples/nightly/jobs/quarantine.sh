# Puts a file aside that is not usable.
set -eu
cp "$SALES" "$OUTPUT_DIR/bad-$SOURCE_DATE.csv"
