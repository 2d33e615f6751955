/*
 * Namespaces that a program has beside its node's: some of its own, and some of another program, as containers of a pod
 * have. What is mounted in them is done by the program's process itself, before it becomes the program.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KIN_MAX 8

/* Whose namespaces are joined. Opened before the clone: inside, pids may be others. */
static struct kin {
	int count;
	struct {
		int fd, flags;
	} of[KIN_MAX];
} kin;

static void close_kin(void)
{
	while (kin.count)
		close(kin.of[--kin.count].fd);
}

/* `NAME FLAGS` each. */
static int open_kin(char *const *list)
{
	for (; list[0] && list[1]; list += 2) {
		pid_t pid = process_running(list[0]);

		if (pid <= 0)
			return fail_with(ESRCH, "share", list[0]);
		if (kin.count == KIN_MAX)
			return fail_with(E2BIG, "share", list[0]);
		int fd = syscall(SYS_pidfd_open, pid, 0);
		if (fd < 0)
			return fail("share", list[0]);
		kin.of[kin.count].fd = fd;
		kin.of[kin.count++].flags = (int)number(list[1]);
	}
	return 0;
}

/* A user namespace last: who is in one has no rights over those of all others any more. */
static int join_all(const void *made)
{
	const struct forerun *own = made;

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < kin.count; i++) {
			int flags = kin.of[i].flags & (pass ? CLONE_NEWUSER : ~CLONE_NEWUSER);

			if (flags && setns(kin.of[i].fd, flags))
				return fail("setns", "share");
		}
	kin.count = 0;
	if (own->time >= 0 && setns(own->time, 0x80 /* CLONE_NEWTIME */))
		return fail("setns", "time namespace");
	return own->user >= 0 && setns(own->user, CLONE_NEWUSER) ? fail("setns", "user namespace") : 0;
}

static bool shares(int kinds)
{
	for (int i = 0; i < kin.count; i++)
		if (kin.of[i].flags & kinds)
			return true;
	return false;
}

/*
 * Like fork, into the namespaces that the order asks for: `OWN_FLAGS [NAME FLAGS]…`. A pid namespace holds only children
 * of those who have joined it, and what is made by who has joined a user namespace belongs to that; so there another
 * process goes first, and clones.
 */
pid_t program_clone(const struct order *o)
{
	uint64_t own = number(o->namespaces[0]), rest = own & ~(uint64_t)(CLONE_NEWUSER | 0x80);
	struct forerun made = { -1, -1 };
	pid_t pid = -1;

	if (!open_kin(o->namespaces + 1) && !forerun(o, own, &made)) {
		bool by_way = rest != own || shares(CLONE_NEWPID | CLONE_NEWUSER);

		pid = by_way ? clone_between(join_all, &made, rest, o->name) : clone_into(own);
		if (pid < 0 && !by_way)
			fail("clone3", o->name);
		if (!pid)
			return 0;
	}
	close_kin();
	forerun_over(&made);
	return pid;
}

/* Whether it has another user namespace than its node, its own or somebody's. */
static bool has_other_user(const struct order *o)
{
	return number(o->namespaces[0]) & CLONE_NEWUSER || program_shares(o, NULL, CLONE_NEWUSER);
}

/* In the child: joins what has not been joined on the way, and carries out the operations, each `COUNT FIELD…`. */
int program_enter(const struct order *o)
{
	static const struct forerun none = { -1, -1 };
	char *const *at = o->inside;

	if (join_all(&none))
		return -1;
	/* Nobody yet: what is mounted shall be its root's. */
	if (has_other_user(o) && user_root())
		return -1;
	while (*at) {
		struct record r = { (int)number(*at), (char **)at + 1 };

		for (int i = 0; i <= r.count; i++)
			if (!at[i])
				return fail_with(EBADMSG, "inside", o->name);
		if (operate(&r))
			return -1;
		at += r.count + 1;
	}
	return 0;
}

/* Whether a program has joined namespaces of another (NULL: of anybody), of these kinds; any for 0. */
bool program_shares(const struct order *o, const char *with, int kinds)
{
	char *const *at = o->namespaces;

	if (!*at)
		return false;
	for (at++; at[0] && at[1]; at += 2)
		if ((!with || !strcmp(at[0], with)) && (!kinds || number(at[1]) & kinds))
			return true;
	return false;
}
