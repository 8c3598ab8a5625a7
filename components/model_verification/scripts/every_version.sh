while read -r model version remote sha256; do
  directory=$EXPECTATIONS_DIRECTORY/$model/$version
  expectation </dev/null || echo "no $recorded of $model $version ($remote)" >&2
done <"$VERSIONS_FILE"
