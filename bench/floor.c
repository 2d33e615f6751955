// floor.c - the floor: the least that a lab can cost. Namespaces, veths, bridges, addresses, routes and processes by raw
// system calls, with no checks, no model and no way back. No client can be faster than this by more than its own noise.
//
//   floor up PLAN DIR      make what PLAN says; the namespaces are pinned at DIR/NAME
//   floor down PLAN DIR    take it away; returns at once, the kernel cleans up afterwards
//   floor wait             wait until the kernel has freed all dropped namespaces; prints how many ms that took
//   floor time CMD...      run CMD; print {"wall":MS,"cpu":MS,"code":N} on descriptor 3
//
// What makes it fast, each found by measuring (docs/performance.md): a link is made with both ends in place; one transmit
// and one receive queue; sysctls go through a young procfs; processes start before the pins stand, since each clones all
// mounts; bridges come up last, so that IPv6's first packets flood nothing; multicast snooping stays off until then.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure.h"
#include "plan.h"

#define BATCH (1 << 20) // bytes in one send

// ---------------------------------------------------------------- netlink

// Many requests in one send; only the last is acknowledged, since an error comes back whether asked for or not.
static struct { uint8_t *bytes; size_t used, room; struct nlmsghdr *last; uint32_t sequence; } batch;

static struct nlmsghdr *begin(int type, int flags, const void *header, int length)
{
	if (batch.used + 1024 > batch.room) batch.bytes = realloc(batch.bytes, batch.room = batch.room ? batch.room * 2 : 1 << 16);
	struct nlmsghdr *m = batch.last = (void *)(batch.bytes + batch.used);
	*m = (struct nlmsghdr){ NLMSG_LENGTH(length), type, NLM_F_REQUEST | flags, ++batch.sequence, 0 };
	memcpy(NLMSG_DATA(m), header, length);
	return m;
}

static struct rtattr *put(struct nlmsghdr *m, int type, const void *data, int length)
{
	struct rtattr *a = (void *)((char *)m + NLMSG_ALIGN(m->nlmsg_len));
	a->rta_type = type, a->rta_len = RTA_LENGTH(length);
	if (length) memcpy(RTA_DATA(a), data, length), memset((char *)RTA_DATA(a) + length, 0, RTA_ALIGN(length) - length);
	m->nlmsg_len = NLMSG_ALIGN(m->nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void put_int(struct nlmsghdr *m, int type, uint32_t value) { put(m, type, &value, 4); }
static void put_name(struct nlmsghdr *m, int type, const char *name) { put(m, type, name, strlen(name) + 1); }
static void close_nest(struct nlmsghdr *m, struct rtattr *a) { a->rta_len = (char *)m + m->nlmsg_len - (char *)a; }

static void flush(int sock, const char *what)
{
	static uint8_t answer[1 << 16];
	if (!batch.used) return;
	batch.last->nlmsg_flags |= NLM_F_ACK;
	check(send(sock, batch.bytes, batch.used, 0), what);
	for (batch.used = 0;;) {
		ssize_t n = check(recv(sock, answer, sizeof answer, 0), what);
		for (struct nlmsghdr *m = (void *)answer; NLMSG_OK(m, n); m = NLMSG_NEXT(m, n)) {
			if (m->nlmsg_type != NLMSG_ERROR) continue;
			errno = -((struct nlmsgerr *)NLMSG_DATA(m))->error;
			if (errno) die(what);
			if (m->nlmsg_seq == batch.sequence) return;
		}
	}
}

static void end(struct nlmsghdr *m, int sock, const char *what)
{
	batch.used = (uint8_t *)m - batch.bytes + NLMSG_ALIGN(m->nlmsg_len);
	if (batch.used > BATCH) flush(sock, what);
}

static int open_socket(void)
{
	int sock = check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket"), one = 1, size = 32 << 20;
	setsockopt(sock, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one); // an error without the request that caused it
	setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	return sock;
}

// ---------------------------------------------------------------- up

// In a procfs where many namespaces have been visited, entries of one name share a hash chain and a write costs 300 us
// instead of 15. So every 16 namespaces get a procfs of their own.
static void write_sysctl(const char *path, const char *value)
{
	static int proc = -1, uses;
	if (proc < 0 || ++uses % 16 == 0) {
		if (proc >= 0) close(proc);
		int fs = check(syscall(SYS_fsopen, "proc", 1 /* FSOPEN_CLOEXEC */), "fsopen");
		check(syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0), "fsconfig");
		proc = check(syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, 0), "fsmount");
		close(fs);
	}
	int fd = check(openat(proc, path, O_WRONLY | O_CLOEXEC), path);
	check(write(fd, value, strlen(value)), path);
	close(fd);
}

static void make_namespace(struct node *n)
{
	check(unshare(CLONE_NEWNET), "unshare");
	n->sock = open_socket();
	n->ns = check(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "/proc/thread-self/ns/net");
	write_sysctl("sys/net/ipv6/conf/default/addr_gen_mode", "1"); // link-local addresses stand in the plan
	if (!n->forwarding) return;
	write_sysctl("sys/net/ipv4/ip_forward", "1");
	write_sysctl("sys/net/ipv6/conf/all/forwarding", "1");
}

static void put_snooping(struct nlmsghdr *m, uint8_t on)
{
	struct rtattr *info = put(m, IFLA_LINKINFO, NULL, 0);
	put_name(m, IFLA_INFO_KIND, "bridge");
	struct rtattr *data = put(m, IFLA_INFO_DATA, NULL, 0);
	put(m, IFLA_BR_MCAST_SNOOPING, &on, 1);
	close_nest(m, data), close_nest(m, info);
}

static void make_bridge(int sock, struct bridge *b)
{
	struct node *n = &nodes[b->node];
	struct ifinfomsg header = { .ifi_index = b->index };
	struct nlmsghdr *m = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	put_name(m, IFLA_IFNAME, n->interfaces[b->index - FIRST_INDEX].name);
	put_int(m, IFLA_NET_NS_FD, n->ns);
	put_snooping(m, 0); // while it is on, each port that comes up visits all others
	end(m, sock, "bridge");
}

static void put_end(struct nlmsghdr *m, struct link *l, int end)
{
	struct node *n = &nodes[l->node[end]];
	put_name(m, IFLA_IFNAME, n->interfaces[l->index[end] - FIRST_INDEX].name);
	put_int(m, IFLA_NET_NS_FD, n->ns);
	put_int(m, IFLA_NUM_TX_QUEUES, 1); // the default is one for each CPU, and costs sysfs entries
	put_int(m, IFLA_NUM_RX_QUEUES, 1);
}

static void make_link(int sock, struct link *l)
{
	// The far end can't be set up here: veth_open() wants both ends tied. Nor does its header take a master.
	struct ifinfomsg header = { .ifi_index = l->index[0], .ifi_flags = IFF_UP, .ifi_change = IFF_UP }, far = { .ifi_index = l->index[1] };
	nodes[l->node[0]].interfaces[l->index[0] - FIRST_INDEX].up = 1;
	struct nlmsghdr *m = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	put_end(m, l, 0);
	if (l->master[0]) put_int(m, IFLA_MASTER, l->master[0]);
	struct rtattr *info = put(m, IFLA_LINKINFO, NULL, 0);
	put_name(m, IFLA_INFO_KIND, "veth");
	struct rtattr *data = put(m, IFLA_INFO_DATA, NULL, 0), *peer = put(m, VETH_INFO_PEER, &far, sizeof far);
	put_end(m, l, 1);
	close_nest(m, peer), close_nest(m, data), close_nest(m, info);
	end(m, sock, "link");
}

static void set_link(int sock, int index, int up, int master)
{
	struct ifinfomsg header = { .ifi_index = index, .ifi_flags = up ? IFF_UP : 0, .ifi_change = up ? IFF_UP : 0 };
	struct nlmsghdr *m = begin(RTM_NEWLINK, 0, &header, sizeof header);
	if (master) put_int(m, IFLA_MASTER, master);
	end(m, sock, "set link");
}

static void add_address(struct address *a)
{
	int length = a->family == AF_INET6 ? 16 : 4;
	struct ifaddrmsg header = { a->family, a->length, a->family == AF_INET6 ? IFA_F_NODAD : 0, 0, a->index };
	struct nlmsghdr *m = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	put(m, IFA_LOCAL, a->bytes, length), put(m, IFA_ADDRESS, a->bytes, length);
	end(m, nodes[a->node].sock, "address");
}

static void add_route(struct route *r)
{
	int length = r->family == AF_INET6 ? 16 : 4;
	struct rtmsg header = { .rtm_family = r->family, .rtm_dst_len = r->length, .rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC, .rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST };
	struct nlmsghdr *m = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	if (r->length) put(m, RTA_DST, r->to, length);
	put(m, RTA_GATEWAY, r->via, length);
	end(m, nodes[r->node].sock, "route");
}

static int is_bridge(int node, int index)
{
	for (int i = 0; i < nr_bridges; i++) if (bridges[i].node == node && bridges[i].index == index) return 1;
	return 0;
}

// One send for each node; the plan lists addresses and routes by node, so two cursors are enough.
static void configure(void)
{
	for (int i = 0, a = 0, r = 0; i < nr_nodes; i++) {
		struct node *n = &nodes[i];
		set_link(n->sock, 1, 1, 0);
		for (int k = 0; k < n->count; k++)
			if (!n->interfaces[k].up && !is_bridge(i, FIRST_INDEX + k)) set_link(n->sock, FIRST_INDEX + k, 1, 0);
		for (; a < nr_addresses && addresses[a].node == i; a++) add_address(&addresses[a]);
		for (; r < nr_routes && routes[r].node == i; r++) add_route(&routes[r]);
		flush(n->sock, n->name);
	}
}

static int run_process(void *argument)
{
	struct node *n = argument;
	if (setns(n->ns, CLONE_NEWNET) || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) || sethostname(n->name, strlen(n->name))) _exit(1);
	setsid();
	int null = open("/dev/null", O_RDWR);
	dup2(null, 0), dup2(null, 1), dup2(null, 2);
	execve("/bin/sleep", (char *[]){ "sleep", "infinity", NULL }, (char *[]){ NULL });
	_exit(127);
}

static void start_process(struct node *n)
{
	static char stack[1 << 16] __attribute__((aligned(64)));
	int flags = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWIPC | CLONE_VM | CLONE_VFORK | SIGCHLD;
	n->pid = check(clone(run_process, stack + sizeof stack, flags, n), "clone");
}

// On one private tmpfs, so that one umount takes all pins away and no other mount namespace gets a copy of them.
static void pin(const char *dir)
{
	char from[64], to[256];
	snprintf(to, sizeof to, "%s/.pids", dir);
	FILE *pids = fopen(to, "w");
	if (!pids) die(to);
	for (struct node *n = nodes; n < nodes + nr_nodes; n++) {
		if (n->pid) fprintf(pids, "%d\n", n->pid);
		snprintf(from, sizeof from, "/proc/self/fd/%d", n->ns), snprintf(to, sizeof to, "%s/%s", dir, n->name);
		close(check(open(to, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0), to));
		check(mount(from, to, NULL, MS_BIND, NULL), to);
	}
	fclose(pids);
}

static void up(const char *dir)
{
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1 << 20, 1 << 20 });
	int sock = open_socket();
	for (int i = 0; i < nr_nodes; i++) make_namespace(&nodes[i]);
	for (int i = 0; i < nr_bridges; i++) make_bridge(sock, &bridges[i]);
	for (int i = 0; i < nr_links; i++) make_link(sock, &links[i]);
	flush(sock, "links");
	for (struct link *l = links; l < links + nr_links; l++) if (l->master[1]) {
		set_link(nodes[l->node[1]].sock, l->index[1], 0, l->master[1]);
		flush(nodes[l->node[1]].sock, "port");
	}
	configure();
	for (int i = 0; i < nr_nodes; i++) if (nodes[i].process) start_process(&nodes[i]);
	if (mkdir(dir, 0755) && errno != EEXIST) die(dir);
	check(mount("floor", dir, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"), dir);
	check(mount(NULL, dir, NULL, MS_PRIVATE, NULL), dir);
	pin(dir);
	for (struct bridge *b = bridges; b < bridges + nr_bridges; b++) {
		struct ifinfomsg header = { .ifi_index = b->index };
		set_link(nodes[b->node].sock, b->index, 1, 0);
		struct nlmsghdr *m = begin(RTM_NEWLINK, 0, &header, sizeof header);
		put_snooping(m, 1);
		end(m, nodes[b->node].sock, "bridge");
		flush(nodes[b->node].sock, "bridge");
	}
}

// ---------------------------------------------------------------- down

static void down(const char *dir)
{
	char path[256];
	int pid;
	snprintf(path, sizeof path, "%s/.pids", dir);
	FILE *f = fopen(path, "r");
	if (!f) die(path);
	int *fds = calloc(nr_nodes + 1, sizeof *fds), count = 0;
	while (count < nr_nodes && fscanf(f, "%d", &pid) == 1) {
		fds[count] = syscall(SYS_pidfd_open, pid, 0);
		if (fds[count] >= 0) syscall(SYS_pidfd_send_signal, fds[count++], SIGKILL, NULL, 0);
	}
	fclose(f);
	for (int i = 0; i < count; i++) poll(&(struct pollfd){ .fd = fds[i], .events = POLLIN }, 1, 10000);
	check(umount2(dir, MNT_DETACH), dir);
	rmdir(dir);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	if (!strcmp(verb, "wait")) return printf("%.1f\n", wait_for_cleanup()) < 0;
	if (!strcmp(verb, "time") && argc > 2) return time_command(argv + 2);
	if (argc != 4 || (strcmp(verb, "up") && strcmp(verb, "down")))
		return fprintf(stderr, "usage: floor up|down PLAN DIR, floor wait, floor time CMD...\n"), 2;
	load(argv[2]);
	if (!strcmp(verb, "up")) up(argv[3]);
	else down(argv[3]);
	return 0;
}
