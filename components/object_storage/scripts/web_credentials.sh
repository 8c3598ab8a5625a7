if [ "$WEB_AUTHENTICATION" = basic ]; then
  user=$(cat "$CREDENTIALS_DIRECTORY/username")
  password=$(cat "$CREDENTIALS_DIRECTORY/password")
  authorization="Basic $(printf '%s:%s' "$user" "$password" | base64 | tr -d '\n')"
else
  authorization="Bearer $(cat "$CREDENTIALS_DIRECTORY/token")"
fi
# rclone reads a list of names and values, in which a comma or a quote would begin another one.
case $authorization in
*[!A-Za-z0-9\ ._~+/=-]*)
  echo "the token of the web server has characters that no token may have" >&2
  exit 1
  ;;
esac
export RCLONE_CONFIG_STORAGE_HEADERS="Authorization,$authorization"
