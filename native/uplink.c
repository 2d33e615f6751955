/*
 * The warden of a lab's way out. It stays outside of the lab's user namespace, where the machine's own network
 * is, runs there the program that joins the lab's home to it (slirp4netns, pasta), and ends it with the
 * lab's keeper, whatever ends that: SIGKILL too.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Before Linux 5.3 there are no pidfds; netlab needs a newer one anyway. */

#define MESSAGE_MAX 16384

/* The warden's descriptors. What the program prints is read, so that it never stands still in a write. */
enum { CONTROL = 3, HELD, PRINTED };

static struct {
	pid_t pid;
	int fd;
	bool printing;
} program = { 0, -1, false };
static int keeper_fd = -1;
static char said[600]; /* the last that the program printed */
static size_t said_length;

/* Ends the program, if one runs, and lets go of all that was for it: another may be started. */
static void program_end(void)
{
	if (program.pid > 0) {
		kill(-program.pid, SIGKILL);
		kill(program.pid, SIGKILL);
		waitpid(program.pid, NULL, 0);
		close(PRINTED);
	}
	if (program.fd >= 0)
		close(program.fd);
	close(HELD);
	program.pid = 0;
	program.fd = -1;
	program.printing = false;
	said_length = 0;
}

/* The end; `failed TEXT` first to whoever is at work on the lab, if anybody is. */
static _Noreturn void warden_end(const char *text)
{
	program_end();
	if (text)
		report_line(CONTROL, LINE("failed", text));
	_exit(0);
}

static _Noreturn void warden_failed(void)
{
	char text[400];

	format(text, sizeof text, "%s %s: %s", failure.operation, failure.subject, strerror(failure.number));
	warden_end(text);
}

static int watch(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/*
 * The program inherits the lock: whoever gets it knows that both have ended. It dies with us, whose death the
 * kernel tells it of; and should we have died before it asked for that, we are not its parent any more.
 */
static _Noreturn void become_program(const struct record *start, int printed, pid_t parent)
{
	/* Our own was wiped by the title. */
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *environment[] = { path, NULL };

	/* It may have children of its own while it begins. */
	setpgid(0, 0);
	reset_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
	dup2(printed, 1);
	dup2(printed, 2);
	if (fcntl(HELD, F_GETFD) >= 0)
		fcntl(HELD, F_SETFD, 0);
	command_exec(start->field + 3, environment);
	print(2, "cannot be executed: %s", strerror(errno));
	_exit(127);
}

/* `start LAB LOCK COMMAND…`; LOCK may be empty. What runs already gives way. */
static void warden_start(const struct record *start)
{
	int printed[2];
	pid_t self = getpid();

	program_end();
	if (start->count < 4) {
		fail_with(EINVAL, "start", field(start, 1));
		warden_failed();
	}
	title("uplink", field(start, 1), "");
	if (*field(start, 2)) {
		int fd = place(open(field(start, 2), O_RDWR | O_CREAT | O_CLOEXEC, 0600), HELD);
		char pid[24];

		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB)) {
			fail("lock", field(start, 2));
			warden_failed();
		}
		int length = format(pid, sizeof pid, "%d\n", self);
		if (ftruncate(fd, 0) || write(fd, pid, length) != length) {
			fail("write", field(start, 2));
			warden_failed();
		}
	}
	if (pipe2(printed, O_CLOEXEC)) {
		fail("pipe", "");
		warden_failed();
	}
	program.pid = fork();
	if (program.pid < 0) {
		fail("fork", field(start, 3));
		warden_failed();
	}
	if (!program.pid)
		become_program(start, printed[1], self);
	close(printed[1]);
	place(printed[0], PRINTED);
	program.printing = true;
	program.fd = watch(program.pid);
	if (program.fd < 0) {
		fail("pidfd_open", field(start, 3));
		warden_failed();
	}
	report_line(CONTROL, LINE("started", decimal(program.pid).text));
}

/* `keeper PID`: from now on the way out lives as long as that one. */
static void warden_bind(const struct record *r)
{
	keeper_fd = watch((pid_t)number(field(r, 1)));
	if (keeper_fd < 0)
		warden_end(NULL);
}

/* One message of whoever is at work on the lab. When he ends before there is a keeper, nothing was to be. */
static bool warden_listen(void)
{
	static char body[MESSAGE_MAX];
	ssize_t length = recv(CONTROL, body, sizeof body, 0);
	struct cursor cursor = { body, body + (length > 0 ? length : 0) };
	struct record r;

	if (length < 0 && errno == EINTR)
		return true;
	if (length <= 0) {
		if (keeper_fd < 0)
			warden_end(NULL);
		return false;
	}
	if (records_check(body, length))
		warden_failed();
	while (record_next(&cursor, &r) > 0) {
		if (is(&r, "start"))
			warden_start(&r);
		else if (is(&r, "keeper"))
			warden_bind(&r);
		record_free(&r);
	}
	record_free(&r);
	return true;
}

/* Keeps the end of what is printed: the reason, should the program end now. False when there is no more to come. */
static bool warden_read(void)
{
	char text[512];
	ssize_t length = read(PRINTED, text, sizeof text);

	if (length <= 0)
		return length < 0 && errno == EINTR;
	size_t room = sizeof said - 1;
	size_t kept = said_length + length > room ? room - length : said_length;
	memmove(said, said + said_length - kept, kept);
	memcpy(said + kept, text, length);
	said_length = kept + length;
	return true;
}

/* It has ended by itself. Who is still at work on the lab is told, and may start another. */
static void program_ended(void)
{
	char text[sizeof said];

	if (keeper_fd >= 0)
		warden_end(NULL);
	said[said_length] = 0;
	format(text, sizeof text, "%s", said_length ? said : "it ended without a word");
	program_end();
	report_line(CONTROL, LINE("failed", text));
}

static _Noreturn void warden(int control)
{
	struct pollfd polled[4];
	bool listening = true;

	setsid();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (chdir("/") || null_stdio() || place(control, CONTROL) < 0)
		_exit(125);
	close_from(CONTROL + 1);
	for (;;) {
		polled[0] = (struct pollfd){ listening ? CONTROL : -1, POLLIN, 0 };
		polled[1] = (struct pollfd){ program.printing ? PRINTED : -1, POLLIN, 0 };
		polled[2] = (struct pollfd){ program.fd, POLLIN, 0 };
		polled[3] = (struct pollfd){ keeper_fd, POLLIN, 0 };
		if (poll(polled, 4, -1) < 0)
			continue;
		if (polled[3].revents)
			warden_end(NULL);
		if (polled[1].revents)
			program.printing = warden_read();
		else if (polled[2].revents)
			program_ended();
		if (polled[0].revents && !warden_listen()) {
			listening = false;
			close(CONTROL);
		}
	}
}

/*
 * Leaves a warden behind in the namespaces that we are about to leave, with a socket to it at the descriptor
 * `number`, for the command that we become. It is a grandchild: the command knows nothing of it.
 */
int uplink_warden(int number)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return fail("socketpair", "");
	pid = fork();
	if (pid < 0)
		return fail("fork", "uplink");
	if (!pid) {
		close(pair[0]);
		pid = fork();
		if (!pid)
			warden(pair[1]);
		_exit(pid < 0 ? 125 : 0);
	}
	close(pair[1]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
	}
	return dup2(pair[0], number) < 0 ? fail("dup2", "uplink") : 0;
}
