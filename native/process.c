/*
 * The programs that a node runs: started in a session of their own, logged, started again when their policy
 * says so, remembered after their end.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ASK_MS 5		/* how often a group without a leader is asked whether it is there */
#define GROUP_MS 1000		/* how long one that was killed is waited for */
#define BACKOFF_MS 100		/* before the first restart; twice as long before each that follows */
#define BACKOFF_MAX_MS 10000
#define SETTLED_MS 10000	/* who has run for so long begins with the shortest pause again */

struct process {
	struct process *next;
	char name[NAME_MAX_PROCESS];
	char digest[80];	/* the caller's word, given back by `status` */
	struct order *order;
	pid_t pid;
	struct timespec started;
	uint64_t began;		/* the same moment on the clock that never jumps */
	long long log_from;	/* bytes that stood in its log then */
	bool born;		/* the exec succeeded */
	bool stillborn;		/* it failed; kept until it is reaped */
	bool again;		/* it ran before: an exec that fails now is an end like any other */
	bool reaped;
	int status;		/* as waitpid has it, when reaped */
	bool stopping, killed;
	bool stopped;		/* it ended because it was asked to */
	bool rejoining;		/* it is asked to because another program, whose namespaces it shares, has new ones */
	uint64_t kill_at;
	uint64_t again_at;	/* when it starts again; 0: it does not */
	uint64_t patience;	/* until when that waits for what is left of its group; 0: it has not yet */
	unsigned restarts, failures;
};

static struct process *processes;
static bool ending;	/* we have been asked to end: nothing starts again */
static const char *identity = "";	/* the node; empty in the keeper, where names are NODE/PROCESS */

void process_identity(const char *node)
{
	identity = node;
	processes = NULL;
	ending = false;
}

static bool is_over(const struct process *p)
{
	return p->reaped && p->born && !p->stopping;
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
	format(node, sizeof node, "%.*s", (int)(slash - p->name), p->name);
	event(word, node, slash + 1, p->pid, status);
}

static bool begin_stop(struct process *p, int signal, long long grace);

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
			free(gone->order);
			free(gone);
			return;
		}
}

static struct process *add(const struct order *o, const char *digest)
{
	struct process *p = find(o->name);

	if (!*o->name || strlen(o->name) >= sizeof p->name || strlen(digest) >= sizeof p->digest) {
		fail_with(ENAMETOOLONG, "start", o->name);
		return NULL;
	}
	if (p && !is_over(p)) {
		fail_with(EEXIST, "start", o->name);
		return NULL;
	}
	if (p)
		forget(p);
	p = calloc(1, sizeof *p);
	if (!p || !(p->order = order_copy(o))) {
		free(p);
		fail("start", o->name);
		return NULL;
	}
	strcpy(p->name, o->name);
	strcpy(p->digest, digest);
	p->next = processes;
	processes = p;
	return p;
}

static int launch(struct process *p)
{
	struct order *o = p->order;
	int pipe[2], netns = -1;
	pid_t pid;

	clock_gettime(CLOCK_REALTIME, &p->started);
	p->began = now_ms();
	p->log_from = log_size(o->log);
	if (*o->net && (netns = node_descriptor(o->net)) < 0)
		return fail_with(ENOENT, "net", o->net);
	if (pipe2(pipe, O_CLOEXEC))
		return fail("pipe", p->name);
	pid = *o->namespaces ? program_clone(o) : fork();
	if (!pid) {
		close(pipe[0]);
		order_carry_out(o, netns, pipe[1]);
	}
	if (pid < 0 && !*o->namespaces)
		fail("fork", p->name);
	close(pipe[1]);
	if (pid < 0 || birth_watch(pipe[0], false, p)) {
		if (pid > 0)
			kill(pid, SIGKILL);
		close(pipe[0]);
		return -1;
	}
	/* Only now: of a start that failed there is no group to signal, and -(-1) would be PID 1. */
	p->pid = pid;
	return 0;
}

/* Takes the records that belong to this start, forks, and leaves the answer to process_born. */
int process_start(struct connection *c, const struct record *record, struct cursor *cursor)
{
	struct start start;
	struct process *p = NULL;

	if (!start_read(&start, record, cursor))
		p = add(&start.order, field(record, 2));
	if (p && (await(c, FOR_START, p) || launch(p))) {
		settle(FOR_START, p);
		forget(p);
		p = NULL;
	}
	if (!p)
		answer_failed(c, start.order.name);
	start_free(&start);
	return 1;
}

/* ---- the end ---- */

static void tell_exit(struct connection *c, const struct process *p)
{
	answer(c, LINE("exited", p->name, decimal(status_code(p->status)).text, decimal(status_signal(p->status)).text));
}

/* When it starts again, if its policy says that it does: after a pause that doubles each time, up to a limit. */
static void schedule(struct process *p)
{
	enum policy policy = p->order->policy;
	uint64_t pause;

	if (ending || p->stopping || p->stopped || policy == NEVER || (policy == ON_FAILURE && !p->status))
		return;
	if (now_ms() - p->began >= SETTLED_MS)
		p->failures = 0;
	pause = (uint64_t)BACKOFF_MS << (p->failures < 10 ? p->failures : 10);
	p->failures++;
	p->again_at = now_ms() + (pause < BACKOFF_MAX_MS ? pause : BACKOFF_MAX_MS);
	p->patience = 0;
}

/* Born and reaped come in either order: a program may have ended before we read that it began. */
static void ended(struct process *p)
{
	struct connection *c;

	process_event("exit", p, &p->status);
	while ((c = settle(FOR_EXIT, p)))
		tell_exit(c, p);
	schedule(p);
}

/*
 * What is left of its group ends first: two of one program would fight for its port. Killed is not gone, and
 * who has no parent that waits for it never goes: so it is waited for, and not for ever.
 */
static bool group_lingers(struct process *p, uint64_t now)
{
	if (kill(-p->pid, SIGKILL))
		return false;
	p->patience = p->patience ? p->patience : now + GROUP_MS;
	if (now >= p->patience)
		return false;
	p->again_at = now + ASK_MS;
	return true;
}

static void start_again(struct process *p)
{
	p->again_at = p->patience = 0;
	p->restarts++;
	p->again = true;
	p->born = p->reaped = false;
	if (!launch(p))
		return;
	p->born = p->reaped = true;
	p->status = 127 << 8;
	schedule(p);
}

pid_t process_running(const char *name)
{
	const struct process *p = find(name);

	return p && p->born && !p->reaped ? p->pid : -1;
}

/*
 * A program has started again, in new namespaces: those that shared its old ones are started again too. One that its pid
 * namespace has taken along counts as one that runs.
 */
static void rejoin(const struct process *with)
{
	for (struct process *p = processes; p; p = p->next) {
		if (!program_shares(p->order, with->name, 0) || p->stopping || p->stopped)
			continue;
		bool taken = status_signal(p->status) == SIGKILL && program_shares(p->order, with->name, CLONE_NEWPID);
		if (is_over(p) && !p->again_at && !taken)
			continue;
		if (p->reaped)
			p->again_at = now_ms();
		else if (begin_stop(p, p->order->signal, p->order->grace))
			p->rejoining = true;
	}
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
		if (p->again)
			rejoin(p);
		if (p->reaped)
			ended(p);
		return;
	}
	char copy[512], *at = copy;
	format(copy, sizeof copy, "%s", text);
	char *operation = strsep(&at, "\t"), *subject = strsep(&at, "\t");
	fail_with(at ? (int)number(at) : EIO, operation, subject);
	answer_failed(c, p->name);
	process_event("exec-failed", p, NULL);
	if (p->again) {
		p->born = true;
		if (p->reaped)
			ended(p);
		return;
	}
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

/*
 * Begins a stop. False when there is nothing to wait for: it has ended, and with it all of its group. A
 * program that has gone to the background and stayed in its group is stopped like any other.
 */
static bool begin_stop(struct process *p, int signal, long long grace)
{
	bool waiting = p->again_at != 0;

	p->again_at = 0;
	p->rejoining = false;
	if (p->reaped && !p->stopping && kill(-p->pid, 0)) {
		p->stopped = p->stopped || waiting;
		return false;
	}
	p->stopping = p->stopped = true;
	p->kill_at = now_ms() + grace;
	/*
	 * The whole group; one that was stopped must run again to hear it. Before its setsid a child has no
	 * group yet.
	 */
	if (kill(-p->pid, signal) && !p->reaped)
		kill(p->pid, signal);
	kill(-p->pid, SIGCONT);
	return true;
}

/* `stop NAME [SIGNAL MILLISECONDS]` waits for the end; `finish NAME` answers at once. */
int process_stop(struct connection *c, const struct record *r)
{
	struct process *p = find(field(r, 1));
	struct order own = { 0 };

	if (!p || p->stillborn) {
		fail_with(ESRCH, field(r, 0), field(r, 1));
		answer_failed(c, field(r, 1));
		return 1;
	}
	own.signal = p->order->signal;
	own.grace = p->order->grace;
	if (r->count > 2 && order_stop(&own, field(r, 2), field(r, 3))) {
		fail_with(EINVAL, "stop", field(r, 1));
		answer_failed(c, field(r, 1));
		return 1;
	}
	if (is(r, "finish")) {
		begin_stop(p, own.signal, own.grace);
		answer(c, LINE("finishing", p->name));
		return 1;
	}
	if (!begin_stop(p, own.signal, own.grace)) {
		answer(c, LINE("stopped", p->name));
		return 1;
	}
	return await(c, FOR_STOP, p) ? -1 : 1;
}

/* Another restart policy and another way to stop, for a program that goes on. */
int process_keep(struct connection *c, const struct record *r)
{
	struct process *p = find(field(r, 1));
	struct order next = { 0 };

	if (!p || p->stillborn || order_policy(&next, field(r, 2)) ||
	    order_stop(&next, field(r, 3), field(r, 4))) {
		if (!p || p->stillborn)
			fail_with(ESRCH, "keep", field(r, 1));
		answer_failed(c, field(r, 1));
		return 1;
	}
	p->order->policy = next.policy;
	p->order->signal = next.signal;
	p->order->grace = next.grace;
	if (is_over(p)) {
		p->again_at = 0;
		schedule(p);
	}
	return 1;
}

/*
 * What is due: stops whose time is over are killed, and answered when the leader is reaped and nobody of
 * the group is left; pauses before a restart end.
 */
void process_check(void)
{
	struct connection *c;
	uint64_t now = 0;

	for (struct process *p = processes; p; p = p->next) {
		if (!p->stopping && !p->again_at)
			continue;
		now = now ? now : now_ms();
		if (p->again_at && now >= p->again_at && birth_room() && !group_lingers(p, now))
			start_again(p);
		if (!p->stopping)
			continue;
		if (now >= p->kill_at && !p->killed) {
			p->killed = true;
			p->kill_at = now + GROUP_MS;
			kill(-p->pid, SIGKILL);
		}
		if (!p->reaped || !p->born || (!kill(-p->pid, 0) && !(p->killed && now >= p->kill_at)))
			continue;
		p->stopping = p->killed = false;
		if (p->rejoining) {
			p->rejoining = p->stopped = false;
			p->again_at = now;
		}
		while ((c = settle(FOR_STOP, p)))
			answer(c, LINE("stopped", p->name));
	}
}

int process_timeout(void)
{
	uint64_t now = now_ms(), least = UINT64_MAX;

	for (struct process *p = processes; p; p = p->next) {
		/* Its leader is reaped and others of its group are not ours to reap: nothing but asking tells. */
		if (p->stopping && p->reaped && now + ASK_MS < least)
			least = now + ASK_MS;
		if (p->stopping && !p->killed && p->kill_at < least)
			least = p->kill_at;
		if (p->again_at && p->again_at < least)
			least = p->again_at;
	}
	return least == UINT64_MAX ? -1 : least <= now ? 0 : least - now > 60000 ? 60000 : (int)(least - now);
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

	if (p && !is_over(p))
		return fail_with(EBUSY, "forget", field(r, 1));
	if (p)
		forget(p);
	return 1;
}

static const char *state_of(const struct process *p)
{
	if (p->again_at || (p->again && !p->born))
		return "restarting";
	if (!p->reaped || p->stopping)
		return "running";
	return p->stopped ? "stopped" : "exited";
}

void process_status(struct connection *c)
{
	for (struct process *p = processes; p; p = p->next) {
		bool over = p->reaped || !p->born;
		char started[40];

		if (p->stillborn || (!p->born && !p->again))
			continue;
		format(started, sizeof started, "%lld.%03ld", (long long)p->started.tv_sec,
			 p->started.tv_nsec / 1000000);
		answer(c, LINE("process", p->name, p->digest, decimal(p->pid).text, started, state_of(p),
			       decimal(over ? status_code(p->status) : 0).text,
			       decimal(over ? status_signal(p->status) : 0).text, decimal(p->restarts).text,
			       policy_word(p->order->policy), decimal(p->log_from).text));
	}
}

/* `policy NAME`: how all programs here are confined, how that one is beyond it, and as who it runs. */
int process_policy(struct connection *c, const struct record *r)
{
	const struct process *p = find(field(r, 1));

	if (!p || p->stillborn)
		return fail_with(ESRCH, "policy", field(r, 1));
	confine_tell(c, "confine", confine_policy());
	confine_tell(c, "own", p->order->confine);
	answer(c, LINE("user", p->order->user));
	return 1;
}

/* ---- all of them ---- */

/* Asks each to end, in its own way. The longest time that one of them is given, in milliseconds. */
long long process_end_all(void)
{
	long long longest = 0;

	ending = true;
	for (struct process *p = processes; p; p = p->next) {
		if (p->stillborn || !begin_stop(p, p->order->signal, p->order->grace))
			continue;
		longest = p->order->grace > longest ? p->order->grace : longest;
	}
	return longest;
}

/* Whether one of them has not ended yet. */
bool process_any(void)
{
	for (struct process *p = processes; p; p = p->next)
		if (!p->reaped || p->stopping)
			return true;
	return false;
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
		p->order->policy = NEVER;
		if (is_over(p)) {
			kill(-p->pid, SIGKILL);
			forget(p);
			continue;
		}
		left = true;
		if (kill(-p->pid, SIGKILL) && !p->reaped)
			kill(p->pid, SIGKILL);
	}
	return left;
}
