/* The programs that a node runs: started in a session of their own, logged, remembered after their end. */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct process {
	struct process *next;
	char name[NAME_MAX_PROCESS];
	char digest[80];	/* the caller's word, given back by `status` */
	pid_t pid;
	struct timespec started;
	bool born;		/* the exec succeeded */
	bool stillborn;		/* it failed; kept until it is reaped */
	bool reaped;
	int status;		/* as waitpid has it, when reaped */
	bool stopping, killed;
	uint64_t kill_at;
};

/* What a `start` says, gathered from its records. Pointers into the request. */
struct order {
	const char *name, *cwd, *user, *log;
	char **argv, **env;
	int netns;		/* to join first; -1: none */
};

static struct process *processes;
static const char *identity = "";	/* the node; empty in the keeper, where names are NODE/PROCESS */

void process_identity(const char *node)
{
	identity = node;
	processes = NULL;
}

static int code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static int signal_of(int status)
{
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* ---- the record of events ---- */

static size_t quote(char *to, size_t room, const char *from)
{
	size_t length = 0;

	for (; *from && length + 8 < room; from++) {
		if (*from == '"' || *from == '\\')
			to[length++] = '\\';
		if ((unsigned char)*from < 32)
			length += snprintf(to + length, room - length, "\\u%04x", *from);
		else
			to[length++] = *from;
	}
	to[length] = 0;
	return length;
}

/* One line of JSON, written at once: O_APPEND keeps the lines of all PID 1s whole. */
void event(const char *word, const char *node, const char *process, pid_t pid, const int *status)
{
	char line[1024], node_text[200], process_text[400], end[64] = "";
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	quote(node_text, sizeof node_text, node);
	quote(process_text, sizeof process_text, process);
	if (status)
		snprintf(end, sizeof end, ",\"code\":%d,\"signal\":%d", code_of(*status), signal_of(*status));
	int length = snprintf(line, sizeof line,
			      "{\"time\":%lld.%03ld,\"event\":\"%s\",\"node\":\"%s\","
			      "\"process\":\"%s\",\"pid\":%d%s}\n",
			      (long long)now.tv_sec, now.tv_nsec / 1000000, word, node_text, process_text, pid,
			      end);
	ssize_t written = write(EVENTS, line, length);
	(void)written;
}

/* In the keeper a name is NODE/PROCESS and is taken apart here; a node's PID 1 knows its own name. */
static void process_event(const char *word, const struct process *p, const int *status)
{
	char node[NAME_MAX_PROCESS];
	const char *slash = strchr(p->name, '/');

	if (*identity || !slash) {
		event(word, identity, p->name, p->pid, status);
		return;
	}
	snprintf(node, sizeof node, "%.*s", (int)(slash - p->name), p->name);
	event(word, node, slash + 1, p->pid, status);
}

/* ---- the child, between fork and exec ---- */

/* The log of NODE/PROCESS.log. Its folder is made when this is the node's first. Without a name: nowhere. */
static int open_log(const char *path)
{
	char folder[NAME_MAX_PROCESS + 8];
	const char *slash = strrchr(path, '/');

	if (!*path)
		return open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (*path == '/' || strstr(path, "..") || strlen(path) >= sizeof folder) {
		errno = EINVAL;
		return -1;
	}
	if (slash) {
		snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
		if (mkdirat(LOGS, folder, 0755) && errno != EEXIST)
			return -1;
	}
	return openat(LOGS, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
}

static int prepare(const struct order *o)
{
	struct user user;
	int log;

	/*
	 * A session of its own: Ctrl-C in the caller's terminal is not for it, and its group can be
	 * signalled as one.
	 */
	if (setsid() < 0)
		return fail("setsid", o->name);
	log = open_log(o->log);
	if (log < 0)
		return fail("open", o->log);
	if (dup2(log, 1) < 0 || dup2(log, 2) < 0)
		return fail("dup2", o->log);
	if (o->netns >= 0 && setns(o->netns, CLONE_NEWNET))
		return fail("setns", o->name);
	limits_restore();
	if (*o->user && (user_find(o->user, &user) || user_become(&user)))
		return -1;
	if (chdir(*o->cwd ? o->cwd : "/"))
		return fail("chdir", o->cwd);
	return 0;
}

static _Noreturn void child(const struct order *o, int report)
{
	if (!prepare(o)) {
		reset_signals();
		command_exec(o->argv, o->env);
		fail("exec", o->argv[0]);
	}
	report_line(report, LINE(failure.operation, failure.subject, decimal(failure.number).text));
	_exit(127);
}

/* ---- start ---- */

static struct process *find(const char *name)
{
	for (struct process *p = processes; p; p = p->next)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static void forget(struct process *gone)
{
	for (struct process **at = &processes; *at; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			free(gone);
			return;
		}
}

static struct process *add(const struct record *start)
{
	const char *name = field(start, 1), *digest = field(start, 2);
	struct process *p = find(name);

	if (!*name || strlen(name) >= sizeof p->name || strlen(digest) >= sizeof p->digest) {
		fail_with(ENAMETOOLONG, "start", name);
		return NULL;
	}
	if (p && !(p->reaped && p->born && !p->stopping)) {
		fail_with(EEXIST, "start", name);
		return NULL;
	}
	if (p)
		forget(p);
	p = calloc(1, sizeof *p);
	if (!p) {
		fail("start", name);
		return NULL;
	}
	strcpy(p->name, name);
	strcpy(p->digest, digest);
	clock_gettime(CLOCK_REALTIME, &p->started);
	p->next = processes;
	processes = p;
	return p;
}

static int launch(struct process *p, const struct order *o)
{
	int pipe[2];

	if (pipe2(pipe, O_CLOEXEC))
		return fail("pipe", p->name);
	p->pid = fork();
	if (!p->pid) {
		close(pipe[0]);
		child(o, pipe[1]);
	}
	if (p->pid < 0)
		fail("fork", p->name);
	close(pipe[1]);
	if (p->pid < 0 || birth_watch(pipe[0], false, p)) {
		if (p->pid > 0)
			kill(p->pid, SIGKILL);
		close(pipe[0]);
		return -1;
	}
	return 0;
}

/*
 * Does this record belong to the `start` before it? Keeps what it says, and the record itself where it is a
 * list.
 */
static bool belongs(struct order *o, struct record *next, struct record *argv, struct record *env, int *bad)
{
	if (is(next, "arg") && !argv->field) {
		*argv = *next;
		return true;
	}
	if (is(next, "env") && !env->field) {
		*env = *next;
		return true;
	}
	if (is(next, "log"))
		o->log = field(next, 1);
	else if (is(next, "net") && (o->netns = node_descriptor(field(next, 1))) < 0)
		*bad = fail_with(ENOENT, "net", field(next, 1));
	else if (!is(next, "net"))
		return false;
	record_free(next);
	return true;
}

/* Takes the records that belong to this start, forks, and leaves the answer to process_born. */
int process_start(struct connection *c, const struct record *start, struct cursor *cursor)
{
	struct record argv = { 0 }, env = { 0 }, next;
	struct order o = { field(start, 1), field(start, 3), field(start, 4), "", NULL, NULL, -1 };
	static char *nothing[1];
	struct process *p = NULL;
	int bad = 0;

	for (;;) {
		char *before = cursor->at;

		if (record_next(cursor, &next) > 0 && belongs(&o, &next, &argv, &env, &bad))
			continue;
		record_free(&next);
		cursor->at = before;
		break;
	}
	o.argv = argv.count > 1 ? argv.field + 1 : NULL;
	o.env = env.count > 1 ? env.field + 1 : nothing;
	if (!bad && !o.argv)
		bad = fail_with(EINVAL, "start", o.name);
	if (!bad)
		p = add(start);
	if (p && (await(c, FOR_START, p) || launch(p, &o))) {
		settle(FOR_START, p);
		forget(p);
		p = NULL;
	}
	if (!p)
		answer_failed(c, o.name);
	record_free(&argv);
	record_free(&env);
	return 1;
}

/* ---- the end ---- */

static void tell_exit(struct connection *c, const struct process *p)
{
	answer(c, LINE("exited", p->name, decimal(code_of(p->status)).text, decimal(signal_of(p->status)).text));
}

/* Born and reaped come in either order: a program may have ended before we read that it began. */
static void ended(struct process *p)
{
	struct connection *c;

	process_event("exit", p, &p->status);
	while ((c = settle(FOR_EXIT, p)))
		tell_exit(c, p);
}

/* The pipe of a child has closed: silently when the exec succeeded, else with `OPERATION\tSUBJECT\tERRNO`. */
void process_born(void *process, const char *text, size_t length)
{
	struct process *p = process;
	struct connection *c = settle(FOR_START, p);

	if (!length) {
		p->born = true;
		process_event("start", p, NULL);
		answer(c, LINE("started", p->name, decimal(p->pid).text));
		if (p->reaped)
			ended(p);
		return;
	}
	char copy[512], *at = copy;
	snprintf(copy, sizeof copy, "%s", text);
	char *operation = strsep(&at, "\t"), *subject = strsep(&at, "\t");
	fail_with(at ? (int)number(at) : EIO, operation, subject);
	answer_failed(c, p->name);
	process_event("exec-failed", p, NULL);
	while ((c = settle(FOR_EXIT, p)))
		answer_failed(c, p->name);
	while ((c = settle(FOR_STOP, p)))
		answer(c, LINE("stopped", p->name));
	if (p->reaped)
		forget(p);
	else
		p->stillborn = true;
}

bool process_reaped(pid_t pid, int status)
{
	for (struct process *p = processes; p; p = p->next) {
		if (p->pid != pid || p->reaped)
			continue;
		p->reaped = true;
		p->status = status;
		if (p->stillborn)
			forget(p);
		else if (p->born)
			ended(p);
		return true;
	}
	return false;
}

/* ---- stop ---- */

int process_stop(struct connection *c, const struct record *r)
{
	struct process *p = find(field(r, 1));
	int signal = number(field(r, 2));

	if (!p || p->stillborn || signal < 1 || signal >= NSIG) {
		fail_with(!p || p->stillborn ? ESRCH : EINVAL, "stop", field(r, 1));
		answer_failed(c, field(r, 1));
		return 1;
	}
	if (p->reaped && !p->stopping) {
		answer(c, LINE("stopped", p->name));
		return 1;
	}
	if (await(c, FOR_STOP, p))
		return -1;
	p->stopping = true;
	p->kill_at = now_ms() + number(field(r, 3));
	/*
	 * The whole group; one that was stopped must run again to hear it. Before its setsid a child has no
	 * group yet.
	 */
	if (kill(-p->pid, signal))
		kill(p->pid, signal);
	kill(-p->pid, SIGCONT);
	return 1;
}

/*
 * Stops that are due: killed when the time is over, answered when the leader is reaped and nobody of the
 * group is left.
 */
void process_check(void)
{
	struct connection *c;
	uint64_t now = 0;

	for (struct process *p = processes; p; p = p->next) {
		if (!p->stopping)
			continue;
		now = now ? now : now_ms();
		if (now >= p->kill_at && !p->killed) {
			p->killed = true;
			kill(-p->pid, SIGKILL);
		}
		if (!p->reaped || !p->born || (!p->killed && !kill(-p->pid, 0)))
			continue;
		p->stopping = p->killed = false;
		while ((c = settle(FOR_STOP, p)))
			answer(c, LINE("stopped", p->name));
	}
}

int process_timeout(void)
{
	uint64_t now = now_ms(), least = UINT64_MAX;

	for (struct process *p = processes; p; p = p->next)
		if (p->stopping && !p->killed && p->kill_at < least)
			least = p->kill_at;
	return least == UINT64_MAX ? -1 : least <= now ? 0 : (int)(least - now);
}

int process_wait(struct connection *c, const struct record *r)
{
	struct process *p = find(field(r, 1));

	if (!p || p->stillborn) {
		fail_with(ESRCH, "wait", field(r, 1));
		answer_failed(c, field(r, 1));
		return 1;
	}
	if (p->reaped && p->born) {
		tell_exit(c, p);
		return 1;
	}
	return await(c, FOR_EXIT, p) ? -1 : 1;
}

/* An ended process is remembered until it is started again or forgotten by name. */
int process_forget(const struct record *r)
{
	struct process *p = find(field(r, 1));

	if (p && !(p->reaped && p->born && !p->stopping))
		return fail_with(EBUSY, "forget", field(r, 1));
	if (p)
		forget(p);
	return 1;
}

void process_status(struct connection *c)
{
	for (struct process *p = processes; p; p = p->next) {
		bool over = p->reaped;
		char started[40];

		if (p->stillborn || !p->born)
			continue;
		snprintf(started, sizeof started, "%lld.%03ld", (long long)p->started.tv_sec,
			 p->started.tv_nsec / 1000000);
		answer(c, LINE("process", p->name, p->digest, decimal(p->pid).text, started,
			       over ? "exited" : "running",
			       decimal(over ? code_of(p->status) : 0).text,
			       decimal(over ? signal_of(p->status) : 0).text));
	}
}

/* ---- all of them ---- */

void process_signal_all(int signal)
{
	for (struct process *p = processes; p; p = p->next)
		if (!p->reaped) {
			kill(-p->pid, signal);
			kill(-p->pid, SIGCONT);
		}
}

/*
 * Ends and forgets what the keeper itself runs for a node: the names that begin with NODE/. True while some
 * are left.
 */
bool process_kill_under(const char *node)
{
	size_t length = strlen(node);
	struct process *next;
	bool left = false;

	for (struct process *p = processes; p; p = next) {
		next = p->next;
		if (strncmp(p->name, node, length) || p->name[length] != '/')
			continue;
		if (p->reaped && p->born && !p->stopping) {
			forget(p);
			continue;
		}
		left = true;
		if (!p->reaped && kill(-p->pid, SIGKILL))
			kill(p->pid, SIGKILL);
	}
	return left;
}

static pid_t parent_of(pid_t pid)
{
	char path[32], text[512], *after;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return 0;
	text[got] = 0;
	/* `PID (NAME) STATE PPID`, and a name may hold anything: the last parenthesis counts. */
	after = strrchr(text, ')');
	return after && strlen(after) > 4 ? atoi(after + 4) : 0;
}

/*
 * Without a pid namespace, being a subreaper makes every orphan our child: kill the children, reap them,
 * and those whom that orphans come next, until there are none.
 */
void process_kill_descendants(void)
{
	do {
		DIR *all = opendir("/proc");
		struct dirent *entry;

		while (all && (entry = readdir(all))) {
			pid_t pid = atoi(entry->d_name);
			if (pid > 0 && parent_of(pid) == getpid())
				kill(pid, SIGKILL);
		}
		if (all)
			closedir(all);
	} while (waitpid(-1, NULL, 0) > 0);
}
