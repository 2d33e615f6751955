#!/bin/sh
# Makes a small root file system in a folder, from Debian's busybox-static: scripts/make-rootfs.sh [DIR]
#
# Each command is a link to the one program, as in Alpine. There are users (root, nobody), a motd and a page for a web server;
# /proc, /sys and /dev are empty: who starts a program in it fills them.
set -eu

root=${1:-rootfs}
busybox=${BUSYBOX:-$(command -v busybox || true)}
if [ -z "$busybox" ] || ! "$busybox" --list >/dev/null 2>&1; then
  echo "make-rootfs: there is no busybox; install the package busybox-static" >&2
  exit 1
fi
if [ -e "$root" ]; then
  echo "make-rootfs: $root is there already" >&2
  exit 1
fi

for folder in bin dev etc home proc root run srv/www sys tmp usr/bin usr/sbin var/log; do
  mkdir -p "$root/$folder"
done
chmod 1777 "$root/tmp"
chmod 700 "$root/root"
ln -s ../run "$root/var/run"
ln -s bin "$root/sbin"

cp "$busybox" "$root/bin/busybox"
"$busybox" --list | while read -r command; do
  [ "$command" = busybox ] || ln -s busybox "$root/bin/$command"
done

printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'www:x:33:33:www:/srv/www:/bin/sh' 'nobody:x:65534:65534:nobody:/:/bin/false' >"$root/etc/passwd"
printf '%s\n' 'root:x:0:' 'tty:x:5:' 'www:x:33:' 'nogroup:x:65534:' >"$root/etc/group"
printf '%s\n' 'ID=netlab-busybox' 'PRETTY_NAME="busybox, for netlab"' >"$root/etc/os-release"
echo 'a root of its own' >"$root/etc/motd"
echo '<p>hello from a root of its own</p>' >"$root/srv/www/index.html"
