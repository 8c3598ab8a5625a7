# Copy the model from object storage beside its final place, check it there, and only then let it be seen: an
# interrupted or refused copy is never served. What is already in place is checked, not copied again.
if [ -d "$MODEL_DIRECTORY" ]; then
  verify_model "$MODEL_DIRECTORY"
  exit 0
fi
incoming=$MODEL_DIRECTORY.incoming
rm -rf "$incoming"
mkdir -p "$incoming"
echo "copying $MODEL_SOURCE"
{ key=$(cat "$CREDENTIALS_DIRECTORY/accessKeyId") && secret=$(cat "$CREDENTIALS_DIRECTORY/secretAccessKey"); } ||
  refuse "the credentials of object storage cannot be read" 1
RCLONE_CONFIG_STORAGE_ACCESS_KEY_ID=$key RCLONE_CONFIG_STORAGE_SECRET_ACCESS_KEY=$secret \
  rclone copy "$MODEL_REMOTE" "$incoming" --config "" --stats 10s --stats-one-line ||
  refuse "it cannot be copied from object storage" 1
verify_model "$incoming"
mv "$incoming" "$MODEL_DIRECTORY"
