/*
 * `netlab-init enter`: becomes root of a user namespace, where an ordinary user may do what otherwise only
 * root may, and then the command. Nobody relays: the command has our pid and streams. Nothing is forked, but for
 * the warden of a way out (uplink.c), which stays where we were.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define OWN_FAILURE 125
#define NOT_EXECUTABLE 126
#define NOT_FOUND 127

static int die(const char *operation, const char *subject)
{
	print(2, "netlab: %s %s: %s\n", operation, subject, strerror(errno));
	return OWN_FAILURE;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	ssize_t written = write(fd, text, strlen(text));
	close(fd);
	return written < 0 ? -1 : 0;
}

/*
 * The one mapping that everybody may write: root inside is the caller outside. Who maps a group without
 * the right to must give up setgroups, or could leave a group that keeps him from a file.
 */
static int map_own(uid_t uid, gid_t gid)
{
	char line[64];

	if (write_file("/proc/self/setgroups", "deny") && errno != ENOENT)
		return die("write", "/proc/self/setgroups");
	format(line, sizeof line, "0 %u 1", uid);
	if (write_file("/proc/self/uid_map", line))
		return die("write", "/proc/self/uid_map");
	format(line, sizeof line, "0 %u 1", gid);
	return write_file("/proc/self/gid_map", line) ? die("write", "/proc/self/gid_map") : 0;
}

static int join(const char *pid, const char *kind, int type)
{
	char path[64];
	int fd;

	format(path, sizeof path, "/proc/%s/ns/%s", pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return die("open", path);
	if (setns(fd, type))
		return die("setns", path);
	close(fd);
	return 0;
}

int enter(int argc, char **argv)
{
	extern char **environ;
	const char *pid = NULL;
	bool home = false;
	int warden = -1;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int option, bad;

	while ((option = getopt(argc, argv, "+p:nu:")) != -1) {
		if (option == 'p')
			pid = optarg;
		else if (option == 'n')
			home = true;
		else if (option == 'u')
			warden = (int)number(optarg);
		else
			argc = 0;
	}
	if (optind >= argc || (home && !pid)) {
		print(2, "usage: netlab-init enter [-p PID [-n]] [-u FD] -- COMMAND…\n");
		return OWN_FAILURE;
	}
	if (warden >= 0 && uplink_warden(warden)) {
		errno = failure.number;
		return die(failure.operation, failure.subject);
	}
	if (pid) {
		bad = join(pid, "user", CLONE_NEWUSER);
	} else {
		bad = unshare(CLONE_NEWUSER) ? die("unshare", "user namespace") : map_own(uid, gid);
	}
	if (bad)
		return bad;
	/*
	 * A home to come back to from the nodes: the host's own network namespace would not have us back. What
	 * a lab has in its home stands in the keeper's.
	 */
	if (home ? join(pid, "net", CLONE_NEWNET) : unshare(CLONE_NEWNET) && die("unshare", "network namespace"))
		return OWN_FAILURE;
	command_exec(argv + optind, environ);
	bad = errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
	die("exec", argv[optind]);
	return bad;
}
