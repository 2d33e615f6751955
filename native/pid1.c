/* The PID 1 of a node: from its clone to its report, and how its end is seen. */
#include "init.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* A user namespace is joined, and clocks are set, by another process on the way. */
static bool comes_by_way(uint64_t flags)
{
	return flags & (CLONE_NEWUSER | 0x80 /* CLONE_NEWTIME */);
}

/* Its control groups stand before all its other operations. */
static int join_groups(struct cursor *cursor)
{
	struct record r;
	char *before = cursor->at;
	int more, bad = 0;

	while (!bad && (more = record_next(cursor, &r)) > 0 && is(&r, "join")) {
		bad = operate(&r);
		record_free(&r);
		before = cursor->at;
	}
	record_free(&r);
	cursor->at = before;
	return bad || more < 0 ? -1 : 0;
}

/*
 * Runs in the clone. What it needs of the keeper stands at fixed numbers; all else is closed before
 * anything is done.
 */
static int prepare(const struct birthplace *birth, int report)
{
	const char *name = birth->name;
	struct cursor cursor = *birth->operations;
	struct record r;
	sigset_t all;

	/* listen, not bind, stamps the socket with a pid and a user: SO_PEERCRED then tells our peers who PID 1 is. */
	if (comes_by_way(birth->flags) && listen(LISTENER, 64))
		return fail("listen", birth->socket);
	/* As who we were: the root of a user namespace may not go there. */
	if (join_groups(&cursor))
		return -1;
	/* Before the death of our parent is asked for: that wish goes with the old user. */
	if (birth->flags & CLONE_NEWUSER) {
		control_serves(geteuid());
		if (user_root())
			return -1;
	}
	conceal();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (setns(birth->netns, CLONE_NEWNET))
		return fail("setns", name);
	if (place(report, REPORT) < 0)
		return fail("dup", name);
	close(LOCK);
	close(HOME);
	close(SIGNALS);
	close(ALIVE);
	if (!comes_by_way(birth->flags))
		close(LISTENER);
	close_from(FIRST_FREE);
	setsid();
	title("node", birth->lab, name);
	int more;
	while ((more = record_next(&cursor, &r)) > 0 && is_operation(&r)) {
		int bad = operate(&r);
		record_free(&r);
		if (bad)
			return -1;
	}
	record_free(&r);
	if (more < 0)
		return -1;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (place(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK), SIGNALS) < 0)
		return fail("signalfd", name);
	if (comes_by_way(birth->flags))
		return 0;
	if (control_socket(PRIVATE, birth->socket))
		return -1;
	return listen(LISTENER, 64) ? fail("listen", birth->socket) : 0;
}

static _Noreturn void live(const struct birthplace *birth, int report)
{
	/* The caller's string lies in a request that is given back below. */
	static char own_name[NAME_MAX_NODE];

	strcpy(own_name, birth->name);
	if (prepare(birth, report)) {
		report_line(REPORT, LINE(failure.operation, failure.subject, decimal(failure.number).text));
		_exit(1);
	}
	serve_forget();
	process_identity(own_name);
	node_forget();
	report_line(REPORT, LINE("ok"));
	close(REPORT);
	serve(false);
}

/*
 * The birthplace is copied into the clone: it lies on the caller's stack, with all names in it. Does not wait for the
 * report, so the next one is cloned while this one mounts.
 */
pid_t pid1_clone(const struct birthplace *birth, int report)
{
	pid_t pid = comes_by_way(birth->flags) ? clone_by_way(birth) : clone_into(birth->flags);

	if (!pid)
		live(birth, report);
	if (pid < 0 && !comes_by_way(birth->flags))
		fail("clone3", birth->name);
	return pid;
}

/* -1: there was no memory to look at them. */
int pid1_skip(struct cursor *cursor)
{
	struct record r;
	bool belongs;

	do {
		char *before = cursor->at;
		int more = record_next(cursor, &r);

		if (more < 0)
			return -1;
		belongs = more > 0 && is_operation(&r);
		record_free(&r);
		if (!belongs)
			cursor->at = before;
	} while (belongs);
	return 0;
}

/*
 * A process that ends lets go of its memory first, and with that of its command line; then of its sockets. A PID 1
 * becomes a zombie, and we hear of it, only when the last process of its pid namespace is gone.
 */
bool pid1_is_ending(pid_t pid)
{
	char path[32], first;
	ssize_t got;

	format(path, sizeof path, "/proc/%d/cmdline", pid);
	got = file_read(path, &first, 1);
	return got == 0 || (got < 0 && errno == ESRCH);
}
