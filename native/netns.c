/* Network namespaces: new ones with their settings, and the end of all that runs in one. */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROC_REUSE 16		/* namespaces that share one procfs instance */

/*
 * Sysctls through a procfs instance of our own: all namespaces' entries of one instance hang under the same
 * dentry, and looking one up grows with their number. A new one each 16 namespaces keeps it short. Where
 * there is no fsopen, /proc serves.
 */
static int proc_instance(void)
{
	static int proc = -1, uses;

	if (proc >= 0 && uses++ < PROC_REUSE)
		return proc;
	if (proc >= 0)
		close(proc);
	uses = 1;
	proc = -1;
	int context = syscall(SYS_fsopen, "proc", 1 /* FSOPEN_CLOEXEC */);
	if (context >= 0) {
		if (!syscall(SYS_fsconfig, context, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0))
			proc = syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */, 0);
		close(context);
	}
	if (proc < 0)
		proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return proc;
}

/* KEY is a path under /proc/sys and must not lead out of it. */
static int sysctl_write(int proc, const char *key, const char *value)
{
	char path[256];
	int fd, bad;

	if (format(path, sizeof path, "sys/%s", key) >= (int)sizeof path || strstr(key, ".."))
		return fail_with(EINVAL, "sysctl", key);
	fd = openat(proc, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("sysctl", key);
	bad = write(fd, value, strlen(value)) < 0 ? fail("sysctl", key) : 0;
	close(fd);
	return bad;
}

/* In the new namespace: its descriptor and its sysctls, which begin with that field. */
static int furnish(const struct record *r, int from)
{
	int proc = r->count > from ? proc_instance() : -1;
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail("open", "/proc/self/ns/net");
	for (int i = from; i + 1 < r->count; i += 2)
		if (sysctl_write(proc, field(r, i), field(r, i + 1))) {
			close(fd);
			return -1;
		}
	return fd;
}

/* Makes a network namespace of ours or, for `owned`, of a user namespace made for it, and is in it then. */
static int enter_new(const struct record *r)
{
	const char *name = field(r, 1);
	int fd, bad;

	if (is(r, "netns"))
		return unshare(CLONE_NEWNET) ? fail("unshare", name) : 0;
	fd = user_netns(name, field(r, 2), field(r, 3));
	if (fd < 0)
		return -1;
	bad = setns(fd, CLONE_NEWNET) ? fail("setns", name) : 0;
	close(fd);
	return bad;
}

int netns_new(const struct record *r)
{
	int fd;

	if (enter_new(r))
		return -1;
	fd = furnish(r, is(r, "netns") ? 2 : 4);
	/* Home at once: we must not be the one who keeps a namespace alive that nobody has. */
	if (setns(HOME, CLONE_NEWNET) && fd >= 0) {
		fail("setns", "home");
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * Ends whatever runs in the network namespace, wherever it has daemonised to. True while there was
 * something.
 */
bool netns_kill(int netns)
{
	struct stat home, there;
	struct dirent *entry;
	bool found = false;
	char path[32];
	DIR *all;

	if (fstat(netns, &home) || !(all = opendir("/proc")))
		return false;
	while ((entry = readdir(all))) {
		pid_t pid = atoi(entry->d_name);

		format(path, sizeof path, "/proc/%d/ns/net", pid);
		if (pid <= 1 || stat(path, &there))
			continue;
		if (there.st_ino == home.st_ino && there.st_dev == home.st_dev)
			found = !kill(pid, SIGKILL) || found;
	}
	closedir(all);
	return found;
}
