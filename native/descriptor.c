/*
 * Around descriptors, titles, clocks and limits: what more than one part needs, and the C library has no
 * word for.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Moves a descriptor to its fixed number. */
int place(int fd, int number)
{
	if (fd < 0 || fd == number)
		return fd;
	if (dup3(fd, number, O_CLOEXEC) < 0)
		return -1;
	close(fd);
	return number;
}

/*
 * Closes everything from this number on. Before Linux 5.9 there is no close_range, and a loop does the
 * same.
 */
int close_from(int first)
{
	struct rlimit limit;

	if (!syscall(SYS_close_range, (unsigned)first, ~0u, 0))
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	for (rlim_t fd = first; fd < limit.rlim_cur && fd < 1048576; fd++)
		close((int)fd);
	return 0;
}

/* The first bytes of a file; -1 with errno. */
ssize_t file_read(const char *path, char *to, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, to, room);
	close(fd);
	return got;
}

/* The caller waits for its pipes to close, so nothing that stays alive may hold them. */
int null_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return fail("open", "/dev/null");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(null, fd) < 0)
			return fail("dup2", "/dev/null");
	if (null > 2)
		close(null);
	return 0;
}

/*
 * Binds LISTENER, in the folder of that descriptor, which has no path of its own. Never for a moment open to
 * others: the mode comes from the umask, not from a later chmod.
 */
int control_socket(int folder, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length, fd;
	mode_t before;

	length = format(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, path);
	if (length >= (int)sizeof address.sun_path)
		return fail_with(ENAMETOOLONG, "bind", path);
	if (unlink(address.sun_path) && errno != ENOENT)
		return fail("unlink", path);
	fd = place(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), LISTENER);
	if (fd < 0)
		return fail("socket", path);
	before = umask(0177);
	int bad = bind(fd, (struct sockaddr *)&address, sizeof address);
	umask(before);
	return bad ? fail("bind", path) : 0;
}

static char *title_start;
static size_t title_size;

/*
 * The kernel shows argv's memory as the command line, and goes on into the environment's when the title
 * needs more.
 */
void title_room(int argc, char **argv)
{
	extern char **environ;
	char *end = argv[0];

	for (int i = 0; i < argc; i++)
		if (argv[i] == end)
			end = argv[i] + strlen(argv[i]) + 1;
	for (char **env = environ; env && *env; env++)
		if (*env == end)
			end = *env + strlen(*env) + 1;
	title_start = argv[0];
	title_size = end - argv[0];
}

/* Writes `netlab-init ROLE LAB[.NAME]`; what was there, the caller's environment too, is wiped. */
void title(const char *role, const char *lab, const char *name)
{
	char text[160];

	format(text, sizeof text, "netlab-init %s %s%s%s", role, lab, *name ? "." : "", name);
	memset(title_start, 0, title_size);
	if (title_size)
		format(title_start, title_size, "%s", text);
}

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The namespaces that a clone can have of its own; the last two as younger headers name them. */
static const uint64_t namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET |
				   CLONE_NEWUSER | 0x02000000 /* CLONE_NEWCGROUP */ | 0x80 /* CLONE_NEWTIME */;

/*
 * fork with namespaces: clone3 without a new stack, so both sides return. Flags come from outside, and with any other
 * (CLONE_VM) two processes would write into one memory.
 */
long clone_into(uint64_t flags)
{
	if (flags & ~(namespaces | CLONE_PARENT)) {
		errno = EINVAL;
		return -1;
	}
	/* A sibling ends with the signal that we end with, and clone3 wants none to be said. */
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	} args = { .flags = flags, .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD };

	return syscall(SYS_clone3, &args, sizeof args);
}

/* A program starts with every signal at its default and none blocked, whatever netlab or Node had set. */
void reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static struct rlimit files;

void limits_save(void)
{
	getrlimit(RLIMIT_NOFILE, &files);
}

int limits_raise(void)
{
	struct rlimit raised = { .rlim_cur = files.rlim_max, .rlim_max = files.rlim_max };

	return setrlimit(RLIMIT_NOFILE, &raised) ? fail("setrlimit", "RLIMIT_NOFILE") : 0;
}

/* The raise was for our own namespaces; programs that close "all" descriptors would suffer from it. */
void limits_restore(void)
{
	if (files.rlim_max)
		setrlimit(RLIMIT_NOFILE, &files);
}
