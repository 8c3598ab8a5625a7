# Copy what each version recorded at its publication, and nothing else of it. Every line of $VERSIONS_FILE is
# "model version remote sha256", where sha256 is what the stack names: the SHA-256 of the version's SHA256SUMS file,
# which lists the rest. A file that is missing or changed is left out and reported.
recorded=DOCUMENT

expectation() {
  mkdir -p "$directory/assets.extra"
  rclone copyto "$remote/SHA256SUMS" "$directory/SHA256SUMS" --config "" || return 1
  echo "$sha256  SHA256SUMS" | (cd "$directory" && sha256sum -c -) || return 1
  rclone copyto "$remote/$recorded" "$directory/incoming" --config "" || return 1
  listed=$(sed -n "s|^\([0-9a-f]\{64\}\) [ *]\(\./\)\{0,1\}$recorded\$|\1|p" "$directory/SHA256SUMS")
  echo "$listed  incoming" | (cd "$directory" && sha256sum -c -) || return 1
  mv "$directory/incoming" "$directory/$recorded"
}

