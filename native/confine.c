/*
 * How programs are confined: words and values that somebody else has chosen, kept by a node's PID 1 for all that it
 * starts, told to `exec` (policy.c), and carried out by a child just before it becomes its program. PID 1 itself keeps what it has.
 */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITIES 64
#define CAP_SYS_PTRACE 19

/* ---- capabilities, as capget(2) has them ---- */

struct capabilities {
	uint64_t effective, permitted, inheritable;
};

struct cap_header {
	uint32_t version;
	int pid;
};
static const struct cap_header cap_version = { 0x20080522, 0 };

struct cap_half {
	uint32_t effective, permitted, inheritable;
};

static int capabilities_get(struct capabilities *now)
{
	struct cap_header header = cap_version;
	struct cap_half half[2];

	if (syscall(SYS_capget, &header, half))
		return fail("capget", "");
	now->effective = half[0].effective | (uint64_t)half[1].effective << 32;
	now->permitted = half[0].permitted | (uint64_t)half[1].permitted << 32;
	now->inheritable = half[0].inheritable | (uint64_t)half[1].inheritable << 32;
	return 0;
}

static int capabilities_set(const struct capabilities *next)
{
	struct cap_header header = cap_version;
	struct cap_half half[2] = {
		{ (uint32_t)next->effective, (uint32_t)next->permitted, (uint32_t)next->inheritable },
		{ (uint32_t)(next->effective >> 32), (uint32_t)(next->permitted >> 32),
		  (uint32_t)(next->inheritable >> 32) },
	};

	return syscall(SYS_capset, &header, half) ? fail("capset", "") : 0;
}

/* What is not in the bounding set no execve gives back, of whatever file. */
static int bound(uint64_t kept)
{
	for (int cap = 0; cap < CAPABILITIES; cap++) {
		int there = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (there < 0)
			break;
		if (there && !(kept >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			return fail("drop capability", decimal(cap).text);
	}
	return 0;
}

/* The rest of the sets. What is ambient outlives the execve of a user who is not root. */
static int reduce(uint64_t kept, uint64_t ambient)
{
	struct capabilities now;

	if (capabilities_get(&now))
		return -1;
	ambient &= now.permitted & kept;
	now.permitted &= kept;
	now.effective &= kept;
	now.inheritable = (now.inheritable & kept) | ambient;
	if (capabilities_set(&now))
		return -1;
	/* Kernels before 4.3 have no ambient set, and then nothing is in it. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && !ambient)
		return 0;
	for (int cap = 0; cap < CAPABILITIES; cap++)
		if (ambient >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			return fail("raise ambient capability", decimal(cap).text);
	return 0;
}

/*
 * Nobody looks into us, traces us or opens what we have open (our binary, too) who may not trace everybody. Where we
 * may not do that ourselves, netlab would be shut out too; there the kernel keeps those from us who have less than we.
 */
void conceal(void)
{
	struct capabilities now;

	if (!capabilities_get(&now) && now.effective >> CAP_SYS_PTRACE & 1)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* ---- the words ---- */

/* What a list comes to. */
struct confined {
	bool bounded, no_new_privileges, filtered, masked, grouped;
	uint64_t kept, ambient;
	mode_t mask;
};

/* One word: the stricter of two counts, whoever said it. */
static int take(struct confined *all, const char *word, const char *value)
{
	if (!strcmp(word, "capabilities")) {
		all->bounded = true;
		all->kept &= digits(&value, 16);
	} else if (!strcmp(word, "ambient")) {
		all->ambient = digits(&value, 16);
	} else if (!strcmp(word, "no-new-privileges")) {
		all->no_new_privileges = true;
	} else if (!strcmp(word, "seccomp")) {
		all->filtered = true;
	} else if (!strcmp(word, "umask")) {
		all->masked = true;
		all->mask = digits(&value, 8);
	} else if (!strcmp(word, "group")) {
		all->grouped = true;
	} else if (strncmp(word, "rlimit-", 7)) {
		return fail_with(EINVAL, "confine", word);
	}
	return 0;
}

static int take_all(struct confined *all, char *const *list)
{
	for (; list && list[0] && list[1]; list += 2)
		if (take(all, list[0], list[1]))
			return -1;
	return 0;
}

/* What a program may use. The value is the number of the limit, the soft and the hard bound. */
static int limit(char *const *list)
{
	for (; list && list[0] && list[1]; list += 2) {
		const char *at = list[1];
		struct rlimit bound;

		if (strncmp(list[0], "rlimit-", 7))
			continue;
		int which = (int)digits(&at, 10);
		bound.rlim_cur = digits(&at, 10);
		bound.rlim_max = digits(&at, 10);
		if (setrlimit(which, &bound))
			return fail("setrlimit", list[0] + 7);
	}
	return 0;
}

static int join_groups(char *const *list, struct user *user)
{
	for (; list && list[0] && list[1]; list += 2)
		if (!strcmp(list[0], "group") && user_join(list[1], user))
			return -1;
	return 0;
}

static int filter(const struct confined *all, char *const *node, char *const *own)
{
	return all->filtered && (seccomp_install(node) || seccomp_install(own)) ? -1 : 0;
}

/*
 * Becomes the user, if there is one, and gives up what is to be given up: by the node's list, then by the program's
 * own. Our last rights go last.
 */
int confine(char *const *node, char *const *own, const struct user *as)
{
	struct confined all = { .kept = ~0ull };
	struct user known, *user = as ? &known : NULL;

	if (take_all(&all, node) || take_all(&all, own))
		return -1;
	if (as)
		known = *as;
	if (all.grouped) {
		if (!user && user_find("0", user = &known))
			return -1;
		if (join_groups(node, user) || join_groups(own, user))
			return -1;
	}
	/* While we may still raise one. */
	if (limit(node) || limit(own))
		return -1;
	if (all.masked)
		umask(all.mask);
	/* To install a filter takes rights, or the vow to gain none; so it comes before the one or after the other. */
	if (!all.no_new_privileges && filter(&all, node, own))
		return -1;
	if (all.bounded && bound(all.kept))
		return -1;
	all.ambient = user && user->uid ? all.ambient & all.kept : 0;
	/* Else becoming somebody would clear what shall be ambient. execve undoes this. */
	if (all.ambient && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return fail("prctl", "PR_SET_KEEPCAPS");
	if (user && user_become(user))
		return -1;
	if (all.bounded && reduce(all.kept, all.ambient))
		return -1;
	if (all.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fail("prctl", "PR_SET_NO_NEW_PRIVS");
	return all.no_new_privileges ? filter(&all, node, own) : 0;
}

/* ---- the policy of a node, which its PID 1 keeps ---- */

static char **policy;

/* What is in the list, in one piece of memory. */
static char **list_copy(char *const *list)
{
	size_t size = sizeof *list, count = 0;
	char **copy, *at;

	for (; list[count]; count++)
		size += sizeof *list + strlen(list[count]) + 1;
	copy = malloc(size);
	if (!copy)
		return NULL;
	at = (char *)(copy + count + 1);
	for (size_t i = 0; i < count; i++) {
		copy[i] = at;
		at = stpcpy(at, list[i]) + 1;
	}
	copy[count] = NULL;
	return copy;
}

/* The operation `confine WORD VALUE …`: holds for what is started from now on. */
int confine_keep(const struct record *r)
{
	struct confined unused = { 0 };
	char **next;

	if (take_all(&unused, r->field + 1))
		return -1;
	next = list_copy(r->field + 1);
	if (!next)
		return fail("confine", "memory");
	free(policy);
	policy = next;
	return 0;
}

char *const *confine_policy(void)
{
	return policy;
}

void confine_tell(struct connection *c, const char *whose, char *const *list)
{
	for (char *const *at = list; at && at[0] && at[1]; at += 2)
		answer(c, LINE(whose, at[0], at[1]));
}
