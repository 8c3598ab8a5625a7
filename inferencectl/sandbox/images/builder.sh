#!/bin/bash
# builder.sh WORK LOWER STATE PROGRAMS CHECKOUT CGROUPS KEPT ARGUMENT...
#
# The first process of a build, in namespaces of its own: it makes a root from the directories LOWER (joined by colons),
# starts buildkitd in it and runs `buildctl build ARGUMENT...`. Everything that it mounts and starts ends with it. CGROUPS
# is "2", or the controllers of each tree of version 1, joined by semicolons; KEPT megabytes of earlier steps are kept.
set -eu
work=$1 lower=$2 state=$3 programs=$4 checkout=$5 cgroups=$6 kept=$7
shift 7

root=$work/root
mount --make-rprivate /
mkdir "$root" "$work/upper" "$work/overlay"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/overlay" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs tmp "$root/tmp"
if [ "$cgroups" = 2 ]; then
  mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
  # A cgroup with processes of its own passes no controllers on.
  mkdir "$root/sys/fs/cgroup/builder"
  echo $$ > "$root/sys/fs/cgroup/builder/cgroup.procs"
  sed 's/\(^\| \)/\1+/g' "$root/sys/fs/cgroup/cgroup.controllers" > "$root/sys/fs/cgroup/cgroup.subtree_control"
else
  mount -t tmpfs -o mode=755 cgroup "$root/sys/fs/cgroup"
  IFS=';' read -ra trees <<< "$cgroups"
  for controllers in "${trees[@]}"; do
    mkdir "$root/sys/fs/cgroup/$controllers"
    mount -t cgroup -o "$controllers" cgroup "$root/sys/fs/cgroup/$controllers"
    for name in ${controllers//,/ }; do
      [ -e "$root/sys/fs/cgroup/$name" ] || ln -s "$controllers" "$root/sys/fs/cgroup/$name"
    done
  done
fi
mkdir -p "$root/build" "$root/checkout" "$root/var/lib/buildkit" "$root/opt/buildkit" "$root/machine"
mount --bind "$work" "$root/build"
mount --bind "$checkout" "$root/checkout"
mount --bind "$state" "$root/var/lib/buildkit"
mount --bind "$programs" "$root/opt/buildkit"
# The names are looked up as on the machine: the build uses its network.
cat /etc/resolv.conf > "$root/etc/resolv.conf"
cat /etc/hosts > "$root/etc/hosts"
cd "$root"
pivot_root . machine
cd /
# The root has no umount; 2 is MNT_DETACH.
python3 -c 'import ctypes; exit(ctypes.CDLL(None).umount2(b"/machine", 2))'

export PATH=/opt/buildkit:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp
address=unix:///run/buildkitd.sock
buildkitd --config /build/buildkitd.toml --addr "$address" > /build/buildkitd.log 2>&1 &
daemon=$!
until buildctl --addr "$address" debug workers > /dev/null 2>&1; do
  if ! kill -0 "$daemon" 2> /dev/null; then
    tail -n 15 /build/buildkitd.log
    exit 1
  fi
  sleep 0.1
done
result=0
buildctl --addr "$address" build --progress=plain "$@" 2>&1 || result=$?
# BuildKit's own collection would only begin some minutes later.
buildctl --addr "$address" prune --all --keep-storage "$kept" > /dev/null 2>&1 || true
kill "$daemon"
wait "$daemon" || true
exit "$result"
