/*
 * The tmpfs with the files of nodes, which the keeper has over the state folder among its mounts. It goes when somebody removes
 * that folder on the machine, or unmounts it in a node that shares our mounts. So there is a second mount of it,
 * attached nowhere, to be put in its place.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[PATH_MAX];
static int spare = -1;

/* Before Linux 5.2 there is none to be had. */
static void spare_mount(void)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, folder, 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);

	/* Above the numbers that are others'. */
	spare = tree < 0 ? -1 : fcntl(tree, F_DUPFD_CLOEXEC, FIRST_FREE);
	if (tree >= 0)
		close(tree);
}

void files_keep(const char *path)
{
	format(folder, sizeof folder, "%s", path);
	spare_mount();
}

/* `files`: mounts it again, if it is not there. */
int files_mount(void)
{
	struct stat there, ours;

	if (spare < 0)
		return fail_with(ENOSYS, "mount", folder);
	if (fstat(spare, &ours))
		return fail("stat", folder);
	if (!stat(folder, &there) && there.st_dev == ours.st_dev)
		return 1;
	if (mkdir(folder, 0755) && errno != EEXIST)
		return fail("mkdir", folder);
	if (syscall(SYS_move_mount, spare, "", AT_FDCWD, folder, 4 /* MOVE_MOUNT_F_EMPTY_PATH */))
		return fail("mount", folder);
	close(spare);
	spare_mount();
	return 1;
}
