# Stands for a load into a database: SCHEMA is what the kitchen says.
set -eu
echo "$(cat "$TOTALS") goes to $SCHEMA.sales"
