# What is said instead of a report.
echo "Only $DAYS days of data: too little to say anything about a year." > "$OUTPUT_DIR/note.txt"
