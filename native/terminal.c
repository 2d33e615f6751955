/*
 * A terminal in a node, and the relay between it and the one that the caller sits at: window size, signals and
 * job control.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static struct terminal {
	int master, slave;
	bool raw;
	struct termios saved;
} terminal = { .master = -1, .slave = -1 };

/* We stand outside: a link that the node has put there leads where it leads in the node (before Linux 5.6, from our root). */
static int open_in(const char *root, const char *path, int flags)
{
	int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = folder < 0 ? -1 : open_beneath(folder, path, flags);

	if (folder >= 0 && fd < 0 && errno == ENOSYS)
		fd = openat(folder, path, flags);
	int saved = errno;
	if (folder >= 0)
		close(folder);
	errno = saved;
	return fd;
}

/*
 * A terminal of the node's own devpts: `tty` in there then names a device that is there. Without a process by whose root
 * it is reached, by our own.
 */
int terminal_open(const char *pid)
{
	struct winsize size;
	char root[48] = "/";
	const char *path = pid ? "dev/pts/ptmx" : "dev/ptmx";
	int unlocked = 0;

	if (pid)
		format(root, sizeof root, "/proc/%s/root", pid);
	terminal.master = open_in(root, path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (terminal.master < 0 || ioctl(terminal.master, TIOCSPTLCK, &unlocked))
		return fail("open", path);
	terminal.slave = ioctl(terminal.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal.slave < 0)
		return fail("open the terminal of", path);
	if (!ioctl(0, TIOCGWINSZ, &size))
		ioctl(terminal.master, TIOCSWINSZ, &size);
	return 0;
}

/* Makes it that of this process and of what it becomes. */
int terminal_take(void)
{
	if (setsid() < 0 || ioctl(terminal.slave, TIOCSCTTY, 0))
		return fail("setsid", "");
	for (int fd = 0; fd < 3; fd++)
		dup2(terminal.slave, fd);
	return 0;
}

/* Who runs on it shall have it. One that stays root's still works; only `mesg` and its like will not. */
void terminal_give(uid_t uid)
{
	if (terminal.slave >= 0 && fchown(terminal.slave, uid, -1)) {
		/* As said. */
	}
}

static void cooked(void)
{
	/* In the background the terminal belongs to somebody else. */
	if (terminal.raw && tcgetpgrp(0) == getpgrp())
		tcsetattr(0, TCSADRAIN, &terminal.saved);
	terminal.raw = false;
}

static void raw(void)
{
	struct termios mode;

	if (!isatty(0) || tcgetattr(0, &terminal.saved))
		return;
	mode = terminal.saved;
	cfmakeraw(&mode);
	terminal.raw = !tcsetattr(0, TCSADRAIN, &mode);
}

static void resize(void)
{
	struct winsize size;

	if (!ioctl(0, TIOCGWINSZ, &size))
		ioctl(terminal.master, TIOCSWINSZ, &size);
}

/* The terminal as we found it, ours closed: that hangs up on the command, as when a window is closed. */
static _Noreturn void leave(int signal)
{
	cooked();
	close(terminal.master);
	_exit(128 + signal);
}

static void write_out(const char *from, ssize_t length)
{
	while (length > 0) {
		ssize_t written = write(1, from, length);

		if (written < 0 && errno == EAGAIN)
			poll(&(struct pollfd){ 1, POLLOUT, 0 }, 1, -1);
		else if (written < 0 && errno != EINTR)
			leave(SIGPIPE);
		if (written > 0) {
			from += written;
			length -= written;
		}
	}
}

/* False when there is nothing (more) to read now. */
static bool pump_out(void)
{
	char text[4096];
	ssize_t got = read(terminal.master, text, sizeof text);

	write_out(text, got);
	return got > 0;
}

/*
 * What the caller typed, until the terminal has taken it: a full one must not keep us from reading its
 * output.
 */
static struct {
	char text[4096];
	ssize_t at, end;
	bool over;
} input;

static void read_in(void)
{
	ssize_t got = read(0, input.text, sizeof input.text - 2);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	input.at = 0;
	input.end = got > 0 ? got : 0;
	if (got > 0)
		return;
	/* The end of a file is typed as Ctrl-D, twice: the first may only have ended an unfinished line. */
	input.over = true;
	input.text[input.end++] = 4;
	input.text[input.end++] = 4;
}

static void pump_in(void)
{
	ssize_t written = write(terminal.master, input.text + input.at, input.end - input.at);

	if (written > 0)
		input.at += written;
	else if (written < 0 && errno != EAGAIN && errno != EINTR)
		input.at = input.end;
}

/* True when the child has ended. */
static bool relay_signals(int signals, pid_t child, int *status)
{
	struct signalfd_siginfo info;
	bool ended = false;

	while (read(signals, &info, sizeof info) == sizeof info) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			ended = waitpid(child, status, WNOHANG) == child || ended;
			break;
		case SIGWINCH:
			resize();
			break;
		case SIGTSTP:
			cooked();
			kill(getpid(), SIGSTOP);
			break;
		case SIGCONT:
			cooked();
			raw();
			resize();
			break;
		default:
			leave(info.ssi_signo);
		}
	}
	return ended;
}

/*
 * Passes on what is typed and what is printed until the child has ended. A signal that is to end us does so here, with the
 * caller's terminal as we found it.
 */
int terminal_relay(pid_t child, const sigset_t *set, int *status)
{
	int signals = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (signals < 0)
		return fail("signalfd", "");
	raw();
	for (;;) {
		bool empty = input.at == input.end;
		short wanted = POLLIN | (empty ? 0 : POLLOUT);
		struct pollfd set[3] = { { signals, POLLIN, 0 },
					 { terminal.master, wanted, 0 },
					 { empty && !input.over ? 0 : -1, POLLIN, 0 } };

		if (poll(set, 3, -1) < 0)
			continue;
		if (set[1].revents & POLLOUT)
			pump_in();
		if (set[1].revents & POLLIN)
			pump_out();
		if (set[2].revents)
			read_in();
		if (set[0].revents && relay_signals(signals, child, status))
			break;
	}
	/*
	 * What was printed before the end is in the terminal's buffer by now. A background job may print
	 * on; we don't wait for it.
	 */
	while (pump_out()) {
	}
	cooked();
	return 0;
}
