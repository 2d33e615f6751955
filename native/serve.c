/*
 * One poll loop serves everything that a PID 1 does: signals, the control socket, the first words of its children.
 */
#include "init.h"

#include <poll.h>

/* -1 means never, and is the greatest of all without a sign. */
static int soonest(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static int timeout(bool keeper)
{
	int ms = soonest(process_timeout(), end_timeout());

	if (keeper)
		ms = soonest(soonest(ms, node_timeout()), soonest(watch_timeout(), rotation_timeout()));
	return control_busy() ? 0 : ms;
}

/*
 * One poll for all; what it found is read, and nothing is acted upon before all has been read. Only what is open is
 * asked for: poll refuses more than RLIMIT_NOFILE.
 */
static void listen_all(bool keeper)
{
	struct pollfd set[4 + BIRTHS_MAX + CONTROL_MAX] = { { SIGNALS, POLLIN, 0 }, { LISTENER, POLLIN, 0 } };
	int talking = 2 + births_ask(set + 2), count = talking + control_ask(set + talking);
	int watching = keeper && watch_descriptor() >= 0 ? count++ : 0;
	if (watching)
		set[watching] = (struct pollfd){ watch_descriptor(), POLLIN, 0 };
	int rotating = keeper ? rotation_descriptor() : -1, rotated = count;
	if (rotating >= 0)
		set[count++] = (struct pollfd){ rotating, POLLIN, 0 };
	if (poll(set, count, timeout(keeper)) <= 0)
		return;
	if (watching && set[watching].revents)
		watch_read();
	if (rotating >= 0 && set[rotated].revents)
		rotation_read();
	control_read(set + talking);
	births_read(set + 2);
	if (set[0].revents)
		end_read(keeper);
	if (set[1].revents)
		control_greet();
}

/* A clone that becomes another PID 1 lets go of what belongs to this one. The descriptors are closed elsewhere. */
void serve_forget(void)
{
	control_forget();
	births_forget();
	watch_forget();
	rotation_forget();
	end_forget();
}

/* Never returns. SIGNALS and LISTENER stand ready; all signals are blocked. */
_Noreturn void serve(bool keeper)
{
	/*
	 * Without memory for its connections a PID 1 still reaps; the listener is asked again in each
	 * round.
	 */
	while (!control_begin())
		poll(NULL, 0, 100);
	for (;;) {
		listen_all(keeper);
		births_tell();
		end_reap();
		process_check();
		if (keeper) {
			node_check();
			watch_check();
			rotation_check();
		}
		end_check(keeper);
		control_step(keeper);
	}
}
