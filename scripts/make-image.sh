#!/bin/sh
# Makes a small OCI image in a folder, from Debian's busybox-static, with umoci: scripts/make-image.sh [DIR]
#
# Two layers and a configuration, under the tag latest: what make-rootfs.sh makes; and above it a change of that, as a second line of a
# Dockerfile would be. It serves a page: /bin/httpd -f -p 80. `skopeo inspect oci:DIR:latest` and `umoci stat --image DIR` show it.
set -eu

image=${1:-busybox-image}
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
for program in umoci; do
  command -v "$program" >/dev/null || { echo "make-image: there is no $program; install the package $program" >&2; exit 1; }
done
if [ -e "$image" ]; then
  echo "make-image: $image is there already" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Whoever is not root unpacks and packs what is his own.
rootless=$([ "$(id -u)" = 0 ] || echo --rootless)

umoci init --layout "$image"
umoci new --image "$image:latest"

# The first layer: all that there is.
umoci unpack $rootless --image "$image:latest" "$work/first" >/dev/null
rm -r "$work/first/rootfs"
"$here/make-rootfs.sh" "$work/first/rootfs"
umoci repack --image "$image:latest" "$work/first" 2>/dev/null

# The second: a file that goes (a whiteout, .wh.motd), one that comes, and one more name for one of the first layer (a hard link).
umoci unpack $rootless --image "$image:latest" "$work/second" >/dev/null
rm "$work/second/rootfs/etc/motd"
echo '<p>hello from the second layer</p>' >"$work/second/rootfs/srv/www/index.html"
ln "$work/second/rootfs/etc/os-release" "$work/second/rootfs/etc/initial-release"
umoci repack --image "$image:latest" "$work/second" 2>/dev/null

umoci config --image "$image:latest" --config.entrypoint /bin/httpd --config.entrypoint=-f \
  --config.cmd=-p --config.cmd 80 --config.workingdir /srv/www --config.env GREETING=hello --config.stopsignal SIGINT
# What only its maker needed, and what others may read.
umoci gc --layout "$image" >/dev/null 2>&1
chmod -R a+rX "$image"
