/*
 * Control groups: how a process comes into one, and how those of a lab go. Each is a folder; who makes them and what stands in
 * their files is not decided here.
 */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 16
#define TRIES 200		/* a group is busy until its last process has been forgotten */
#define TRY_US 10000

/* A folder as it is seen from the root that the keeper was started with: a node may have mounted something over it. */
static int open_in(const char *folder, const char *file, int flags)
{
	char path[512];

	while (*folder == '/')
		folder++;
	if (format(path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return openat(ROOT, path, flags | O_CLOEXEC | O_NOCTTY);
}

/* `echo 0 > FOLDER/cgroup.procs`: whoever writes goes there himself, and whatever he starts. */
int cgroup_join(const char *folder)
{
	int fd = open_in(folder, "cgroup.procs", O_WRONLY);
	int bad = fd < 0 || write(fd, "0", 1) != 1 ? fail("join", folder) : 0;

	if (fd >= 0)
		close(fd);
	return bad;
}

/* `echo TEXT > FILE` in the group of an open folder, if it has such a file. */
static void put(int folder, const char *file, const char *text)
{
	int fd = openat(folder, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	ssize_t written = write(fd, text, strlen(text));
	(void)written;
	close(fd);
}

typedef bool visit(int above, const char *name, int folder, int depth);

/* Each group below this one, those further down first. True when `act` was true for all. */
static bool each_below(int folder, visit *act, int depth)
{
	DIR *entries = depth < DEPTH_MAX ? fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) : NULL;
	struct dirent *entry;
	bool all = entries != NULL;

	while (entries && (entry = readdir(entries))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		int below = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (below < 0)
			continue;
		all = each_below(below, act, depth + 1) && act(folder, entry->d_name, below, depth) && all;
		close(below);
	}
	if (entries)
		closedir(entries);
	return all;
}

/* What is frozen cannot end (in version 1 not even by SIGKILL): `echo THAWED > freezer.state`, `echo 0 > cgroup.freeze`. */
static bool thaw(int above, const char *name, int folder, int depth)
{
	(void)above, (void)name, (void)depth;
	put(folder, "freezer.state", "THAWED");
	put(folder, "cgroup.freeze", "0");
	return true;
}

static bool take_away(int above, const char *name, int folder, int depth)
{
	(void)folder, (void)depth;
	return !unlinkat(above, name, AT_REMOVEDIR) || errno == ENOENT;
}

void cgroup_thaw(const char *folder)
{
	int fd = open_in(folder, "", O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return;
	each_below(fd, thaw, 0);
	close(fd);
}

/* `find FOLDER -depth -type d -exec rmdir {} +`, for as long as the last processes take to go. */
void cgroup_remove(const char *folder)
{
	const char *path = folder + strspn(folder, "/");

	for (int i = 0; i < TRIES; i++) {
		int fd = open_in(folder, "", O_RDONLY | O_DIRECTORY);

		if (fd < 0)
			return;
		each_below(fd, take_away, 0);
		close(fd);
		if (!unlinkat(ROOT, path, AT_REMOVEDIR) || errno != EBUSY)
			return;
		usleep(TRY_US);
	}
}
