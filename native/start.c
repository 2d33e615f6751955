/*
 * The records of a `start`, read into an order.
 */
#include "init.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define STOP_MS 2000		/* from the signal to SIGKILL, when nothing else is said */
#define GRACE_MAX_MS 2000000000	/* three weeks: what poll can wait for, and something more */

static const char *const policies[] = { "no", "on-failure", "always" };

const char *policy_word(enum policy policy)
{
	return policies[policy];
}

/* `no`, `on-failure` or `always`; nothing said is `no`. */
int order_policy(struct order *o, const char *word)
{
	for (int i = 0; i < 3; i++)
		if (!strcmp(*word ? word : "no", policies[i])) {
			o->policy = i;
			return 0;
		}
	return fail_with(EINVAL, "restart", word);
}

int order_stop(struct order *o, const char *signal, const char *ms)
{
	long long given = number(signal);

	o->grace = number(ms);
	if (given < 1 || given >= NSIG || o->grace < 0)
		return fail_with(EINVAL, "stop", signal);
	o->signal = (int)given;
	if (o->grace > GRACE_MAX_MS)
		o->grace = GRACE_MAX_MS;
	return 0;
}

/*
 * Does this record belong to the `start` before it? Keeps what it says, and the record itself where it is a
 * list.
 */
static bool belongs(struct start *s, struct record *next, int *bad)
{
	static const char *const words[START_LISTS] = { "arg", "env", "confine", "namespaces", "inside", "cgroup",
							"born" };
	struct order *o = &s->order;

	for (int i = 0; i < START_LISTS; i++)
		if (is(next, words[i]) && !s->lists[i].field) {
			s->lists[i] = *next;
			return true;
		}
	if (is(next, "log"))
		o->log = field(next, 1);
	else if (is(next, "net"))
		o->net = field(next, 1);
	else if (is(next, "keep"))
		*bad |= order_policy(o, field(next, 1)) | order_stop(o, field(next, 2), field(next, 3));
	else
		return false;
	record_free(next);
	return true;
}

/* The words of a list behind the one that names it. */
static char **words_of(const struct record *list)
{
	static char *nothing[1];

	return list->count > 1 ? list->field + 1 : nothing;
}

/* Takes the records that belong to this start; what it says lies in the request. Given back by start_free, also when it fails. */
int start_read(struct start *s, const struct record *start, struct cursor *cursor)
{
	struct record next;
	int bad = 0;

	*s = (struct start){ .order = { .name = field(start, 1), .cwd = field(start, 3), .user = field(start, 4),
					.log = "", .net = "", .signal = SIGTERM, .grace = STOP_MS } };
	for (;;) {
		char *before = cursor->at;

		int more = record_next(cursor, &next);

		if (more > 0 && belongs(s, &next, &bad))
			continue;
		/* Without memory to read all of it, it is not started with half of it. */
		if (more < 0)
			bad = -1;
		record_free(&next);
		cursor->at = before;
		break;
	}
	s->order.argv = words_of(&s->lists[0]);
	s->order.env = words_of(&s->lists[1]);
	s->order.confine = words_of(&s->lists[2]);
	s->order.namespaces = words_of(&s->lists[3]);
	s->order.inside = words_of(&s->lists[4]);
	s->order.groups = words_of(&s->lists[5]);
	s->order.born = words_of(&s->lists[6]);
	if (!bad && !*s->order.argv)
		bad = fail_with(EINVAL, "start", s->order.name);
	return bad;
}

void start_free(struct start *s)
{
	for (int i = 0; i < START_LISTS; i++)
		record_free(&s->lists[i]);
}
