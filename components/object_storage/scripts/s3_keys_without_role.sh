if [ -z "${AWS_ROLE_ARN+set}" ]; then
  key=$(cat "$CREDENTIALS_DIRECTORY/accessKeyId")
  secret=$(cat "$CREDENTIALS_DIRECTORY/secretAccessKey")
  export RCLONE_CONFIG_STORAGE_ACCESS_KEY_ID="$key" RCLONE_CONFIG_STORAGE_SECRET_ACCESS_KEY="$secret"
fi
