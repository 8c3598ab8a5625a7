# verify_model DIRECTORY: check a model against the digest that the stack names. $MODEL_SHA256 is the SHA-256 of its
# SHA256SUMS file, which in turn lists every other file: nothing may be missing, changed or extra. Where the stack names
# public keys, $MODEL_SIGNATURE_KEY in PEM, the holder of one must have signed the files as well. $HOME is scratch space.
# refuse REASON [CODE]: exit code 3 says that another attempt ends the same, 1 that it may not.
refuse() {
  echo "model refused: $1 ($MODEL_SOURCE)" >&2
  exit "${2-3}"
}

verify_model() {
  cd "$1" 2>/dev/null || refuse "it is not at $1; has the import finished?" 1
  [ -f SHA256SUMS ] || refuse "no SHA256SUMS beside its files"
  check_listing
  # Debian's sha256sum does not use the processor's instructions for SHA-256: rclone takes a third of its time or less.
  rclone checksum sha256 "$HOME/sums" . --config "" --exclude /SHA256SUMS --combined "$HOME/checked" 2>"$HOME/errors" ||
    refuse "$(differences)"
  accept_files
  [ -z "${MODEL_SIGNATURE_KEY+set}" ] || verify_signature model.sig
  conclude
}

# check_listing: check SHA256SUMS in the working directory; "$HOME/sums" is then its lines, "$HOME/listed" its names.
check_listing() {
  found=$(sha256sum SHA256SUMS | cut -c1-64)
  [ "$found" = "$MODEL_SHA256" ] || refuse "SHA256SUMS has SHA-256 $found, the stack names $MODEL_SHA256"
  sed 's/^\([0-9a-f]*\) [ *]/\1  /; s/  \.\//  /' SHA256SUMS >"$HOME/sums"
  sed 's/^[0-9a-f]*  //' "$HOME/sums" | sort >"$HOME/listed"
}

# accept_files: what is left to check of the files once those in the working directory are known to be as listed.
accept_files() {
  present >"$HOME/present"
  comm -13 "$HOME/listed" "$HOME/present" >"$HOME/extra"
  [ ! -s "$HOME/extra" ] || refuse "files that SHA256SUMS does not list: $(head -n 5 "$HOME/extra")"
  [ "$MODEL_WARMUP" = optional ] || [ -f assets.extra/tf_serving_warmup_requests ] ||
    refuse "warm-up is required, and there is no assets.extra/tf_serving_warmup_requests"
  [ -z "${MODEL_NEEDED_FILE+set}" ] || [ -f "$MODEL_NEEDED_FILE" ] ||
    refuse "the server needs $MODEL_NEEDED_FILE, which is not among its files"
}

conclude() {
  echo "model verified: $(wc -l <"$HOME/present") files of $MODEL_SOURCE"
}

# present: the names of the files in the working directory.
present() {
  find . ! -type d ! -path ./SHA256SUMS | sed 's/^\.\///' | sort
}

# differences: what rclone has found, at most five files; or why it could not look.
differences() {
  sed -n 's/^[*!] \(.*\)/\1: FAILED/p; s/^+ \(.*\)/\1: missing/p; s/^- \(.*\)/\1: not listed/p' "$HOME/checked" |
    head -n 5 | grep . || tail -n 1 "$HOME/errors"
}

# verify_signature FILE: check the signature over every listed file but itself, by the digests of the listing.
verify_signature() {
  [ -f "$1" ] || refuse "it is not signed: no model.sig among its files"
  echo "$MODEL_SIGNATURE_KEY" >"$HOME/signature-keys"
  # Isolated, as Python would otherwise import modules that lie among the files.
  python3 -I -c "$VERIFY_SIGNATURE" "$1" "$HOME/signature-keys" "$HOME/sums" >"$HOME/signer" 2>"$HOME/signature" ||
    refuse "its signature does not hold: $(tail -n 1 "$HOME/signature" | cut -c1-400)"
  echo "signature verified$(cat "$HOME/signer"): $MODEL_SOURCE"
}
