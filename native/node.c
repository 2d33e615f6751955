/* The keeper's table of network namespaces, and which of them have a PID 1. */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define NODES_MAX 32768
#define BUCKETS 8192
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

/* In a clone there is none, and it has no nodes. */
void node_forget(void)
{
	table = NULL;
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

/* All that are in the table, one after the other: NULL begins, and ends. */
static struct node *following(struct node *n)
{
	if (!table)
		return NULL;
	for (n = n ? n + 1 : table->node + 1; n <= table->node + table->used; n++)
		if (*n->name)
			return n;
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

	if (check_name(name) || (fd = netns_new(r)) < 0)
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
	for (struct node *n = NULL; (n = following(n));) {
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

/* A drop is over when nothing runs there any more; until then node_check asks again. */
static void try_drop(struct node *n)
{
	struct connection *c;

	if (n->guest && (process_kill_under(n->name) | (!n->joined && netns_kill(n->fd))))
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
	for (struct node *n = NULL; (n = following(n));)
		if (n->dropping)
			try_drop(n);
}

/* Only guests need asking: the end of a PID 1 wakes us by itself. */
int node_timeout(void)
{
	if (!table || !table->dropping)
		return -1;
	for (struct node *n = NULL; (n = following(n));)
		if (n->dropping && n->guest)
			return RESCAN_MS;
	return -1;
}

/* ---- the PID 1 of a node ---- */

/* Clones PID 1 and listens to its report. */
static int boot(struct node *n, uint64_t flags, const char *clocks, const struct cursor *operations)
{
	char name[NAME_MAX_NODE], socket[NAME_MAX_NODE + 8];
	/* The table is not copied into the clone, so it gets its name and namespace from this stack. */
	struct birthplace birth = { name, socket, lab_name, flags, n->fd, operations, clocks };
	int pipe[2];
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC))
		return fail("pipe", n->name);
	strcpy(name, n->name);
	format(socket, sizeof socket, "%s.ctl", name);
	pid = pid1_clone(&birth, pipe[1]);
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

int node_start(struct connection *c, const struct record *r, struct cursor *cursor)
{
	struct node *n = find(field(r, 1));
	struct cursor operations = *cursor;

	if (pid1_skip(cursor))
		return -1;
	if (!n || n->dropping) {
		fail_with(ENOENT, "node", field(r, 1));
		answer_failed(c, field(r, 1));
		return 1;
	}
	if (n->ready && pid1_is_ending(n->pid)) {
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
	if (!n->booting && boot(n, number(field(r, 2)), field(r, 3), &operations)) {
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

	for (struct node *n = NULL; (n = following(n));) {
		if (n->pid != pid)
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
	for (struct node *n = NULL; (n = following(n));)
		if (n->pid)
			kill(n->pid, signal);
}

/* Whether the PID 1 of a node is alive. */
bool node_any(void)
{
	for (struct node *n = NULL; (n = following(n));)
		if (n->pid)
			return true;
	return false;
}
