/*
 * Nodes with a user namespace of their own: its maps are written from outside before anything is in it, and the
 * network namespace is made in it, so that it is the node's root who owns that. What else the node gets of its own
 * must belong to it too, and so is made by a process that has joined it; clocks want such a process as well.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- making one ---- */

static int write_map(pid_t pid, const char *file, const char *map)
{
	char path[48];
	int fd, bad;

	format(path, sizeof path, "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("open", file);
	/* The kernel takes the whole map in one write, once. */
	bad = write(fd, map, strlen(map)) < 0 ? fail("write", file) : 0;
	close(fd);
	return bad;
}

static int open_netns(pid_t pid)
{
	char path[48];

	format(path, sizeof path, "/proc/%d/ns/net", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? fail("open", path) : fd;
}

/*
 * A network namespace that belongs to a new user namespace with these maps: the descriptor of the first, which keeps the
 * second alive and tells it (NS_GET_USERNS). One clone makes both; who is cloned does nothing, and is gone when they are
 * held.
 */
int user_netns(const char *name, const char *uid_map, const char *gid_map)
{
	int gate[2], fd = -1;
	char go;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC))
		return fail("pipe", name);
	pid = clone_into(CLONE_NEWUSER | CLONE_NEWNET);
	if (!pid) {
		close(gate[1]);
		_exit(read(gate[0], &go, 1) != 0);
	}
	if (pid < 0)
		fail("clone3", name);
	else if (!write_map(pid, "uid_map", uid_map) && !write_map(pid, "gid_map", gid_map))
		fd = open_netns(pid);
	close(gate[0]);
	close(gate[1]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return fd;
}

/* ---- joining one ---- */

/*
 * Becomes root of the user namespace that has been joined: until then we are nobody who has a number there. Where a
 * single id is mapped there are no other groups to leave, and setgroups is denied.
 */
int user_root(void)
{
	if (syscall(SYS_setgroups, 0, NULL) && errno != EPERM)
		return fail("setgroups", "root");
	if (syscall(SYS_setresgid, 0, 0, 0))
		return fail("setgid", "root");
	if (syscall(SYS_setresuid, 0, 0, 0))
		return fail("setuid", "root");
	return 0;
}

/* ---- cloning into one ---- */

/* Opened while we may: in the user namespace /proc/self belongs to nobody who is known there. */
static int open_clocks(const struct birthplace *place)
{
	if (!*place->clocks)
		return -1;
	int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	return fd < 0 ? fail("open", "/proc/self/timens_offsets") : fd;
}

static int join_owner(const struct birthplace *place)
{
	int owner = ioctl(place->netns, NS_GET_USERNS);

	if (owner < 0)
		return fail("NS_GET_USERNS", place->name);
	int bad = outside(place->operations, owner);
	if (!bad && setns(owner, CLONE_NEWUSER))
		bad = fail("setns", "user namespace");
	close(owner);
	return bad;
}

/* Clocks can be set only in a time namespace that nobody is in yet: who makes it gets children there. */
static int set_clocks(const struct birthplace *place, int offsets)
{
	if (unshare(0x80 /* CLONE_NEWTIME */))
		return fail("unshare", "time namespace");
	if (*place->clocks && write(offsets, place->clocks, strlen(place->clocks)) < 0)
		return fail("write", "timens_offsets");
	return 0;
}

/* The control socket is bound on the way, for its folder is closed to who has become root of a user namespace. */
static int go_to(const void *to)
{
	const struct birthplace *place = to;
	int offsets = open_clocks(place);

	if (*place->clocks && offsets < 0)
		return -1;
	if (control_socket(PRIVATE, place->socket))
		return -1;
	if (place->flags & CLONE_NEWUSER && join_owner(place))
		return -1;
	return place->flags & 0x80 ? set_clocks(place, offsets) : 0;
}

/* Goes there, and clones a sibling, so that our parent is its parent too. 0 in the sibling. */
static pid_t go_and_clone(int (*go)(const void *), const void *to, uint64_t flags, const char *name)
{
	if (go(to))
		return -1;
	pid_t pid = clone_into(flags | CLONE_PARENT);
	return pid < 0 ? fail("clone3", name) : pid;
}

/*
 * Like clone_into, for what no single clone makes: a child of ours goes somewhere first, and clones there. 0 in the clone,
 * its pid in the caller, whose child it is; -1 when it failed, and `failure` says where.
 */
pid_t clone_between(int (*go)(const void *), const void *to, uint64_t flags, const char *name)
{
	struct {
		pid_t pid;
		struct failure failure;
	} told = { -1, { "clone3", "", EIO } };
	int pipe[2];
	pid_t between;

	if (pipe2(pipe, O_CLOEXEC))
		return fail("pipe", name);
	between = fork();
	if (!between) {
		told.pid = go_and_clone(go, to, flags, name);
		if (!told.pid)
			return 0;
		told.failure = failure;
		ssize_t written = write(pipe[1], &told, sizeof told);
		_exit(written != sizeof told);
	}
	close(pipe[1]);
	if (between < 0) {
		fail("fork", name);
	} else {
		ssize_t got = read(pipe[0], &told, sizeof told);
		waitpid(between, NULL, 0);
		if (got != sizeof told)
			told.pid = -1;
		if (told.pid < 0)
			failure = told.failure;
	}
	close(pipe[0]);
	return told.pid;
}

/* Into the user namespace that owns the network namespace, and with clocks of its own. */
pid_t clone_by_way(const struct birthplace *place)
{
	return clone_between(go_to, place, place->flags & ~(uint64_t)(CLONE_NEWUSER | 0x80), place->name);
}
