/*
 * What a `start` asks for, and the child that carries it out. An order is kept for as long as its process is
 * known, so that the process can be started again when it ends.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t count(char *const *list)
{
	size_t number = 0;

	while (list[number])
		number++;
	return number;
}

static char *put(char **at, const char *text)
{
	char *to = *at;

	*at = stpcpy(to, text) + 1;
	return to;
}

static char **put_list(char ***slot, char **at, char *const *list)
{
	char **to = *slot;

	for (; *list; list++)
		*(*slot)++ = put(at, *list);
	*(*slot)++ = NULL;
	return to;
}

static size_t bytes(char *const *list)
{
	size_t size = 0;

	for (; *list; list++)
		size += strlen(*list) + 1;
	return size;
}

/* All of it in one piece of memory, for the request that it stands in is given back. */
struct order *order_copy(const struct order *o)
{
	size_t slots = count(o->argv) + count(o->env) + count(o->confine) + count(o->namespaces) +
		       count(o->inside) + count(o->born) + count(o->groups) + 7;
	size_t size = sizeof *o + slots * sizeof(char *) + bytes(o->argv) + bytes(o->env) + bytes(o->confine) +
		      bytes(o->namespaces) + bytes(o->inside) + bytes(o->born) + bytes(o->groups) +
		      strlen(o->name) + strlen(o->cwd) + strlen(o->user) + strlen(o->log) + strlen(o->net) + 5;
	struct order *copy = malloc(size);
	char **slot, *at;

	if (!copy) {
		fail("start", o->name);
		return NULL;
	}
	*copy = *o;
	slot = (char **)(copy + 1);
	at = (char *)(slot + slots);
	copy->argv = put_list(&slot, &at, o->argv);
	copy->env = put_list(&slot, &at, o->env);
	copy->confine = put_list(&slot, &at, o->confine);
	copy->namespaces = put_list(&slot, &at, o->namespaces);
	copy->inside = put_list(&slot, &at, o->inside);
	copy->born = put_list(&slot, &at, o->born);
	copy->groups = put_list(&slot, &at, o->groups);
	copy->name = put(&at, o->name);
	copy->cwd = put(&at, o->cwd);
	copy->user = put(&at, o->user);
	copy->log = put(&at, o->log);
	copy->net = put(&at, o->net);
	return copy;
}

/* ---- the log ---- */

bool is_log_name(const char *path)
{
	return *path != '/' && !strstr(path, "..") && strlen(path) < NAME_MAX_PROCESS + 8;
}

/* The log of NODE/PROCESS.log. Its folder is made when this is the node's first. Without a name: nowhere. */
static int open_log(const char *path)
{
	char folder[NAME_MAX_PROCESS + 8];
	const char *slash = strrchr(path, '/');

	if (!*path)
		return open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (!is_log_name(path)) {
		errno = EINVAL;
		return -1;
	}
	logs_again();
	if (slash) {
		format(folder, sizeof folder, "%.*s", (int)(slash - path), path);
		/*
		 * Somebody has removed the state folder: the program goes on without a log until `up` has made it anew.
		 * In there the root of a user namespace cannot make his folder himself.
		 */
		if (mkdirat(LOGS, folder, 0700) && errno != EEXIST)
			return errno == ENOENT || errno == EACCES ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
	}
	return openat(LOGS, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
}

/* How much stands in the log already: what comes after it is this start's. */
long long log_size(const char *path)
{
	struct stat file;

	logs_again();
	if (!*path || !is_log_name(path) || fstatat(LOGS, path, &file, AT_SYMLINK_NOFOLLOW))
		return 0;
	return file.st_size;
}

/* ---- the child, between fork and exec ---- */

static bool has(char *const *env, const char *name)
{
	size_t length = strlen(name);

	for (; *env; env++)
		if (!strncmp(*env, name, length) && (*env)[length] == '=')
			return true;
	return false;
}

/* The environment with what follows from the user, where the order does not say it itself. */
static char **with_user(char *const *env, const struct user *user)
{
	const struct {
		const char *name, *value;
	} own[] = { { "HOME", *user->home ? user->home : "/" }, { "USER", user->name }, { "LOGNAME", user->name } };
	size_t length = count(env);
	char **all = malloc((length + 4) * sizeof *all);

	if (!all)
		return NULL;
	memcpy(all, env, length * sizeof *all);
	for (size_t i = 0; i < 3; i++) {
		size_t room = strlen(own[i].name) + strlen(own[i].value) + 2;

		if (!*own[i].value || has(env, own[i].name))
			continue;
		all[length] = malloc(room);
		if (!all[length])
			return NULL;
		format(all[length++], room, "%s=%s", own[i].name, own[i].value);
	}
	all[length] = NULL;
	return all;
}

static int prepare(struct order *o, int netns)
{
	struct user user;
	int log, null;

	/* First, so that all it does counts there. */
	for (char **group = o->groups; *group; group++)
		if (cgroup_join(*group))
			return -1;
	/*
	 * A session of its own: Ctrl-C in the caller's terminal is not for it, and its group can be
	 * signalled as one.
	 */
	if (setsid() < 0)
		return fail("setsid", o->name);
	/*
	 * The node's own: what PID 1 has there is the machine's, whose mode root in here could change. A FIFO in its place
	 * must not make us wait.
	 */
	null = open("/dev/null", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (null >= 0 && dup2(null, 0) < 0)
		return fail("dup2", "/dev/null");
	log = open_log(o->log);
	if (log < 0)
		return fail("open", o->log);
	if (dup2(log, 1) < 0 || dup2(log, 2) < 0)
		return fail("dup2", o->log);
	if (netns >= 0 && setns(netns, CLONE_NEWNET))
		return fail("setns", o->name);
	if (*o->namespaces && program_enter(o))
		return -1;
	limits_restore();
	if (*o->user) {
		if (user_find(o->user, &user))
			return -1;
		o->env = with_user(o->env, &user);
		if (!o->env)
			return fail("env", o->name);
	}
	if (confine(confine_policy(), o->confine, *o->user ? &user : NULL))
		return -1;
	if (chdir(*o->cwd ? o->cwd : "/"))
		return fail("chdir", o->cwd);
	return 0;
}

/* Becomes the program, or says on `report` why not. */
_Noreturn void order_carry_out(struct order *o, int netns, int report)
{
	if (!prepare(o, netns)) {
		reset_signals();
		command_exec(o->argv, o->env);
		fail("exec", o->argv[0]);
	}
	report_line(report, LINE(failure.operation, failure.subject, decimal(failure.number).text));
	_exit(127);
}
