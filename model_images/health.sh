#!/bin/bash -eu
# health.sh PORT PATH: succeeds only if the server in this container responds to GET PATH with status 200.
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$2" >&3
read -r _ status _ <&3
[ "$status" = 200 ]
