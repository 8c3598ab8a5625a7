{ key=$(cat "$CREDENTIALS_DIRECTORY/accessKeyId") && secret=$(cat "$CREDENTIALS_DIRECTORY/secretAccessKey"); } ||
  refuse "the credentials of object storage cannot be read" 1
export RCLONE_CONFIG_STORAGE_ACCESS_KEY_ID="$key" RCLONE_CONFIG_STORAGE_SECRET_ACCESS_KEY="$secret"
