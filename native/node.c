/* The keeper's table of network namespaces, and the PID 1s of the nodes that have one. */
#include "init.h"
#include "kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NODES_MAX 32768
#define BUCKETS 8192
#define PROC_REUSE 16		/* namespaces that share one procfs instance */
#define RESCAN_MS 5

struct node {
	char name[NAME_MAX_NODE];	/* empty: free */
	int fd;				/* the network namespace */
	int next;			/* in its bucket, or in the list of free entries; 0 ends */
	pid_t pid;			/* its PID 1; 0: none */
	bool booting;			/* it has been cloned and has not reported yet */
	bool ready;			/* PID 1 answers */
	bool ending;			/* it answers no more, and waits for the last of its pid namespace */
	bool own_pids;			/* ending PID 1 ends all */
	bool guest;			/* processes of it were started in the keeper */
	bool joined;			/* the namespace is somebody else's, and so is what runs there */
	bool dropping;
};

/* Entry 0 is unused. Fixed in size, touched only as far as used, and not copied into the nodes' PID 1s. */
static struct {
	int free, used, dropping;
	int bucket[BUCKETS];
	struct node node[NODES_MAX];
} *table;
static const char *lab_name = "";

void node_table(const char *lab)
{
	lab_name = lab;
	table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		     -1, 0);
	if (table == MAP_FAILED) {
		table = NULL;
		return;
	}
	madvise(table, sizeof *table, MADV_DONTFORK);
}

static int *bucket_of(const char *name)
{
	unsigned hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return &table->bucket[hash % BUCKETS];
}

static struct node *find(const char *name)
{
	if (!table)
		return NULL;
	for (int i = *bucket_of(name); i; i = table->node[i].next)
		if (!strcmp(table->node[i].name, name))
			return &table->node[i];
	return NULL;
}

static int add(const char *name, int fd)
{
	int i = table->free;

	if (i)
		table->free = table->node[i].next;
	else if (table->used + 1 < NODES_MAX)
		i = ++table->used;
	else
		return fail_with(ENOSPC, "netns", name);
	struct node *n = &table->node[i];
	memset(n, 0, sizeof *n);
	strcpy(n->name, name);
	n->fd = fd;
	n->next = *bucket_of(name);
	*bucket_of(name) = i;
	return 0;
}

static void take_out(struct node *n)
{
	int *at = bucket_of(n->name), i = n - table->node;

	while (*at != i)
		at = &table->node[*at].next;
	*at = n->next;
	close(n->fd);
	n->name[0] = 0;
	n->next = table->free;
	table->free = i;
}

int node_descriptor(const char *name)
{
	struct node *n = find(name);

	if (!n || n->dropping)
		return -1;
	n->guest = true;
	return n->fd;
}

/* ---- network namespaces ---- */

/*
 * Sysctls through a procfs instance of our own: all namespaces' entries of one instance hang under the same
 * dentry, and looking one up grows with their number. A new one each 16 namespaces keeps it short. Where
 * there is no fsopen, /proc serves.
 */
static int proc_instance(void)
{
	static int proc = -1, uses;

	if (proc >= 0 && uses++ < PROC_REUSE)
		return proc;
	if (proc >= 0)
		close(proc);
	uses = 1;
	proc = -1;
	int context = syscall(SYS_fsopen, "proc", 1 /* FSOPEN_CLOEXEC */);
	if (context >= 0) {
		if (!syscall(SYS_fsconfig, context, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0))
			proc = syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */, 0);
		close(context);
	}
	if (proc < 0)
		proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return proc;
}

/* KEY is a path under /proc/sys and must not lead out of it. */
static int sysctl_write(int proc, const char *key, const char *value)
{
	char path[256];
	int fd, bad;

	if (format(path, sizeof path, "sys/%s", key) >= (int)sizeof path || strstr(key, ".."))
		return fail_with(EINVAL, "sysctl", key);
	fd = openat(proc, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("sysctl", key);
	bad = write(fd, value, strlen(value)) < 0 ? fail("sysctl", key) : 0;
	close(fd);
	return bad;
}

/* In the new namespace: its descriptor and its sysctls, which begin with that field. */
static int furnish(const struct record *r, int from)
{
	int proc = r->count > from ? proc_instance() : -1;
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail("open", "/proc/self/ns/net");
	for (int i = from; i + 1 < r->count; i += 2)
		if (sysctl_write(proc, field(r, i), field(r, i + 1))) {
			close(fd);
			return -1;
		}
	return fd;
}

/* Makes a network namespace of ours or, for `owned`, of a user namespace made for it, and is in it then. */
static int enter_new(const struct record *r)
{
	const char *name = field(r, 1);
	int fd, bad;

	if (is(r, "netns"))
		return unshare(CLONE_NEWNET) ? fail("unshare", name) : 0;
	fd = user_netns(name, field(r, 2), field(r, 3));
	if (fd < 0)
		return -1;
	bad = setns(fd, CLONE_NEWNET) ? fail("setns", name) : 0;
	close(fd);
	return bad;
}

/* Whether a node of that name can be added. */
static int check_name(const char *name)
{
	if (!table)
		return fail_with(ENOMEM, "netns", name);
	if (!*name || strchr(name, '/') || *name == '.')
		return fail_with(EINVAL, "netns", name);
	if (strlen(name) >= NAME_MAX_NODE)
		return fail_with(ENAMETOOLONG, "netns", name);
	return find(name) ? fail_with(EEXIST, "netns", name) : 0;
}

/* `netns NAME [KEY VALUE]…` and `owned NAME UID_MAP GID_MAP [KEY VALUE]…`. */
int node_netns(struct connection *c, const struct record *r)
{
	const char *name = field(r, 1);
	int fd;

	if (check_name(name) || enter_new(r))
		return -1;
	fd = furnish(r, is(r, "netns") ? 2 : 4);
	/* Home at once: we must not be the one who keeps a namespace alive that nobody has. */
	if (setns(HOME, CLONE_NEWNET) && fd >= 0) {
		fail("setns", "home");
		close(fd);
		return -1;
	}
	if (fd < 0)
		return -1;
	if (add(name, fd)) {
		close(fd);
		return -1;
	}
	answer(c, LINE("netns", name, decimal(fd).text));
	return 1;
}

/* `join NAME`: holds the namespace whose descriptor came along, and neither makes nor ends anything in it. */
int node_join(struct connection *c, const struct record *r)
{
	const char *name = field(r, 1);
	int fd = take_passed(c);

	if (fd < 0)
		return fail_with(EBADF, "join", name);
	/* A descriptor of anything else has no such answer. */
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		fail_with(EINVAL, "join", name);
	else if (!check_name(name) && !add(name, fd)) {
		find(name)->joined = true;
		answer(c, LINE("joined", name, decimal(fd).text));
		return 1;
	}
	close(fd);
	return -1;
}

void node_list(struct connection *c)
{
	for (int i = 1; table && i <= table->used; i++) {
		struct node *n = &table->node[i];

		if (!*n->name)
			continue;
		/* Nobody may take hold of what is about to be closed. */
		if (n->dropping) {
			answer(c, LINE("dropping", n->name));
			continue;
		}
		answer(c, LINE(n->joined ? "joined" : "netns", n->name, decimal(n->fd).text));
		if (n->ready)
			answer(c, LINE("node", n->name, decimal(n->pid).text));
	}
	process_status(c);
}

/* ---- drop ---- */

/*
 * Ends whatever runs in the network namespace, wherever it has daemonised to. True while there was
 * something.
 */
static bool kill_guests(int netns)
{
	struct stat home, there;
	struct dirent *entry;
	bool found = false;
	char path[32];
	DIR *all;

	if (fstat(netns, &home) || !(all = opendir("/proc")))
		return false;
	while ((entry = readdir(all))) {
		pid_t pid = atoi(entry->d_name);

		format(path, sizeof path, "/proc/%d/ns/net", pid);
		if (pid <= 1 || stat(path, &there))
			continue;
		if (there.st_ino == home.st_ino && there.st_dev == home.st_dev)
			found = !kill(pid, SIGKILL) || found;
	}
	closedir(all);
	return found;
}

/* A drop is over when nothing runs there any more; until then node_check asks again. */
static void try_drop(struct node *n)
{
	struct connection *c;

	if (n->guest && (process_kill_under(n->name) | (!n->joined && kill_guests(n->fd))))
		return;
	if (n->pid || n->booting)
		return;
	table->dropping--;
	rotation_drop(n->name);
	while ((c = settle(FOR_DROP, n)))
		answer(c, LINE("dropped", n->name));
	take_out(n);
}

int node_drop(struct connection *c, const struct record *r)
{
	struct node *n = find(field(r, 1));

	if (!n)
		return fail_with(ENOENT, "drop", field(r, 1));
	if (await(c, FOR_DROP, n))
		return -1;
	if (n->dropping)
		return 1;
	n->dropping = true;
	table->dropping++;
	/*
	 * The end of a pid namespace's PID 1 ends all of it. One without must do that itself, and is asked
	 * to.
	 */
	if (n->pid)
		kill(n->pid, n->own_pids ? SIGKILL : SIGUSR2);
	try_drop(n);
	return 1;
}

void node_check(void)
{
	if (!table || !table->dropping)
		return;
	for (int i = 1; i <= table->used; i++)
		if (*table->node[i].name && table->node[i].dropping)
			try_drop(&table->node[i]);
}

/* Only guests need asking: the end of a PID 1 wakes us by itself. */
int node_timeout(void)
{
	if (!table || !table->dropping)
		return -1;
	for (int i = 1; i <= table->used; i++)
		if (*table->node[i].name && table->node[i].dropping && table->node[i].guest)
			return RESCAN_MS;
	return -1;
}

/* ---- the PID 1 of a node ---- */

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
static int node_prepare(const struct birthplace *birth, const struct cursor *from, int report)
{
	const char *name = birth->name;
	struct cursor cursor = *from;
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
	title("node", lab_name, name);
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

static _Noreturn void node_main(const struct birthplace *birth, const struct cursor *from, int report)
{
	/* The caller's string lies in a request that is given back below. */
	static char own_name[NAME_MAX_NODE];

	strcpy(own_name, birth->name);
	if (node_prepare(birth, from, report)) {
		report_line(REPORT, LINE(failure.operation, failure.subject, decimal(failure.number).text));
		_exit(1);
	}
	control_forget();
	process_identity(own_name);
	table = NULL;
	report_line(REPORT, LINE("ok"));
	close(REPORT);
	serve(false);
}

/* -1: there was no memory to look at them. */
static int skip_operations(struct cursor *cursor)
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
 * Clones PID 1 and listens to its report; does not wait for it, so the next one is cloned while this one
 * mounts.
 */
static int node_clone(struct node *n, uint64_t flags, const char *clocks, const struct cursor *operations)
{
	char name[NAME_MAX_NODE], socket[NAME_MAX_NODE + 8];
	/* The table is not copied into the clone, so it gets its name and namespace from this stack. */
	struct birthplace birth = { name, socket, flags, n->fd, operations, clocks };
	int pipe[2];
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC))
		return fail("pipe", n->name);
	strcpy(name, n->name);
	format(socket, sizeof socket, "%s.ctl", name);
	pid = comes_by_way(flags) ? clone_by_way(&birth) : clone_into(flags);
	if (!pid)
		node_main(&birth, operations, pipe[1]);
	if (pid < 0 && !comes_by_way(flags))
		fail("clone3", n->name);
	close(pipe[1]);
	if (pid < 0 || birth_watch(pipe[0], true, n)) {
		if (pid > 0)
			kill(pid, SIGKILL);
		close(pipe[0]);
		return -1;
	}
	n->pid = pid;
	n->booting = true;
	n->own_pids = flags & CLONE_NEWPID;
	return 0;
}

/*
 * A process that ends lets go of its memory first, and with that of its command line; then of its sockets. A PID 1
 * becomes a zombie, and we hear of it, only when the last process of its pid namespace is gone.
 */
static bool is_ending(pid_t pid)
{
	char path[32], first;
	int fd;

	format(path, sizeof path, "/proc/%d/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t got = read(fd, &first, 1);
	bool gone = got == 0 || (got < 0 && errno == ESRCH);
	close(fd);
	return gone;
}

int node_start(struct connection *c, const struct record *r, struct cursor *cursor)
{
	struct node *n = find(field(r, 1));
	struct cursor operations = *cursor;

	if (skip_operations(cursor))
		return -1;
	if (!n || n->dropping) {
		fail_with(ENOENT, "node", field(r, 1));
		answer_failed(c, field(r, 1));
		return 1;
	}
	if (n->ready && is_ending(n->pid)) {
		n->ready = false;
		n->ending = true;
	}
	/* What runs there may still hold what the programs of the next one need: a port, a file. */
	if (n->ending)
		return LATER;
	if (n->ready) {
		answer(c, LINE("node", n->name, decimal(n->pid).text));
		return 1;
	}
	if (await(c, FOR_NODE, n))
		return -1;
	if (!n->booting && node_clone(n, number(field(r, 2)), field(r, 3), &operations)) {
		settle(FOR_NODE, n);
		answer_failed(c, n->name);
	}
	return 1;
}

/* The report of a clone has ended: `ok`, or what failed, or nothing at all when it was killed. */
void node_born(void *node, const char *text, size_t length)
{
	struct node *n = node;
	struct connection *c;
	char copy[512], *at = copy;

	n->booting = false;
	n->ready = n->pid && length && !strcmp(text, "ok\n");
	if (n->ready) {
		event("node-start", n->name, "", n->pid, NULL);
	} else {
		format(copy, sizeof copy, "%s", strchr(text, '\t') ? text : "node\tended\t10");
		char *operation = strsep(&at, "\t"), *subject = strsep(&at, "\t");
		fail_with(at ? (int)number(at) : EIO, operation, subject);
	}
	while ((c = settle(FOR_NODE, n))) {
		if (n->ready)
			answer(c, LINE("node", n->name, decimal(n->pid).text));
		else
			answer_failed(c, n->name);
	}
}

bool node_reaped(pid_t pid, int status)
{
	char path[NAME_MAX_NODE + 8];

	for (int i = 1; table && i <= table->used; i++) {
		struct node *n = &table->node[i];

		if (!*n->name || n->pid != pid)
			continue;
		if (n->ready || n->ending)
			event("node-exit", n->name, "", pid, &status);
		n->pid = 0;
		n->ready = n->ending = false;
		format(path, sizeof path, "%s.ctl", n->name);
		unlinkat(PRIVATE, path, 0);
		return true;
	}
	return false;
}

void node_signal_all(int signal)
{
	for (int i = 1; table && i <= table->used; i++)
		if (*table->node[i].name && table->node[i].pid)
			kill(table->node[i].pid, signal);
}

/* Whether the PID 1 of a node is alive. */
bool node_any(void)
{
	for (int i = 1; table && i <= table->used; i++)
		if (*table->node[i].name && table->node[i].pid)
			return true;
	return false;
}
