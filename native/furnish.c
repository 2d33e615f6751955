/*
 * `netlab-init furnish KEEPER PID`: node operations (fd 0) in a node that runs and has a root of its own. Its PID 1 sees nothing of the
 * keeper's files any more; so what is to be bound is taken hold of among the keeper's mounts (and `write` writes there), and then hung into the node's.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static int refused(void)
{
	report_failure(1);
	return 1;
}

static int read_all(char **body, size_t *length)
{
	ssize_t got;

	*body = malloc(REQUEST_MAX);
	*length = 0;
	if (!*body)
		return fail("read", "operations");
	while ((got = read(0, *body + *length, REQUEST_MAX - *length)) != 0) {
		if (got < 0 && errno != EINTR)
			return fail("read", "operations");
		*length += got > 0 ? got : 0;
		if (*length == REQUEST_MAX)
			return fail_with(EMSGSIZE, "read", "operations");
	}
	return records_check(*body, *length);
}

/* A process, and which of its namespaces are not ours: asked before any is joined, for pids are of the /proc that we see now. */
struct other {
	int fd, flags;
};

static int find_other(struct other *other, const char *pid)
{
	other->fd = syscall(SYS_pidfd_open, (pid_t)number(pid), 0);
	other->flags = other->fd < 0 ? 0 : differing(pid);
	return other->fd < 0 ? fail("open", pid) : 0;
}

static int join(const struct other *other, int flags)
{
	return flags && setns(other->fd, flags) ? fail("setns", "the node") : 0;
}

static bool is_overlay(const struct record *r)
{
	return is(r, "overlay") || is(r, "overlay?");
}

static bool from_outside(const struct record *r)
{
	bool is_bind = (is(r, "mount") || is(r, "mount?")) && *field(r, 1) && number(field(r, 4)) & MS_BIND;

	return is_bind || is_overlay(r);
}

/* A copy of what stands at the source, or an overlay of what does, hung up nowhere. */
static int take(const struct record *r)
{
	if (is_overlay(r))
		return root_overlay_apart(r);
	unsigned how = 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC | (number(field(r, 4)) & MS_REC ? AT_RECURSIVE : 0);
	int fd = syscall(SYS_open_tree, AT_FDCWD, field(r, 1), how);

	return fd < 0 ? fail("mount", field(r, 2)) : fd;
}

static int hang(const struct record *r, int fd)
{
	const char *target = field(r, is_overlay(r) ? 1 : 2);
	/* MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS */
	int bad = syscall(SYS_move_mount, fd, "", AT_FDCWD, target, 0x4 | 0x10) ? fail("mount", target) : 0;

	close(fd);
	return bad;
}

static int each(char *body, size_t length, int *taken, bool inside)
{
	struct cursor cursor = { body, body + length };
	struct record r;
	int more = 0, at = 0, bad = 0;

	while (!bad && (more = record_next(&cursor, &r)) > 0) {
		if (!is_operation(&r))
			bad = fail_with(EINVAL, "request", field(&r, 0));
		else if (from_outside(&r) && !inside)
			bad = (taken[at++] = take(&r)) < 0;
		else if (from_outside(&r))
			bad = hang(&r, taken[at++]);
		else if (inside != is(&r, "write"))
			bad = operate(&r);
		record_free(&r);
	}
	return bad || more < 0 ? -1 : 0;
}

static struct {
	struct other keeper, node;
	size_t length;
	char *body;
	int *taken;
} work;

/* A pid namespace holds only children; and /proc shows a process its own descriptors only where it has a number. */
static int in_child(int (*act)(void))
{
	int status;
	pid_t child = fork();

	if (child < 0) {
		fail("fork", "");
		return refused();
	}
	if (!child)
		_exit(act());
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int in_node(void)
{
	return each(work.body, work.length, work.taken, true) ? refused() : 0;
}

static int in_keeper(void)
{
	if (each(work.body, work.length, work.taken, false) || join(&work.node, work.node.flags | CLONE_NEWNS))
		return refused();
	/* In a user namespace of the node's we are nobody until we are its root. */
	if (work.node.flags & CLONE_NEWUSER && user_root())
		return refused();
	return in_child(in_node);
}

int furnish_node(int argc, char **argv)
{
	if (argc != 3) {
		print(2, "usage: netlab-init furnish KEEPER PID\n");
		return 125;
	}
	if (read_all(&work.body, &work.length))
		return refused();
	/* More than there can be records. */
	work.taken = calloc(work.length / 4 + 1, sizeof *work.taken);
	if (!work.taken) {
		fail("read", "operations");
		return refused();
	}
	if (find_other(&work.keeper, argv[1]) || find_other(&work.node, argv[2]) ||
	    join(&work.keeper, work.keeper.flags & (CLONE_NEWNS | CLONE_NEWPID)))
		return refused();
	return in_child(in_keeper);
}
