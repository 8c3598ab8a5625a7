# With the version's folder in the URL, rclone does not ask whether that is a file, which servers answer as they like.
export RCLONE_CONFIG_STORAGE_URL="$RCLONE_CONFIG_STORAGE_URL/${MODEL_REMOTE#*:}/"
MODEL_REMOTE=storage:.

# A web server lists nothing: the listing of the version says what to ask for, and its digest is checked before.
offer() {
  rm -rf "$HOME/documents"
  printf 'SHA256SUMS\nmodel.sig\n' >"$HOME/first"
  rclone copy "$MODEL_REMOTE" "$HOME/documents" --config "" --files-from-raw "$HOME/first" || refuse "$not_copied" 1
  [ -f "$HOME/documents/SHA256SUMS" ] || refuse "no SHA256SUMS beside its files"
  cp "$HOME/documents/SHA256SUMS" .
  check_listing
  rclone lsf "$MODEL_REMOTE" --config "" --recursive --files-only --format sp --files-from-raw "$HOME/listed" \
    >"$HOME/offered" || refuse "$not_copied" 1
  sed -n 's/^-[0-9]*;//p' "$HOME/offered" >"$HOME/sizeless"
  [ ! -s "$HOME/sizeless" ] || refuse "the web server does not say how large $(head -n 1 "$HOME/sizeless") is"
  sed 's/^[0-9]*;//' "$HOME/offered" | sort >"$HOME/names"
  comm -23 "$HOME/listed" "$HOME/names" | head -n 5 >"$HOME/missing"
  [ ! -s "$HOME/missing" ] || refuse "$(sed 's/$/: missing/' "$HOME/missing")"
  has_parts || refuse "the web server answers no part of a file, and files over $LARGE_MEBIBYTES MiB are copied in parts"
}

# has_parts: whether no file is large, or the server answers a part of one.
has_parts() {
  most=$((LARGE_MEBIBYTES * 1048576))
  MOST=$most awk -F ';' '$1 > ENVIRON["MOST"] + 0 { large = 1 } END { exit !large }' "$HOME/offered" || return 0
  rclone cat "$MODEL_REMOTE/SHA256SUMS" --config "" --offset 9 --count 9 >"$HOME/part" || refuse "$not_copied" 1
  dd if=SHA256SUMS bs=9 skip=1 count=1 2>/dev/null | cmp -s - "$HOME/part"
}
