// plan.h - what floor shall make, read from a file that generate.mjs wrote.
//
// A plan is lines. NODE is the number of an N line, counted from 0; MASTER is a B line's IF, or `-`.
//   N NAME FORWARDING PROCESS               a namespace; 0 or 1; 0 or 1
//   B NODE IF                               a bridge
//   L NODE IF MASTER NODE IF MASTER         a veth pair
//   A NODE IF ADDRESS/LENGTH
//   R NODE PREFIX/LENGTH GATEWAY
//
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_INDEX 10 // interface indexes are our choice: no look-up after creation

struct interface { char name[IFNAMSIZ]; int up; };
struct node { char name[32]; int forwarding, process, sock, ns, pid, count; struct interface *interfaces; };
struct bridge { int node, index; };
struct link { int node[2], index[2], master[2]; };
struct address { int node, index, length, family; uint8_t bytes[16]; };
struct route { int node, length, family; uint8_t to[16], via[16]; };

static struct node *nodes;
static struct bridge *bridges;
static struct link *links;
static struct address *addresses;
static struct route *routes;
static int nr_nodes, nr_bridges, nr_links, nr_addresses, nr_routes;

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int check(long result, const char *what)
{
	if (result < 0) die(what);
	return result;
}

// One more element at the end of an array whose room is always a power of two.
#define PUSH(array, count) \
	(((count) & ((count) - 1)) ? 0 : (array = realloc(array, ((count) ? (count) * 2 : 1) * sizeof *array), 0), \
	 memset(&array[count], 0, sizeof *array), &array[(count)++])

static int index_of(int node, const char *name)
{
	if (!strcmp(name, "lo")) return 1;
	for (int i = nodes[node].count; i-- > 0;)
		if (!strcmp(nodes[node].interfaces[i].name, name)) return FIRST_INDEX + i;
	errno = ENODEV;
	return check(-1, name);
}

static int add_interface(int node, const char *name)
{
	struct node *n = &nodes[node];
	strcpy(PUSH(n->interfaces, n->count)->name, name);
	return FIRST_INDEX + n->count - 1;
}

static int parse(char *text, uint8_t *bytes, int *length)
{
	char *slash = strchr(text, '/');
	if (slash) *slash = 0, *length = atoi(slash + 1);
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	errno = EINVAL;
	if (inet_pton(family, text, bytes) != 1) die(text);
	return family;
}

static void load(const char *file)
{
	FILE *f = fopen(file, "r");
	if (!f) die(file);
	char line[256], s[4][64];
	int a, b, ignored;
	while (fgets(line, sizeof line, f)) switch (line[0]) {
	case 'N': {
		struct node *n = PUSH(nodes, nr_nodes);
		sscanf(line, "N %31s %d %d", n->name, &n->forwarding, &n->process);
		break;
	}
	case 'B':
		sscanf(line, "B %d %15s", &a, s[0]);
		*PUSH(bridges, nr_bridges) = (struct bridge){ a, add_interface(a, s[0]) };
		break;
	case 'L':
		sscanf(line, "L %d %15s %15s %d %15s %15s", &a, s[0], s[1], &b, s[2], s[3]);
		*PUSH(links, nr_links) = (struct link){ { a, b }, { add_interface(a, s[0]), add_interface(b, s[2]) },
			{ *s[1] == '-' ? 0 : index_of(a, s[1]), *s[3] == '-' ? 0 : index_of(b, s[3]) } };
		break;
	case 'A': {
		sscanf(line, "A %d %15s %63s", &a, s[0], s[1]);
		struct address *x = PUSH(addresses, nr_addresses);
		x->node = a, x->index = index_of(a, s[0]), x->family = parse(s[1], x->bytes, &x->length);
		break;
	}
	case 'R': {
		sscanf(line, "R %d %63s %63s", &a, s[0], s[1]);
		struct route *r = PUSH(routes, nr_routes);
		r->node = a, r->family = parse(s[0], r->to, &r->length), parse(s[1], r->via, &ignored);
		break;
	}
	}
	fclose(f);
}
