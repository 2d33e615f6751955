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
#include <sys/wait.h>
#include <unistd.h>

#define MAP_WORDS 128		/* of the command line of newuidmap */
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

/* What writes a map with ids that are not the caller's own, newuidmap and newgidmap, and what it shall write. */
struct mapper {
	const char *program, *map;
};

/* `PROGRAM PID INSIDE OUTSIDE COUNT …`: it says itself what it does not like. */
static int run_mapper(const struct mapper *mapper, pid_t pid)
{
	extern char **environ;
	char words[2048], *at = words, *argv[MAP_WORDS] = { (char *)mapper->program };
	struct decimal number = decimal(pid);
	int count = 1, status;

	argv[count++] = number.text;
	format(words, sizeof words, "%s", mapper->map);
	for (char *word; (word = strsep(&at, " \n")) && count < MAP_WORDS - 1;)
		if (*word)
			argv[count++] = word;
	pid_t child = fork();
	if (!child) {
		execve(mapper->program, argv, environ);
		_exit(die("exec", mapper->program));
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return die("fork", mapper->program);
	return WIFEXITED(status) ? WEXITSTATUS(status) : OWN_FAILURE;
}

/*
 * A user namespace with ranges of ids: who has stayed outside calls those who may write such maps, as soon as we are in.
 * Groups can be left then: whose these are, the machine's root has said.
 */
static int unshare_mapped(const struct mapper *uids, const struct mapper *gids)
{
	pid_t self = getpid();
	int gate[2], status;
	char go;

	if (pipe2(gate, O_CLOEXEC))
		return die("pipe", "");
	pid_t outside = fork();
	if (outside < 0)
		return die("fork", "");
	if (!outside) {
		close(gate[1]);
		_exit(read(gate[0], &go, 1) != 1 || run_mapper(uids, self) || run_mapper(gids, self) ? OWN_FAILURE : 0);
	}
	close(gate[0]);
	int bad = unshare(CLONE_NEWUSER) ? die("unshare", "user namespace") : 0;
	if (!bad && write(gate[1], "", 1) != 1)
		bad = die("write", "");
	close(gate[1]);
	if (waitpid(outside, &status, 0) != outside)
		return die("wait", "");
	return bad ? bad : status ? OWN_FAILURE : 0;
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
	struct mapper uids = { NULL, "" }, gids = { NULL, "" };
	bool home = false;
	int warden = -1;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct option_at at = { .index = 1 };
	int letter, bad;

	while ((letter = option(argc, argv, "p:nu:i:I:g:G:", &at)) != -1) {
		switch (letter) {
		case 'p': pid = at.value; break;
		case 'n': home = true; break;
		case 'u': warden = (int)number(at.value); break;
		case 'i': uids.program = at.value; break;
		case 'I': uids.map = at.value; break;
		case 'g': gids.program = at.value; break;
		case 'G': gids.map = at.value; break;
		default: argc = 0;
		}
	}
	if (at.index >= argc || (home && !pid) || !uids.program != !gids.program) {
		print(2, "usage: netlab-init enter [-p PID [-n] | -i NEWUIDMAP -I MAP -g NEWGIDMAP -G MAP] [-u FD] -- COMMAND…\n");
		return OWN_FAILURE;
	}
	if (warden >= 0 && uplink_warden(warden)) {
		errno = failure.number;
		return die(failure.operation, failure.subject);
	}
	if (pid) {
		bad = join(pid, "user", CLONE_NEWUSER);
	} else if (uids.program) {
		bad = unshare_mapped(&uids, &gids);
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
	command_exec(argv + at.index, environ);
	bad = errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
	die("exec", argv[at.index]);
	return bad;
}
