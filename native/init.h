/*
 * What the parts of netlab-init share. docs/netlab-init.md is the specification; each .c file is one noun
 * of it.
 */
#ifndef NETLAB_INIT_H
#define NETLAB_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

/*
 * Descriptors that live as long as their process have fixed numbers, so that a clone can keep them and
 * close all others with one close_range. Namespaces, connections and pipes come above FIRST_FREE.
 */
enum {
	REPORT = 3,	/* where start-up says how it went */
	LOCK,		/* the lab's lock, held until the keeper answers */
	LOGS,		/* folder of the log files, opened before any mount hides it */
	EVENTS,		/* LOGS/events.jsonl, for appending */
	PRIVATE,	/* the keeper's own folder: its socket, those of the nodes, copies of the state */
	ROOT,		/* the root folder as it was before any mount of ours */
	HOME,		/* the network namespace in which the keeper was started */
	SIGNALS,	/* signalfd */
	LISTENER,	/* the control socket */
	ALIVE,		/* the keeper's end of a pipe to its guard, who hears by it that the keeper has let go of all it held */
	FIRST_FREE,
};

#define REQUEST_MAX (8u << 20)	/* bytes of one request, and of the keeper's spec */
#define FIELDS_MAX 65536	/* fields of one record */
#define NAME_MAX_NODE 64	/* with the NUL */
#define NAME_MAX_PROCESS 160	/* NODE/PROCESS, with the NUL */

/*
 * What went wrong last: which operation, on what, and errno. Functions that return -1 have filled it by
 * fail().
 */
struct failure {
	char operation[32];
	char subject[256];
	int number;
};
extern struct failure failure;
int fail(const char *operation, const char *subject);
int fail_with(int number, const char *operation, const char *subject);

/* format.c: snprintf and dprintf, and no more of them than is needed here. */
int format(char *to, size_t room, const char *how, ...) __attribute__((format(printf, 3, 4)));
void print(int fd, const char *how, ...) __attribute__((format(printf, 2, 3)));

/* record.c: `COUNT\0FIELD1\0…FIELDn\0` in, lines of tab-separated fields out. */
struct record {
	int count;
	char **field;
};
struct cursor {
	char *at, *end;
};
int records_check(char *body, size_t length);
int record_next(struct cursor *cursor, struct record *record);
void record_free(struct record *record);
char *field(const struct record *record, int index);
bool is(const struct record *record, const char *word);
size_t format_line(char *to, size_t room, const char *const *fields);
void report_line(int fd, const char *const *fields);
void report_failure(int fd);
#define LINE(...) ((const char *const[]){ __VA_ARGS__, NULL })
struct decimal {
	char text[24];
};
struct decimal decimal(long long value);

/* text.c: numbers and options. */
struct option_at {
	int index;		/* of the next word */
	const char *rest, *value;
};
unsigned long long digits(const char **at, unsigned base);
long long number(const char *text);
int option(int argc, char **argv, const char *known, struct option_at *at);

/* operation.c: what is done inside new namespaces before anybody sees them. */
bool is_operation(const struct record *record);
int operate(const struct record *record);

/* root.c: another folder for `/`, and where the targets of operations are until it is that. */
int open_beneath(int folder, const char *path, uint64_t flags);
struct spot {
	int fd;
	char path[320];
};
const char *spot_open(struct spot *spot, const char *path);
const char *spot_parent(struct spot *spot, const char *path);
void spot_close(struct spot *spot);
int root_begin(const struct record *record);
int root_pivot(const struct record *record);
int root_overlay(const struct record *record);
int root_overlay_apart(const struct record *record);

/* mount.c: mounts and what can be done to them. */
int mount_make(const struct record *record);
int mount_take(const struct record *record);
int mount_attributes(const struct record *record);
int mount_read_only(const struct record *record);
int mount_mask(const struct record *record);

/* descriptor.c: small helpers around descriptors, titles and processes. */
int place(int fd, int number);
int close_from(int first);
ssize_t file_read(const char *path, char *to, size_t room);
int null_stdio(void);
int control_socket(int folder, const char *path);
void title_room(int argc, char **argv);
void title(const char *role, const char *lab, const char *name);
uint64_t now_ms(void);
long clone_into(uint64_t flags);
void reset_signals(void);
void limits_save(void);
int limits_raise(void);
void limits_restore(void);

/* logs.c: the folder of the logs, which somebody may remove, and make anew. */
int logs_open(const char *path);
void logs_again(void);

/* cgroup.c: control groups, as folders. */
int cgroup_join(const char *folder);
void cgroup_thaw(const char *folder);
void cgroup_remove(const char *folder);

/* watch.c: counters of control groups that grow. */
int watch_add(const struct record *record);
int watch_descriptor(void);
void watch_read(void);
void watch_check(void);
int watch_timeout(void);
void watch_forget(void);

/* rotation.c: logs that have grown. */
int rotation_add(const struct record *record);
int rotation_descriptor(void);
void rotation_read(void);
void rotation_check(void);
int rotation_timeout(void);
void rotation_drop(const char *node);
void rotation_forget(void);

/* user.c: `name`, `uid`, `uid:gid` or `name:group`, looked up in this root's /etc/passwd and /etc/group. */
struct user {
	uid_t uid;
	gid_t gid;
	int group_count;
	gid_t group[64];
	char name[64];
	char home[256];
};
int user_find(const char *text, struct user *user);
int user_join(const char *group, struct user *user);
int user_become(const struct user *user);

struct connection;

/* confine.c: what programs give up before they are executed, as lists of words and values; NULL ends, or is none. */
void conceal(void);
int seccomp_install(char *const *list);
int confine(char *const *node, char *const *own, const struct user *user);
int confine_keep(const struct record *record);
char *const *confine_policy(void);
void confine_tell(struct connection *connection, const char *whose, char *const *list);

/* policy.c: what `exec` asks for. */
struct told {
	char **node, **own;	/* as confine takes them; own: of one program beyond its node's */
	const char *user;	/* as who that program runs; empty: root */
};
int confine_ask(const char *socket_path, const char *program, struct told *told);

/* user-namespace.c: those that belong to a node, and what must be made in them. */
struct birthplace {
	const char *name, *socket, *lab;
	uint64_t flags;		/* CLONE_NEWUSER: the user namespace that owns the network namespace */
	int netns;
	const struct cursor *operations;
	const char *clocks;	/* as /proc/self/timens_offsets takes them; empty: as they are */
};
int user_netns(const char *name, const char *uid_map, const char *gid_map);
int user_root(void);
pid_t clone_by_way(const struct birthplace *place);
pid_t clone_between(int (*go)(const void *), const void *to, uint64_t flags, const char *name);

/* outside.c: what is mounted for a node by who is not in its user namespace. */
int outside(const struct cursor *operations, int owner);

/* command.c: execve with the search that a shell makes. Returns only when it failed, with errno set. */
void command_exec(char *const *argv, char *const *env);

/* control.c: the control socket, its connections, and who waits for what. */
enum wait_for { FOR_NODE, FOR_DROP, FOR_START, FOR_STOP, FOR_EXIT };
#define CONTROL_MAX 64
struct pollfd;
void answer(struct connection *connection, const char *const *fields);
int take_passed(struct connection *connection);
void answer_failed(struct connection *connection, const char *name);
int await(struct connection *connection, enum wait_for what, void *subject);
struct connection *settle(enum wait_for what, void *subject);
bool control_begin(void);
void control_forget(void);
void control_serves(uid_t uid);
void control_greet(void);
int control_ask(struct pollfd *set);
void control_read(const struct pollfd *set);
bool control_busy(void);
void control_step(bool keeper);

/* end.c: the end of a PID 1, and of its children. */
void end_read(bool keeper);
void end_reap(void);
void end_check(bool keeper);
int end_timeout(void);
void end_forget(void);

/* serve.c: the poll loop. */
void serve_forget(void);
_Noreturn void serve(bool keeper);

/* birth.c: children between fork and exec; each holds a pipe. */
#define BIRTHS_MAX 128
int birth_watch(int fd, bool node, void *subject);
bool birth_room(void);
int births_ask(struct pollfd *set);
void births_read(const struct pollfd *set);
void births_tell(void);
void births_forget(void);

/* order.c: what a program is started as. */
enum policy { NEVER, ON_FAILURE, ALWAYS };
struct order {
	const char *name, *cwd, *user, *log;
	const char *net;	/* the node whose network namespace it joins first; empty: none */
	char **argv, **env;
	char **namespaces;	/* beside its node's: flags of its own, then NAME FLAGS of others */
	char **inside;		/* operations carried out in them */
	char **born;		/* with a user or a time namespace of its own: UID_MAP GID_MAP CLOCKS */
	char **confine;		/* how it is confined beyond what holds for its node */
	char **groups;		/* control groups that it joins, as folders */
	enum policy policy;
	int signal;		/* by which it is stopped */
	long long grace;	/* milliseconds from there to SIGKILL */
};
struct order *order_copy(const struct order *order);
_Noreturn void order_carry_out(struct order *order, int netns, int report);
bool is_log_name(const char *path);
long long log_size(const char *path);

/* start.c: the records of a `start`, read into an order. */
enum { START_LISTS = 7 };
struct start {
	struct order order;
	struct record lists[START_LISTS];	/* in which the order's words lie */
};
int start_read(struct start *start, const struct record *record, struct cursor *cursor);
void start_free(struct start *start);
int order_policy(struct order *order, const char *word);
int order_stop(struct order *order, const char *signal, const char *ms);
const char *policy_word(enum policy policy);

/* forerunner.c: a user and a time namespace for a program; -1: none. */
struct forerun {
	int user, time;
};
int forerun(const struct order *order, uint64_t own, struct forerun *made);
void forerun_over(struct forerun *made);

/* program-namespaces.c: those that a program has beside its node's. */
pid_t program_clone(const struct order *order);
int program_enter(const struct order *order);
bool program_shares(const struct order *order, const char *with, int kinds);

/* process.c: the programs that a node runs. */
void process_identity(const char *node);
int process_start(struct connection *connection, const struct record *start, struct cursor *cursor);
int process_stop(struct connection *connection, const struct record *record);
int process_keep(struct connection *connection, const struct record *record);
int process_wait(struct connection *connection, const struct record *record);
int process_forget(const struct record *record);
void process_status(struct connection *connection);
int process_policy(struct connection *connection, const struct record *record);
void process_born(void *process, const char *error, size_t length);
bool process_reaped(pid_t pid, int status);
void process_check(void);
pid_t process_running(const char *name);
int process_timeout(void);
long long process_end_all(void);
bool process_any(void);
bool process_kill_under(const char *node);

/* descendants.c: all that descends from this process. */
void descendants_kill(void);

/* event.c: the record of events, and what a wait status says. */
int status_code(int status);
int status_signal(int status);
void event_count(const char *word, const char *node, const char *process, long long count);
void event(const char *word, const char *node, const char *process, pid_t pid, const int *status);

/* netns.c: network namespaces: new ones with their settings, and the end of all that runs in one. */
int netns_new(const struct record *record);
bool netns_kill(int netns);

/* pid1.c: the PID 1 of a node. */
int pid1_skip(struct cursor *cursor);
pid_t pid1_clone(const struct birthplace *birth, int report);
bool pid1_is_ending(pid_t pid);

/* node.c: the keeper's table of network namespaces, and which of them have a PID 1. */
void node_table(const char *lab);
void node_forget(void);
int node_netns(struct connection *connection, const struct record *record);
int node_join(struct connection *connection, const struct record *record);
int node_drop(struct connection *connection, const struct record *record);
int node_start(struct connection *connection, const struct record *record, struct cursor *cursor);
int node_descriptor(const char *name);
void node_list(struct connection *connection);
void node_born(void *node, const char *text, size_t length);
bool node_reaped(pid_t pid, int status);
void node_check(void);
int node_timeout(void);
void node_signal_all(int signal);
bool node_any(void);

/* keeper.c, exec.c and enter.c: the commands; and the requests of all PID 1s, record by record. */
#define LATER 2			/* what a record may answer besides 1, 0 and -1 */
int request_step(struct connection *connection, struct cursor *cursor, bool keeper);
int keeper(void);
int exec_in(int argc, char **argv);
int differing(const char *pid);
int enter(int argc, char **argv);

/* terminal.c: a terminal in a node, for `exec -t`; -1 with the failure. */
int terminal_open(const char *pid);
int terminal_take(void);
void terminal_give(uid_t uid);
int terminal_relay(pid_t child, const sigset_t *set, int *status);

/* files.c: the tmpfs over the state folder. */
void files_keep(const char *path);
int files_mount(void);

/* furnish.c: operations in a node that has a root of its own. */
int furnish_node(int argc, char **argv);

/* uplink.c: who stays outside to run the lab's way out. */
int uplink_warden(int number);

#endif
