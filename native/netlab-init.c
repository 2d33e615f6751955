/*
 * netlab-init: what a Node process cannot do itself. Clone into namespaces, be PID 1, mount, reap, own a
 * terminal. It decides nothing and knows no topology; docs/netlab-init.md is its specification.
 */
#include "init.h"

#include <string.h>

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	title_room(argc, argv);
	if (!strcmp(command, "keeper") && argc == 2)
		return keeper();
	if (!strcmp(command, "exec"))
		return exec_in(argc - 1, argv + 1);
	if (!strcmp(command, "enter"))
		return enter(argc - 1, argv + 1);
	if (!strcmp(command, "furnish"))
		return furnish_node(argc - 1, argv + 1);
	if (!strcmp(command, "noop"))
		return 0;
	print(2, "usage: netlab-init keeper | exec … | enter … | furnish … | noop\n");
	return 125;
}
