/*
 * A user and a time namespace for a program, made by a process that goes ahead: their maps and clocks are written before
 * the program is there. It holds none of our descriptors, for it may have to let itself be looked into.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What we ask of it, a byte each; it answers with a failure, whose number is 0 when there was none. */
#define OPEN_UP 'o'
#define SET_CLOCKS 'c'

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return fail("open", path);
	/* The kernel takes the whole of a map in one write, once. */
	int bad = write(fd, text, strlen(text)) < 0 ? fail("write", path) : 0;
	close(fd);
	return bad;
}

/* ---- ahead ---- */

static int set_clocks(const char *clocks)
{
	if (unshare(0x80 /* CLONE_NEWTIME */))
		return fail("unshare", "time namespace");
	return *clocks ? write_file("/proc/self/timens_offsets", clocks) : 0;
}

/* Says by which number /proc, whose namespace may be another, has it; then does what it is told to. */
static _Noreturn void go_ahead(int line, const char *clocks)
{
	struct failure none = { .number = 0 };
	char text[24] = "", word;

	if (dup2(line, 0) < 0 || close_from(1) || readlink("/proc/self", text, sizeof text - 1) < 0 ||
	    write(0, text, sizeof text) != sizeof text)
		_exit(1);
	while (read(0, &word, 1) == 1) {
		int bad = 0;

		if (word == OPEN_UP)
			prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		else
			bad = set_clocks(clocks);
		const struct failure *answer = bad ? &failure : &none;
		if (write(0, answer, sizeof *answer) != sizeof *answer)
			break;
	}
	_exit(0);
}

/* ---- behind ---- */

static struct {
	int line;
	bool open;
	char pid[24];
} ahead;

static int ask(char word)
{
	struct failure answer;

	if (write(ahead.line, &word, 1) != 1 || read(ahead.line, &answer, sizeof answer) != sizeof answer)
		return fail_with(EIO, "make", "namespaces");
	if (!answer.number)
		return 0;
	failure = answer;
	return -1;
}

/*
 * Our memory, which it has a copy of, belongs to the user namespace in which the keeper was executed: who is root of another
 * can reach its files in /proc only when it says that anybody like us may. It has nothing that is worth it.
 */
static bool opens_up(void)
{
	if (failure.number != EACCES || ahead.open || ask(OPEN_UP))
		return false;
	ahead.open = true;
	return true;
}

static const char *file_of(char *path, size_t room, const char *name)
{
	format(path, room, "/proc/%s/%s", ahead.pid, name);
	return path;
}

static int write_map(const char *name, const char *map)
{
	char path[64];

	file_of(path, sizeof path, name);
	return write_file(path, map) && (!opens_up() || write_file(path, map)) ? -1 : 0;
}

static int take(const char *name)
{
	char path[64];

	for (;;) {
		int fd = open(file_of(path, sizeof path, name), O_RDONLY | O_CLOEXEC);

		if (fd >= 0 || (fail("open", path), !opens_up()))
			return fd;
	}
}

static int make(const struct order *o, uint64_t own, struct forerun *made)
{
	if (read(ahead.line, ahead.pid, sizeof ahead.pid) != sizeof ahead.pid)
		return fail_with(EIO, "make", "namespaces");
	if (own & CLONE_NEWUSER &&
	    (write_map("uid_map", o->born[0]) || write_map("gid_map", o->born[1]) || (made->user = take("ns/user")) < 0))
		return -1;
	if (!(own & 0x80))
		return 0;
	/* Its own files are as closed to it. */
	if (ask(SET_CLOCKS) && (!opens_up() || ask(SET_CLOCKS)))
		return -1;
	made->time = take("ns/time_for_children");
	return made->time < 0 ? -1 : 0;
}

/* Those of `own` that are a user and a time namespace, as descriptors. */
int forerun(const struct order *o, uint64_t own, struct forerun *made)
{
	int line[2], bad = -1;
	pid_t pid;

	made->user = made->time = -1;
	if (!(own & (CLONE_NEWUSER | 0x80)))
		return 0;
	for (int i = 0; i < 3; i++)
		if (!o->born[i])
			return fail_with(EBADMSG, "born", o->name);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line))
		return fail("socketpair", o->name);
	pid = clone_into(own & CLONE_NEWUSER);
	if (!pid)
		go_ahead(line[1], o->born[2]);
	close(line[1]);
	ahead.line = line[0];
	ahead.open = false;
	if (pid < 0)
		fail("clone3", o->name);
	else
		bad = make(o, own, made);
	close(line[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (bad)
		forerun_over(made);
	return bad;
}

void forerun_over(struct forerun *made)
{
	if (made->user >= 0)
		close(made->user);
	if (made->time >= 0)
		close(made->time);
	made->user = made->time = -1;
}
