/*
 * The folder of the logs. It stands on the host, where somebody may remove it, and `up` then makes it anew: so it is
 * looked for again, by its path from the root folder that the keeper was started with, before anything is written there.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char logs[256];

static int open_events(void)
{
	return place(openat(LOGS, "events.jsonl", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), EVENTS);
}

/* The folder exists, and ROOT is open. */
int logs_open(const char *path)
{
	while (*path == '/')
		path++;
	if (format(logs, sizeof logs, "%s", path) >= (int)sizeof logs)
		return fail_with(ENAMETOOLONG, "open", path);
	if (place(openat(ROOT, logs, O_RDONLY | O_DIRECTORY | O_CLOEXEC), LOGS) < 0)
		return fail("open", path);
	return open_events() < 0 ? fail("open", "events.jsonl") : 0;
}

static bool is_open(int folder, const char *path, int fd)
{
	struct stat there, held;

	if (fstatat(folder, path, &there, AT_SYMLINK_NOFOLLOW) || fstat(fd, &held))
		return false;
	return there.st_ino == held.st_ino && there.st_dev == held.st_dev;
}

/* Opens the folder anew when another stands in its place. While there is none, what we hold leads nowhere. */
void logs_again(void)
{
	if (!is_open(ROOT, logs, LOGS))
		place(openat(ROOT, logs, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), LOGS);
	if (!is_open(LOGS, "events.jsonl", EVENTS))
		open_events();
}
