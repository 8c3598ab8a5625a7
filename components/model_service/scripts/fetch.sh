# Copy the model from object storage beside its final place, check it there, and only then let it be seen: a copy that
# is interrupted or refused is never served. What is already in place is checked, not copied again. Every file is hashed
# while it is copied, and a later attempt goes on with what an earlier one left, once it has hashed that itself.
PART_MEBIBYTES=64 LARGE_MEBIBYTES=512 STREAMS=4
incoming=$MODEL_DIRECTORY.incoming parts=$MODEL_DIRECTORY.parts
not_copied="it cannot be copied from object storage"

# offer: list what storage has, in "$HOME/offered" as "size;name", and check the listing. Other names are refused now.
offer() {
  rclone lsf "$MODEL_REMOTE" --config "" --recursive --files-only --format sp >"$HOME/offered" ||
    refuse "$not_copied" 1
  grep -q '^[0-9]*;SHA256SUMS$' "$HOME/offered" || refuse "no SHA256SUMS beside its files"
  rm -rf "$HOME/documents"
  rclone copy "$MODEL_REMOTE" "$HOME/documents" --config "" --include /SHA256SUMS --include /model.sig ||
    refuse "$not_copied" 1
  cp "$HOME/documents/SHA256SUMS" .
  check_listing
  sed 's/^[0-9]*;//' "$HOME/offered" | grep -vx SHA256SUMS | sort >"$HOME/names"
  # Not in a pipe, which would hide that a command fails.
  comm -23 "$HOME/listed" "$HOME/names" >"$HOME/missing"
  comm -13 "$HOME/listed" "$HOME/names" >"$HOME/extra"
  { sed 's/$/: missing/' "$HOME/missing" && sed 's/$/: not listed/' "$HOME/extra"; } | head -n 5 >"$HOME/different"
  [ ! -s "$HOME/different" ] || refuse "$(cat "$HOME/different")"
}

# keep_what_is_right: delete what an earlier attempt left and is not, or not wholly, as the listing says.
keep_what_is_right() {
  present >"$HOME/present"
  [ -s "$HOME/present" ] || return 0
  rclone checksum sha256 "$HOME/sums" placed: --config "" --exclude /SHA256SUMS --combined "$HOME/checked" \
    2>"$HOME/errors" || sed -n 's/^[-*!] //p' "$HOME/checked" | while IFS= read -r name; do rm -f "./$name"; done
  echo "continuing with $(present | wc -l) files of an earlier attempt"
}

# copy_small: copy all files but the large ones at once. What rclone writes to `placed:` it hashes as it does so, and it
# remembers the digests for `rclone checksum`; a digest that it did not remember is computed from the file.
copy_small() {
  while IFS= read -r offered; do
    if [ "${offered%%;*}" -le $((LARGE_MEBIBYTES * 1048576)) ]; then
      printf '%s\n' "${offered#*;}" >&3
    elif [ ! -f "./${offered#*;}" ]; then
      printf '%s\n' "$offered" >&4
    fi
  done <"$HOME/offered" 3>"$HOME/small" 4>"$HOME/large"
  # The files' SHA-256 says all that MD5 could; and reading ahead costs more CPU than it gains.
  rclone copy "$MODEL_REMOTE" placed: --config "" --files-from-raw "$HOME/small" --ignore-existing --ignore-checksum \
    --inplace --buffer-size 0 --stats 10s --stats-one-line || refuse "$not_copied" 1
  sed 's/^[0-9]*;//' "$HOME/large" >"$HOME/later"
  awk 'FILENAME == ARGV[1] { later[$0]; next } !(substr($0, 67) in later)' "$HOME/later" "$HOME/sums" >"$HOME/now"
  [ ! -s "$HOME/now" ] || rclone checksum sha256 "$HOME/now" placed: --config "" --one-way --combined "$HOME/checked" \
    2>"$HOME/errors" || refuse "$(differences)"
}

# copy_large NAME SIZE: copy a file in parts, some at a time, and hash them in their order as they come. A part that is
# there is marked, and not copied again; what it contains is hashed like the others.
copy_large() {
  digest=$(NAME=$1 awk 'substr($0, 67) == ENVIRON["NAME"] { print substr($0, 1, 64) }' "$HOME/sums")
  state=$parts/$digest last=$((($2 - 1) / (PART_MEBIBYTES * 1048576))) attempt=first
  [ ! -f "$state/file" ] || attempt=later
  mkdir -p "$state"
  rm -f "$HOME/ended"
  {
    seq 0 "$last" | while read -r part; do [ -f "$state/$part" ] || echo "$part"; done |
      FROM=$MODEL_REMOTE/$1 STATE=$state PART_MEBIBYTES=$PART_MEBIBYTES \
        xargs -r -P "$STREAMS" -n 1 /bin/sh -euc "$COPY_PART" copy-part || :
    : >"$HOME/ended"
  } &
  copying=$!
  found=$(parts_in_order "$1" | rclone hashsum sha256 --config "" | cut -c1-64)
  wait "$copying"
  [ -f "$state/$last" ] && [ "$(find "$state" -type f | wc -l)" -eq $((last + 2)) ] || refuse "$not_copied" 1
  if [ "$found" = "$digest" ]; then
    mkdir -p "$(dirname "./$1")"
    mv "$state/file" "./$1"
  fi
  rm -rf "$state"
  [ "$found" = "$digest" ] || [ "$attempt" = first ] || refuse "$1 was damaged where it lay, and is copied again" 1
  [ "$found" = "$digest" ] || refuse "$1: FAILED"
}

# With MODEL_DURABLE, a part is on the disk before its mark is, which would otherwise outlive it where a node is lost.
COPY_PART='
first=$(($1 * PART_MEBIBYTES))
{
  dd if=/dev/null bs=1048576 seek="$first" count=0 conv=notrunc 2>/dev/null
  rclone cat "$FROM" --config "" --offset $((first * 1048576)) --count $((PART_MEBIBYTES * 1048576)) \
    --buffer-size 0 || exit 255
} 1<>"$STATE/file"
[ -z "${MODEL_DURABLE+set}" ] || sync "$STATE/file"
: >"$STATE/$1"
'

# parts_in_order NAME: write the parts of the large file one after the other as soon as each is there; fewer if the
# copying ends before.
parts_in_order() {
  part=0
  while [ "$part" -le "$last" ]; do
    until [ -f "$state/$part" ]; do
      [ ! -f "$HOME/ended" ] || [ -f "$state/$part" ] || return 0
      sleep 0.1
    done
    dd if="$state/file" bs=1048576 skip=$((part * PART_MEBIBYTES)) count="$PART_MEBIBYTES" 2>/dev/null
    part=$((part + 1))
    [ $((part * PART_MEBIBYTES % 4096)) -ne 0 ] || echo "$((part * PART_MEBIBYTES / 1024)) GiB of $1" >&2
  done
}

if [ -d "$MODEL_DIRECTORY" ]; then
  verify_model "$MODEL_DIRECTORY"
  exit 0
fi
mkdir -p "$incoming" "$parts"
cd "$incoming"
echo "copying $MODEL_SOURCE"
