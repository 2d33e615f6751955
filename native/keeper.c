/* The lab's keeper, and the guard that cleans up behind it. */
#include "init.h"
#include "kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static struct spec {
	const char *lab, *ctl, *private, *files, *logs, *links, *prefix;
	uint64_t flags;
	struct record groups;	/* the lab's control groups, as folders */
	struct cursor body;
} spec = { .lab = "", .ctl = "", .private = "", .files = "", .logs = "", .links = "", .prefix = "" };

static _Noreturn void give_up(void)
{
	report_failure(REPORT);
	_exit(125);
}

/* ---- the spec ---- */

static int read_spec(void)
{
	char *body = malloc(REQUEST_MAX);
	size_t length = 0;
	ssize_t got;

	if (!body)
		return fail("spec", "memory");
	while ((got = read(0, body + length, REQUEST_MAX - length)) != 0) {
		if (got < 0 && errno != EINTR)
			return fail("read", "spec");
		length += got > 0 ? got : 0;
		if (length == REQUEST_MAX)
			return fail_with(EMSGSIZE, "read", "spec");
	}
	spec.body = (struct cursor){ body, body + length };
	return records_check(body, length);
}

static int parse_spec(void)
{
	struct cursor cursor = spec.body;
	struct record r;
	int more;

	while ((more = record_next(&cursor, &r)) > 0) {
		if (is(&r, "lab"))
			spec.lab = field(&r, 1);
		else if (is(&r, "flags"))
			spec.flags = number(field(&r, 1));
		else if (is(&r, "ctl"))
			spec.ctl = field(&r, 1);
		else if (is(&r, "private"))
			spec.private = field(&r, 1);
		else if (is(&r, "files"))
			spec.files = field(&r, 1);
		else if (is(&r, "logs"))
			spec.logs = field(&r, 1);
		else if (is(&r, "links"))
			spec.links = field(&r, 1), spec.prefix = field(&r, 2);
		else if (is(&r, "groups") && !spec.groups.field) {
			spec.groups = r;
			continue;
		} else if (!is_operation(&r))
			return fail_with(EINVAL, "spec", field(&r, 0));
		record_free(&r);
	}
	record_free(&r);
	if (more < 0)
		return -1;
	if (!*spec.lab || !*spec.ctl || !*spec.private || !*spec.logs)
		return fail_with(EINVAL, "spec", "lab, ctl, private or logs is missing");
	/* It is a part of the names of files. */
	if (strchr(spec.lab, '/') || *spec.lab == '.')
		return fail_with(EINVAL, "lab", spec.lab);
	return 0;
}

/* All that is reached by path is opened now: the keeper's mounts may hide it. */
static int open_all(void)
{
	if (place(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), ROOT) < 0)
		return fail("open", "/");
	if (logs_open(spec.logs))
		return -1;
	if (place(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), HOME) < 0)
		return fail("open", "/proc/self/ns/net");
	return 0;
}

/* ---- the keeper ---- */

/*
 * A tmpfs that is mounted nowhere, so that nobody can remove what is in it by a path: not on the host, and not in
 * a node, whose mounts are copies of ours. From outside it is /proc/PID/fd/PRIVATE. Where the kernel refuses that, a
 * folder among our mounts serves.
 */
static int private_folder(void)
{
	int context = syscall(SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */), folder = -1;

	if (context >= 0) {
		if (!syscall(SYS_fsconfig, context, 1 /* FSCONFIG_SET_STRING */, "mode", "700", 0) &&
		    !syscall(SYS_fsconfig, context, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0))
			folder = syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */,
					 2 | 4 | 8 /* nosuid, nodev, noexec */);
		close(context);
	}
	if (folder < 0 && (!mkdir(spec.private, 0700) || errno == EEXIST))
		folder = open(spec.private, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place(folder, PRIVATE) < 0 ? fail("open", spec.private) : 0;
}

static int keeper_prepare(void)
{
	struct cursor cursor = spec.body;
	struct record r;
	sigset_t all;
	char socket[NAME_MAX_NODE + 8];
	int more;

	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while ((more = record_next(&cursor, &r)) > 0) {
		if (is_operation(&r) && operate(&r))
			return -1;
		record_free(&r);
	}
	record_free(&r);
	if (more < 0 || private_folder())
		return -1;
	if (*spec.files)
		files_keep(spec.files);
	format(socket, sizeof socket, "%.*s.keeper", NAME_MAX_NODE - 1, spec.lab);
	if (control_socket(PRIVATE, socket))
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (place(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK), SIGNALS) < 0)
		return fail("signalfd", "");
	/*
	 * listen, not bind, stamps the socket with a pid: SO_PEERCRED then tells our peers who the keeper
	 * is.
	 */
	if (listen(LISTENER, 64))
		return fail("listen", socket);
	conceal();
	/* Last, for it is by this that a keeper is found whose state folder is lost: then it shall answer. */
	title("keeper", spec.lab, "");
	return 0;
}

static _Noreturn void keeper_main(int gate, int alive)
{
	static char lab[NAME_MAX_NODE];
	char go;

	/*
	 * The guard opens the gate after it has told our pid. If it died before, nobody knows of us: then
	 * we never were.
	 */
	if (read(gate, &go, 1) != 1)
		_exit(125);
	close(gate);
	if (place(alive, ALIVE) < 0) {
		fail("dup", spec.lab);
		give_up();
	}
	if (keeper_prepare())
		give_up();
	format(lab, sizeof lab, "%s", spec.lab);
	node_table(lab);
	free(spec.body.at);
	/* The socket tells from here on that the lab exists, so the lock may go to the next; before the report ends. */
	close(LOCK);
	report_line(REPORT, LINE("ok"));
	close(REPORT);
	serve(true);
}

/* ---- the guard ---- */

static void remove_links(pid_t keeper)
{
	DIR *folder = *spec.links ? opendir(spec.links) : NULL;
	size_t prefix = strlen(spec.prefix);
	struct dirent *entry;
	char ours[32], target[64];

	format(ours, sizeof ours, "/proc/%d/", keeper);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, spec.prefix, prefix))
			continue;
		ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
		if (length < 0)
			continue;
		target[length] = 0;
		if (!strncmp(target, ours, strlen(ours)))
			unlinkat(dirfd(folder), entry->d_name, 0);
	}
	if (folder)
		closedir(folder);
}

/* In the state folder stands but a link to the keeper's socket. */
static int link_socket(pid_t keeper)
{
	char target[128];

	format(target, sizeof target, "/proc/%d/fd/%d/%s.keeper", keeper, PRIVATE, spec.lab);
	if (unlink(spec.ctl) && errno != ENOENT)
		return fail("unlink", spec.ctl);
	return symlink(target, spec.ctl) ? fail("symlink", spec.ctl) : 0;
}

/*
 * Cleaning without the lock could hit a lab that is just being made anew. Whoever holds the lock does what
 * we would; and a lock file that has been removed means that everything else of the lab has been, too.
 */
static bool may_clean(int lock)
{
	struct stat file;

	if (lock < 0)
		return true;
	return !flock(lock, LOCK_EX | LOCK_NB) && !fstat(lock, &file) && file.st_nlink;
}

static _Noreturn void guard(bool locked)
{
	int gate[2], alive[2], lock = -1;
	pid_t keeper;

	setsid();
	title("guard", spec.lab, "");
	if (null_stdio() || open_all())
		give_up();
	/* A lock belongs to an open file, not to a path: for one of our own, the file is opened once more. */
	if (locked)
		lock = open("/proc/self/fd/4", O_RDWR | O_CLOEXEC);
	if (pipe2(gate, O_CLOEXEC) || pipe2(alive, O_CLOEXEC)) {
		fail("pipe", "");
		give_up();
	}
	keeper = clone_into(spec.flags);
	if (keeper < 0) {
		fail("clone3", spec.lab);
		give_up();
	}
	if (!keeper) {
		close(gate[1]);
		close(alive[0]);
		if (lock >= 0)
			close(lock);
		keeper_main(gate[0], alive[1]);
	}
	/* Before it is there: a link that leads nowhere yet is nobody's hurt. It ends with the gate. */
	if (link_socket(keeper))
		give_up();
	report_line(REPORT, LINE("pid", decimal(keeper).text));
	if (write(gate[1], "", 1) != 1)
		_exit(125);
	/* The lock before the report: who has read the report to its end finds only the keeper holding the lock. */
	close(LOCK);
	/* Who could not keep a lock leaves the cleaning to others; the report ends all the same. */
	bool lost = lock >= 0 && place(lock, REPORT) < 0;
	if (lock < 0 || lost)
		close(REPORT);
	close(alive[1]);
	place(alive[0], LOCK);
	for (int fd = LOGS; fd < ROOT; fd++)
		close(fd);
	close_from(HOME);
	/* A keeper ends last of its pid namespace, and who is frozen in there does not end. */
	while (read(LOCK, gate, 1) < 0 && errno == EINTR) {
	}
	for (int i = 1; i < spec.groups.count; i++)
		cgroup_thaw(field(&spec.groups, i));
	while (waitpid(keeper, NULL, 0) < 0 && errno == EINTR) {
	}
	if (!lost && may_clean(lock >= 0 ? REPORT : -1)) {
		remove_links(keeper);
		unlink(spec.ctl);
		for (int i = 1; i < spec.groups.count; i++)
			cgroup_remove(field(&spec.groups, i));
	}
	_exit(0);
}

/*
 * `netlab-init keeper`: reads all of the spec before it makes anything, leaves the guard behind and is
 * gone.
 */
int keeper(void)
{
	bool locked = fcntl(LOCK, F_SETFD, FD_CLOEXEC) == 0;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (fcntl(REPORT, F_SETFD, FD_CLOEXEC) && dup3(2, REPORT, O_CLOEXEC) < 0)
		return 125;
	/* So that nothing else ever gets this number. */
	if (!locked && (place(open("/dev/null", O_RDONLY | O_CLOEXEC), LOCK) < 0))
		return 125;
	close_from(LOGS);
	umask(022);
	limits_save();
	if (chdir("/") || read_spec() || parse_spec())
		give_up();
	pid = fork();
	if (pid < 0) {
		fail("fork", spec.lab);
		give_up();
	}
	if (!pid)
		guard(locked);
	return 0;
}

/* ---- requests ---- */

/* Of a node also the name that it has now: nobody outside can ask for it. */
static void status(struct connection *c, bool is_keeper)
{
	struct utsname names;

	if (!is_keeper && !uname(&names))
		answer(c, LINE("hostname", names.nodename));
	confine_tell(c, "confine", confine_policy());
	process_status(c);
}

static int dispatch(struct connection *c, const struct record *r, struct cursor *cursor, bool is_keeper)
{
	if (is(r, "start"))
		return process_start(c, r, cursor);
	if (is(r, "stop") || is(r, "finish"))
		return process_stop(c, r);
	if (is(r, "keep"))
		return process_keep(c, r);
	if (is(r, "wait"))
		return process_wait(c, r);
	if (is(r, "forget"))
		return process_forget(r);
	if (is(r, "status"))
		return status(c, is_keeper), 1;
	if (is(r, "policy"))
		return process_policy(c, r);
	/* In a node these change what stands there already; the keeper's own mounts are nobody's to change. */
	if (!is_keeper && is_operation(r))
		return operate(r) ? -1 : 1;
	if (is_keeper && is(r, "watch"))
		return watch_add(r);
	if (is_keeper && is(r, "files"))
		return files_mount();
	if (is_keeper && is(r, "rotate"))
		return rotation_add(r);
	if (is_keeper && (is(r, "netns") || is(r, "owned")))
		return node_netns(c, r);
	if (is_keeper && is(r, "join"))
		return node_join(c, r);
	if (is_keeper && is(r, "node"))
		return node_start(c, r, cursor);
	if (is_keeper && is(r, "drop"))
		return node_drop(c, r);
	if (is_keeper && is(r, "list"))
		return node_list(c), 1;
	return fail_with(EINVAL, "request", field(r, 0));
}

/*
 * Carries out the next record of a request. 1: there may be more, 0: that was the end, -1: refused, LATER: the record
 * is to be tried again when something has happened.
 */
int request_step(struct connection *c, struct cursor *cursor, bool is_keeper)
{
	char *before = cursor->at;
	struct record r;
	int more = record_next(cursor, &r);

	if (more > 0)
		more = dispatch(c, &r, cursor, is_keeper);
	record_free(&r);
	if (more == LATER)
		cursor->at = before;
	return more;
}
