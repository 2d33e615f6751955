/*
 * The root folder of a node that has its own. It is put together at some other place first: `root` names that place, and from then on
 * the targets of all operations are looked up as if it were `/` already, so that no link in it leads out. `pivot` makes it so.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int root = -1;	/* none: targets are paths like any other */

/* What a path leads to for those whose root `folder` is: struct open_how of <linux/openat2.h>, with RESOLVE_IN_ROOT. */
int open_beneath(int folder, const char *path, uint64_t flags)
{
	uint64_t how[3] = { flags, 0, 0x10 };
	int fd, tries = 0;

	/* EAGAIN: somebody on this machine has mounted or renamed something meanwhile, and the kernel is not sure of a `..`. */
	do
		fd = syscall(SYS_openat2, folder, path, how, sizeof how);
	while (fd < 0 && errno == EAGAIN && ++tries < 1000);
	return fd;
}

static int open_in_root(const char *path, uint64_t flags)
{
	return open_beneath(root, path, flags | O_PATH | O_CLOEXEC);
}

/* A path by which the target can be used now, kept in `spot`; NULL when it leads nowhere, with errno set. */
const char *spot_open(struct spot *spot, const char *path)
{
	spot->fd = -1;
	if (root < 0)
		return path;
	spot->fd = open_in_root(path, 0);
	if (spot->fd < 0)
		return NULL;
	format(spot->path, sizeof spot->path, "/proc/self/fd/%d", spot->fd);
	return spot->path;
}

/* The same for something that is to be made: its folder is there, and its last word is not followed. */
const char *spot_parent(struct spot *spot, const char *path)
{
	const char *last = strrchr(path, '/');
	char folder[PATH_MAX];

	spot->fd = -1;
	if (root < 0)
		return path;
	if (!last || !last[1] || last - path >= PATH_MAX || strlen(last) > NAME_MAX + 1) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	format(folder, sizeof folder, "%.*s", (int)(last - path), path);
	spot->fd = open_in_root(*folder ? folder : "/", O_DIRECTORY);
	if (spot->fd < 0)
		return NULL;
	format(spot->path, sizeof spot->path, "/proc/self/fd/%d%s", spot->fd, last);
	return spot->path;
}

void spot_close(struct spot *spot)
{
	int saved = errno;

	if (spot->fd >= 0)
		close(spot->fd);
	errno = saved;
}

/* `root PATH` */
int root_begin(const struct record *r)
{
	int fd = open(field(r, 1), O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail("root", field(r, 1));
	if (root >= 0)
		close(root);
	root = fd;
	return 0;
}

/*
 * `pivot`: the new root over the old one, and the old one taken away: what of it is open stays open, but no path leads there any more.
 * pivot_root(".", ".") needs no folder to put the old one into; pivot_root(2) tells of it.
 */
int root_pivot(const struct record *r)
{
	(void)r;
	if (root < 0)
		return fail_with(EINVAL, "pivot", "no root");
	if (fchdir(root))
		return fail("chdir", "the new root");
	close(root);
	root = -1;
	if (syscall(SYS_pivot_root, ".", "."))
		return fail("pivot_root", "/");
	if (umount2(".", MNT_DETACH))
		return fail("unmount", "the old root");
	return chdir("/") ? fail("chdir", "/") : 0;
}

/* ---- overlays ---- */

#define LAYERS_MAX 256

/* Layers are named by descriptors: of any path and however many, and who looks at the mount sees no path of the host. */
struct layers {
	int count, fd[LAYERS_MAX];
	size_t length;
	char data[4096];
};

static int add_text(struct layers *l, const char *text)
{
	size_t length = strlen(text);

	if (l->length + length >= sizeof l->data)
		return fail_with(E2BIG, "overlay", text);
	strcpy(l->data + l->length, text);
	l->length += length;
	return 0;
}

static int add_layer(struct layers *l, const char *before, const char *path)
{
	char text[64];
	int fd;

	if (l->count == LAYERS_MAX)
		return fail_with(E2BIG, "overlay", path);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail("open", path);
	l->fd[l->count++] = fd;
	format(text, sizeof text, "%s/proc/self/fd/%d", before, fd);
	return add_text(l, text);
}

static int add_layers(struct layers *l, const struct record *r)
{
	for (int i = 5; i < r->count; i++)
		if (add_layer(l, i == 5 ? "lowerdir=" : ":", field(r, i)))
			return -1;
	if (*field(r, 2) && (add_layer(l, ",upperdir=", field(r, 2)) || add_layer(l, ",workdir=", field(r, 3))))
		return -1;
	return *field(r, 4) && (add_text(l, ",") || add_text(l, field(r, 4))) ? -1 : 0;
}

static void forget(struct layers *l)
{
	while (l->count)
		close(l->fd[--l->count]);
	free(l);
}

/* `overlay TARGET UPPER WORK OPTIONS LOWER…`, the topmost first. The kernel takes 4 KiB of options: 200 layers. */
int root_overlay(const struct record *r)
{
	const char *path = field(r, 1), *target;
	struct layers *l = calloc(1, sizeof *l);
	struct spot spot;
	int bad;

	if (!l)
		return fail("overlay", path);
	bad = add_layers(l, r);
	if (!bad) {
		target = spot_open(&spot, path);
		bad = !target || mount("overlay", target, "overlay", 0, l->data) ? fail("overlay", path) : 0;
		spot_close(&spot);
	}
	forget(l);
	/* A file system that cannot be a layer is left out where the caller said so. */
	return bad && !(is(r, "overlay?") && failure.number == EINVAL) ? -1 : 0;
}

/* The same, hung up nowhere: its descriptor. The options are given one by one then. */
int root_overlay_apart(const struct record *r)
{
	struct layers *l = calloc(1, sizeof *l);
	int context = l ? syscall(SYS_fsopen, "overlay", 1 /* FSOPEN_CLOEXEC */) : -1;
	int bad = context < 0 ? fail("overlay", field(r, 1)) : add_layers(l, r), fd = -1;

	for (char *rest = bad ? NULL : l->data, *key; !bad && (key = strsep(&rest, ","));) {
		char *value = strchr(key, '=');
		if (value)
			*value++ = 0;
		/* FSCONFIG_SET_STRING or FSCONFIG_SET_FLAG */
		bad = syscall(SYS_fsconfig, context, value ? 1 : 0, key, value, 0) ? fail("overlay", field(r, 1)) : 0;
	}
	if (!bad) {
		bad = syscall(SYS_fsconfig, context, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0);
		fd = bad ? -1 : syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */, 0);
		if (fd < 0)
			fail("overlay", field(r, 1));
	}
	if (context >= 0)
		close(context);
	if (l)
		forget(l);
	return fd;
}
