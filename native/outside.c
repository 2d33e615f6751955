/*
 * What is mounted for a node with a user namespace by who clones its PID 1, before it joins that: whoever is inside finds
 * neither the way nor the owners. In a mount namespace that the clone will have a copy of.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Younger than some C libraries. */

static int copy_of(const char *path, unsigned how)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, path, 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC | how);

	return tree < 0 ? fail("open_tree", path) : tree;
}

static int hang(int tree, const char *target)
{
	if (mkdir(target, 0755) && errno != EEXIST)
		return fail("mkdir", target);
	/* MOVE_MOUNT_F_EMPTY_PATH */
	return syscall(SYS_move_mount, tree, "", AT_FDCWD, target, 4) ? fail("move_mount", target) : 0;
}

/*
 * `idmap SOURCE TARGET`, `show SOURCE TARGET`: a folder as what it is, elsewhere; with `idmap` the ids are those of the user
 * namespace (`idmap?`: where the file system knows no others, an empty folder). Only who is outside may, and without the mounts below it, which nobody inside could leave out.
 */
static int show(const struct record *r, int owner)
{
	struct {
		uint64_t set, clear, propagation, userns;
	} attributes = { 0x00100000 /* MOUNT_ATTR_IDMAP */, 0, 0, owner };
	int tree = copy_of(field(r, 1), 0), bad;

	if (tree < 0)
		return -1;
	bad = !is(r, "show") &&
	      syscall(SYS_mount_setattr, tree, "", 0x1000 /* AT_EMPTY_PATH */, &attributes, sizeof attributes);
	if (!bad)
		bad = hang(tree, field(r, 2));
	else if (is(r, "idmap?") && errno == EINVAL)
		bad = mkdir(field(r, 2), 0755) && errno != EEXIST ? fail("mkdir", field(r, 2)) : 0;
	else
		fail("idmap", field(r, 1));
	close(tree);
	return bad ? -1 : 0;
}

/* The folders on the way from `top`, which is there, to `folder`. */
static int make_way(const char *top, const char *folder)
{
	char path[PATH_MAX];
	size_t at = strlen(top);

	if (strncmp(folder, top, at) || folder[at] != '/' || strlen(folder) >= sizeof path)
		return fail_with(EINVAL, "cover", folder);
	for (const char *next = folder + at; next; next = strchr(next + 1, '/')) {
		format(path, sizeof path, "%.*s", (int)(next - folder), folder);
		if (next != folder + at && mkdir(path, 0755) && errno != EEXIST)
			return fail("mkdir", path);
	}
	return 0;
}

/*
 * `cover CLOSED FOLDER`: the root of the user namespace may not pass through CLOSED, and shall come to what is mounted at
 * FOLDER, somewhere below it. An empty file system over it has nothing but the way there.
 */
static int cover(const struct record *r)
{
	const char *closed = field(r, 1), *folder = field(r, 2);
	int tree = copy_of(folder, AT_RECURSIVE), bad = -1;

	if (tree < 0)
		return -1;
	if (mount("tmpfs", closed, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755"))
		fail("mount", closed);
	else if (!make_way(closed, folder))
		bad = hang(tree, folder);
	close(tree);
	return bad;
}

static int apart(bool *done)
{
	if (*done)
		return 0;
	*done = true;
	if (unshare(CLONE_NEWNS) || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return fail("unshare", "mount namespace");
	return 0;
}

static int pass(struct cursor cursor, bool covers, int owner, bool *is_apart)
{
	struct record r;
	int bad = 0, more;

	while (!bad && (more = record_next(&cursor, &r)) > 0 && is_operation(&r)) {
		if (covers ? is(&r, "cover") : is(&r, "idmap") || is(&r, "idmap?") || is(&r, "show"))
			bad = apart(is_apart) || (covers ? cover(&r) : show(&r, owner));
		record_free(&r);
	}
	if (!bad)
		record_free(&r);
	return bad || more < 0 ? -1 : 0;
}

/* All of them, what covers last: it may hide what is shown. `owner`: the user namespace. */
int outside(const struct cursor *operations, int owner)
{
	bool is_apart = false;

	return pass(*operations, false, owner, &is_apart) || pass(*operations, true, owner, &is_apart) ? -1 : 0;
}
