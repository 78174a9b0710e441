#!/bin/bash
# Orders a variation as the program of the seed does: a form for the login, and JSON
# that curl labels as a form, because nothing says what it is.
BASE_URL="https://cloud.datakitchen.io"
USERNAME="<USERNAME>"
PASSWORD="<PASSWORD>"
token=$(curl -f -s -X POST -d "username=$USERNAME&password=$PASSWORD" -H "Content-type: application/x-www-form-urlencoded" "$BASE_URL/v2/login") || exit 1
curl -f -s -X PUT -H "Authorization: Bearer $token" -d '{"parameters":{"testvar":"override_value"}}' \
  "$BASE_URL/v2/order/create/<KITCHEN_NAME>/<RECIPE_NAME>/<VARIATION_NAME>" || exit 1
echo "Order run created successfully"
