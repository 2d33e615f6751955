/*
 * `netlab-init exec`: a command in a node, as if it had been started there, with the caller's stdin, stdout
 * and stderr.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN_FAILURE 125
#define NOT_EXECUTABLE 126
#define NOT_FOUND 127
#define GROUPS_MAX 8		/* trees of control groups */

static struct options {
	bool terminal;		/* -t */
	bool leash;		/* -k: ends with the process that started it */
	const char *folder, *user, *pid, *netns;
	const char *control;	/* -c: where PID 1 tells how programs are confined */
	const char *program;	/* -w: which one's policy and user it is */
	struct told told;
	int group[GROUPS_MAX];	/* cgroup.procs of the control groups that the command joins */
	int groups;
	char **command;
} options;

static _Noreturn void die_of_failure(void)
{
	print(2, "netlab: %s %s: %s\n", failure.operation, failure.subject, strerror(failure.number));
	_exit(OWN_FAILURE);
}

static _Noreturn void die(const char *operation, const char *subject)
{
	fail(operation, subject);
	die_of_failure();
}

static int usage(void)
{
	print(2, "usage: netlab-init exec [-tk] [-d DIR] [-u USER] [-g CGROUP]… (-p PID [-c SOCKET [-w PROGRAM]] | -n NETNS) -- COMMAND…\n");
	return OWN_FAILURE;
}

/* Opened before anything is joined: by that who opens it is judged. */
static void open_group(const char *folder)
{
	char path[PATH_MAX];

	format(path, sizeof path, "%s/cgroup.procs", folder);
	if (options.groups == GROUPS_MAX) {
		errno = E2BIG;
		die("open", path);
	}
	options.group[options.groups] = open(path, O_WRONLY | O_CLOEXEC);
	if (options.group[options.groups++] < 0)
		die("open", path);
}

static bool parse(int argc, char **argv)
{
	struct option_at at = { .index = 1 };
	int letter;

	while ((letter = option(argc, argv, "tkd:u:p:c:w:n:g:", &at)) != -1) {
		switch (letter) {
		case 't': options.terminal = true; break;
		case 'k': options.leash = true; break;
		case 'd': options.folder = at.value; break;
		case 'u': options.user = at.value; break;
		case 'p': options.pid = at.value; break;
		case 'c': options.control = at.value; break;
		case 'w': options.program = at.value; break;
		case 'n': options.netns = at.value; break;
		case 'g': open_group(at.value); break;
		default: return false;
		}
	}
	options.command = argv + at.index;
	return !options.pid != !options.netns && *options.command;
}

/* ---- going there ---- */

/*
 * Which namespaces of that process are not ours. To join one's own is refused for some kinds, and pointless
 * for all.
 */
int differing(const char *pid)
{
	static const struct {
		const char *name;
		int flag;
	} kinds[] = { { "net", CLONE_NEWNET }, { "uts", CLONE_NEWUTS },	      { "ipc", CLONE_NEWIPC },
		      { "pid", CLONE_NEWPID }, { "cgroup", CLONE_NEWCGROUP }, { "mnt", CLONE_NEWNS },
		      { "user", CLONE_NEWUSER }, { "time", 0x80 /* CLONE_NEWTIME */ } };
	struct stat there, here;
	char path[64];
	int flags = 0;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		format(path, sizeof path, "/proc/%s/ns/%s", pid, kinds[i].name);
		bool seen = !stat(path, &there);
		format(path, sizeof path, "/proc/self/ns/%s", kinds[i].name);
		if (!seen || stat(path, &here))
			continue;
		if (there.st_ino != here.st_ino || there.st_dev != here.st_dev)
			flags |= kinds[i].flag;
	}
	return flags;
}

static void reach_terminal(const char *pid)
{
	if (terminal_open(pid))
		die_of_failure();
}

/*
 * A network namespace of an ordinary user's lab belongs to a user namespace below ours, and only who is in
 * that may join it. What is not below ours the kernel does not show; then setns says what is wrong.
 */
static void join_owner(int netns)
{
	int owner = ioctl(netns, NS_GET_USERNS);
	struct stat there, here;

	if (owner < 0)
		return;
	bool ours = fstat(owner, &there) || stat("/proc/self/ns/user", &here) ||
		    (there.st_ino == here.st_ino && there.st_dev == here.st_dev);
	if (!ours && setns(owner, CLONE_NEWUSER))
		die("setns", "the user namespace of the lab");
	close(owner);
}

/*
 * In a user namespace of the node's: nobody until we are its root. The terminal is opened only now, for it shall be that
 * root's; and the wish to end with our parent goes with the old user.
 */
static void arrive(void)
{
	pid_t parent = getppid();

	if (user_root())
		die_of_failure();
	if (options.leash)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (options.leash && getppid() != parent)
		_exit(OWN_FAILURE);
	if (options.terminal)
		reach_terminal(NULL);
}

/*
 * Opens everything, then joins. Returns whether a fork is needed to be inside: a pid namespace holds only
 * children.
 */
static bool join(void)
{
	int fd, flags = CLONE_NEWNET;

	if (options.pid) {
		fd = syscall(SYS_pidfd_open, (pid_t)number(options.pid), 0);
		flags = fd < 0 ? 0 : differing(options.pid);
	} else {
		fd = open(options.netns, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		die("open", options.pid ? options.pid : options.netns);
	if (options.control && confine_ask(options.control, options.program, &options.told))
		die_of_failure();
	if (!options.user && options.program && *options.told.user)
		options.user = options.told.user;
	if (options.terminal && !(flags & CLONE_NEWUSER))
		reach_terminal(options.pid);
	/* Whoever runs there shall not take hold of us, or of our binary, while we are on our way. */
	if (options.pid)
		conceal();
	/* A network namespace that we may join as we are is joined alone, whomever it belongs to. */
	if (options.netns && !setns(fd, CLONE_NEWNET))
		flags = 0;
	else if (options.netns)
		join_owner(fd);
	if (flags && setns(fd, flags))
		die("setns", options.pid ? options.pid : options.netns);
	close(fd);
	if (flags & CLONE_NEWUSER)
		arrive();
	return flags & CLONE_NEWPID;
}

/* ---- inside ---- */

static void name_user(const struct user *user)
{
	if (*user->home)
		setenv("HOME", user->home, 1);
	if (*user->name) {
		setenv("USER", user->name, 1);
		setenv("LOGNAME", user->name, 1);
	}
}

/* Somebody else, if that is asked for, and with no more rights than what PID 1 starts there, or than the one program. */
static void become(void)
{
	struct user user;

	if (options.user) {
		if (user_find(options.user, &user))
			die_of_failure();
		terminal_give(user.uid);
		name_user(&user);
	}
	if (confine(options.told.node, options.told.own, options.user ? &user : NULL))
		die_of_failure();
}

static _Noreturn void inside(const char *from)
{
	extern char **environ;

	for (int i = 0; i < options.groups; i++)
		if (write(options.group[i], "0", 1) != 1)
			die("join", "a control group");
	if (options.terminal && terminal_take())
		die_of_failure();
	become();
	/* Joining a mount namespace leads to its root: back to where the caller was, if that is there. */
	if (options.folder ? chdir(options.folder) : chdir(from) && chdir("/"))
		die("chdir", options.folder ? options.folder : "/");
	/* Whatever else the caller has left open: a folder of the machine's would be a way out. */
	close_from(3);
	reset_signals();
	command_exec(options.command, environ);
	int reason = errno;
	print(2, "netlab: exec %s: %s\n", options.command[0], strerror(reason));
	_exit(reason == ENOENT || reason == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE);
}

static int exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- without a terminal: signals go through, and stops are shared ---- */

static int wait_plain(pid_t child, const sigset_t *signals)
{
	siginfo_t info;
	int status;

	for (;;) {
		if (sigwaitinfo(signals, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD) {
			/*
			 * What the kernel sends (Ctrl-C, a new window size) goes to the whole group, and
			 * the child is in it.
			 */
			if (info.si_code != SI_KERNEL)
				kill(child, info.si_signo);
			continue;
		}
		if (waitpid(child, &status, WNOHANG | WUNTRACED) != child)
			continue;
		if (!WIFSTOPPED(status))
			return exit_code(status);
		/*
		 * Our shell shall see that the job has stopped. When it continues us, the child goes on
		 * too.
		 */
		kill(getpid(), SIGSTOP);
		kill(child, SIGCONT);
	}
}

/* ---- */

static sigset_t relayed(void)
{
	static const int plain[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1,
				     SIGUSR2, SIGCONT, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		sigaddset(&set, plain[i]);
	if (options.terminal)
		sigaddset(&set, SIGTSTP);
	return set;
}

/*
 * Forks into the node. The gate holds the child until it is sure to die with us: a parent that is gone
 * opens no gate.
 */
static int fork_inside(const char *from)
{
	sigset_t set = relayed();
	int gate[2];
	char go;

	if (pipe2(gate, O_CLOEXEC))
		die("pipe", "");
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid_t child = fork();
	if (child < 0)
		die("fork", "");
	if (!child) {
		close(gate[1]);
		prctl(PR_SET_PDEATHSIG, options.terminal ? SIGHUP : SIGKILL);
		if (read(gate[0], &go, 1) != 1)
			_exit(OWN_FAILURE);
		inside(from);
	}
	if (write(gate[1], "", 1) != 1)
		die("write", "");
	close(gate[0]);
	close(gate[1]);
	if (!options.terminal)
		return wait_plain(child, &set);
	int status;
	if (terminal_relay(child, &set, &status))
		die_of_failure();
	return exit_code(status);
}

int exec_in(int argc, char **argv)
{
	char from[PATH_MAX];

	if (!parse(argc, argv))
		return usage();
	/* What Node left behind: programs expect blocking streams and signals at their defaults. */
	for (int fd = 0; fd < 3; fd++) {
		int flags = fcntl(fd, F_GETFL);
		if (flags >= 0 && flags & O_NONBLOCK)
			fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	}
	reset_signals();
	if (options.leash)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!getcwd(from, sizeof from))
		strcpy(from, "/");
	if (!join() && !options.terminal)
		inside(from);
	return fork_inside(from);
}
