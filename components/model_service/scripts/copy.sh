# Digests of an earlier attempt are forgotten: what it left is hashed again.
rm -rf "$HOME/digests"
export RCLONE_CACHE_DIR="$HOME/digests" RCLONE_CONFIG_PLACED_TYPE=hasher RCLONE_CONFIG_PLACED_HASHES=sha256 \
  RCLONE_CONFIG_PLACED_REMOTE="$incoming"
offer
# Meanwhile: it needs no file but the listing.
if [ -n "${MODEL_SIGNATURE_KEY+set}" ]; then
  verify_signature "$HOME/documents/model.sig" 2>"$HOME/refusal" &
  signature=$!
fi
keep_what_is_right
copy_small
[ -z "${MODEL_SIGNATURE_KEY+set}" ] || wait "$signature" || { cat "$HOME/refusal" >&2 && exit 3; }
while IFS= read -r offered <&4; do
  copy_large "${offered#*;}" "${offered%%;*}"
done 4<"$HOME/large"
accept_files
conclude
[ -z "${MODEL_DURABLE+set}" ] || find . -type f -exec sync {} +
cd /
mv "$incoming" "$MODEL_DIRECTORY"
rm -rf "$parts"
