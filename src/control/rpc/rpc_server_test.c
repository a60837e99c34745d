/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server at an address: what an address is, who may reach it, and to whom a path belongs when
 * others have it, had it, or have put something else there.
 */
#include "base/failing_malloc.h"
#include "base/lock_file.h"

#include "control/rpc/rpc_internal.h"
#include "control/rpc_fixture.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#define SOMEBODY 65533
#define NOBODY   65534

static char g_folder[] = "/tmp/rpc_server_test.XXXXXX";
static char g_path[64];
static char g_lock_path[80];

/* How often the lock file goes, just before it is locked: its owner has ended. */
static int g_removals;

int
flock(int fd, int operation)
{
	int (*real)(int, int);

	if (g_removals > 0) {
		g_removals--;
		(void)unlink(g_lock_path);
	}
	*(void **)&real = dlsym(RTLD_NEXT, "flock");
	return real(fd, operation);
}

/* The permissions of g_path at the moment at which it is there. */
static mode_t g_mode_at_first;

int
bind(int fd, const struct sockaddr *address, socklen_t size)
{
	int (*real)(int, const struct sockaddr *, socklen_t);
	struct stat status;
	int rc, error;

	*(void **)&real = dlsym(RTLD_NEXT, "bind");
	rc = real(fd, address, size);
	error = errno;
	if (lstat(g_path, &status) == 0) {
		g_mode_at_first = status.st_mode & 07777;
	}
	errno = error;
	return rc;
}

static void
remove_all(void)
{
	(void)rmdir(g_path);
	(void)rmdir(g_lock_path);
	(void)unlink(g_path);
	(void)unlink(g_lock_path);
}

static int
make_folder(void **state)
{
	if (mkdtemp(g_folder) == NULL || chmod(g_folder, 01777) != 0) {
		return -errno;
	}
	snprintf(g_path, sizeof(g_path), "%s/rpc.sock", g_folder);
	snprintf(g_lock_path, sizeof(g_lock_path), "%s.lock", g_path);
	return 0;
}

static int
remove_folder(void **state)
{
	return rmdir(g_folder);
}

static int
start(void **state)
{
	log_capture_start();
	return 0;
}

static int
stop(void **state)
{
	struct spindle_rpc_server_opts opts = {.size = sizeof(opts), .socket_mode = 0600};
	int rc = access(g_path, F_OK) == 0 || access(g_lock_path, F_OK) == 0 ? -1 : 0;

	(void)spindle_rpc_set_server_opts(&opts);
	log_capture_stop();
	g_removals = 0;
	/* Each test has removed what it has made, unless it has failed. */
	remove_all();
	return rc;
}

/* A process that serves g_path, or does with it what a test wants; until end_child(). */
struct child {
	pid_t pid;
	int said_fd;
	int end_fd;
};

static struct child
start_child(void (*fn)(void), uid_t uid)
{
	int said[2], end[2];
	struct child child;
	char byte;

	assert_int_equal(pipe(said), 0);
	assert_int_equal(pipe(end), 0);
	fflush(NULL);
	child.pid = fork();
	if (child.pid == 0) {
		alarm(60);
		close(end[1]);
		if (uid != 0 && setuid(uid) != 0) {
			_exit(99);
		}
		fn();
		(void)!write(said[1], "x", 1);
		(void)!read(end[0], &byte, 1);
		_exit(0);
	}
	close(said[1]);
	close(end[0]);
	child.said_fd = said[0];
	child.end_fd = end[1];
	assert_int_equal(read(child.said_fd, &byte, 1), 1);
	return child;
}

/* It ends without having cleaned up. */
static void
end_child(struct child child)
{
	int status;

	close(child.said_fd);
	close(child.end_fd);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_int_equal(status, 0);
}

static void
serve_path(void)
{
	if (spdk_rpc_server_listen(g_path) == NULL) {
		_exit(98);
	}
}

static struct spdk_rpc_server *
listen_well(void)
{
	struct spdk_rpc_server *server = spdk_rpc_server_listen(g_path);

	assert_non_null(server);
	return server;
}

/* Nothing listens, for this reason, and errno and the log say so. */
static void
refused(const char *address, int error, const char *part)
{
	log_capture_clear();
	errno = 0;
	if (spdk_rpc_server_listen(address) != NULL) {
		fail_msg("%s is listened at", address);
	}
	assert_int_equal(errno, error);
	assert_one_error(part);
}

/* As above; the cure is always the same. */
static void
refused_path(int error, const char *part)
{
	log_capture_clear();
	assert_null(spdk_rpc_server_listen(g_path));
	assert_int_equal(errno, error);
	assert_true(log_captured(part, "Take another address (-r).", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	/* Nobody has asked for it: a notice. */
	log_capture_clear();
	assert_null(rpc_server_listen(g_path, false));
	assert_int_equal(errno, error);
	assert_true(log_captured(part, "This process takes no RPCs", "(-r)", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 1);
	log_capture_clear();
}

static void
an_ip_address_has_a_port(void **state)
{
	static const struct {
		const char *text;
		int family;
		uint16_t port;
		bool is_local;
	} rows[] = {
		{"127.0.0.1", AF_INET, 5260, true},
		{"127.0.0.1:1", AF_INET, 1, true},
		{"127.5.6.7:65535", AF_INET, 65535, true},
		{"0.0.0.0:5000", AF_INET, 5000, false},
		{"128.0.0.1", AF_INET, 5260, false},
		{"::1", AF_INET6, 5260, true},
		{"[::1]", AF_INET6, 5260, true},
		{"[::1]:80", AF_INET6, 80, true},
		{"[::]:80", AF_INET6, 80, false},
		{"[::ffff:127.0.0.1]:80", AF_INET6, 80, true},
		{"[::ffff:10.0.0.1]:80", AF_INET6, 80, false},
		{"fe80::1", AF_INET6, 5260, false},
	};
	struct rpc_address address;

	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		assert_int_equal(rpc_address_parse(rows[i].text, &address), 0);
		assert_int_equal(address.u.any.sa_family, rows[i].family);
		assert_int_equal(address.is_local, rows[i].is_local);
		assert_int_equal(ntohs(rows[i].family == AF_INET ? address.u.ip4.sin_port :
								   address.u.ip6.sin6_port),
				 rows[i].port);
	}
	assert_nothing_logged();
}

static void
what_is_no_address_is_explained(void **state)
{
	static const char *const bad[] = {
		"localhost",   "localhost:5260", "spdk.sock",    "127.0.0.1:0", "127.0.0.1:65536",
		"127.0.0.1:x", "127.0.0.1:80x",  "127.0.0.1:-1", "1.2.3",       "[::1",
		"[::1]x",      "[::1]:",         "::1:",         "256.0.0.1:1", ":80",
		"127.0.0.1:",
	};

	for (size_t i = 0; i < SPDK_COUNTOF(bad); i++) {
		refused(bad[i], EINVAL, "is no RPC address: it wants a path, with a '/' in it");
	}
	refused("spdk.sock", EINVAL, "(./spdk.sock)");
	refused("", EINVAL, "The RPC address is empty");
	refused(NULL, EINVAL, "The RPC address is empty");
}

static void
a_path_has_to_fit_into_a_socket_address(void **state)
{
	struct rpc_address address;
	char path[109];

	memset(path, '/', sizeof(path));
	path[107] = '\0';
	assert_int_equal(rpc_address_parse(path, &address), 0);
	assert_string_equal(address.u.local.sun_path, path);
	assert_true(address.is_local);
	path[107] = '/';
	path[108] = '\0';
	refused(path, ENAMETOOLONG, "a socket's path has at most 107 bytes, this one has 108");
}

static uint16_t
free_port(int family)
{
	struct sockaddr_in6 any = {.sin6_family = (sa_family_t)family};
	socklen_t size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(any);
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, size) != 0 ||
	    getsockname(fd, (struct sockaddr *)&any, &size) != 0) {
		close(fd);
		return 0;
	}
	close(fd);
	/* At the same place in both. */
	return ntohs(any.sin6_port);
}

static void
an_address_that_others_reach_must_be_allowed(void **state)
{
	struct spindle_rpc_server_opts opts = {.size = sizeof(opts)};
	struct spdk_rpc_server *server;
	char address[64];

	snprintf(address, sizeof(address), "0.0.0.0:%u", free_port(AF_INET));
	refused(address, EPERM,
		"there is no password. Use 127.0.0.1, or say that you mean it by "
		"--rpc-allow-remote");
	spindle_rpc_get_server_opts(&opts);
	assert_false(opts.allow_remote);
	opts.allow_remote = true;
	assert_int_equal(spindle_rpc_set_server_opts(&opts), 0);
	server = spdk_rpc_server_listen(address);
	assert_non_null(server);
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	assert_true(log_captured(address, "can be reached by other machines", NULL));
	spdk_rpc_server_close(server);
}

/* Sends a request to a server of this process and returns what comes back. */
static const char *
exchange(struct spdk_rpc_server *server, const struct sockaddr *to, socklen_t size)
{
	static const char request[] = "{\"method\":\"spdk_get_version\",\"id\":\"me\"}";
	int fd = socket(to->sa_family, SOCK_STREAM, 0);
	static char text[1024];
	ssize_t got = -1;

	assert_int_equal(connect(fd, to, size), 0);
	assert_int_equal(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	for (int i = 0; i < 10000 && got < 0; i++) {
		spdk_rpc_server_accept(server);
		got = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	}
	assert_true(got > 0);
	text[got] = '\0';
	close(fd);
	return text;
}

static void
a_path_and_a_port_are_served(void **state)
{
	struct spdk_rpc_server *server = listen_well();
	struct rpc_address address;
	static const int families[] = {AF_INET, AF_INET6};
	char text[64];

	assert_int_equal(rpc_address_parse(g_path, &address), 0);
	assert_non_null(strstr(exchange(server, &address.u.any, address.len),
			       "\"id\":\"me\",\"result\":{\"version\":"));
	spdk_rpc_server_close(server);
	for (size_t i = 0; i < SPDK_COUNTOF(families); i++) {
		uint16_t port = free_port(families[i]);

		if (port == 0) {
			continue; /* A machine without IPv6. */
		}
		snprintf(text, sizeof(text), families[i] == AF_INET ? "127.0.0.1:%u" : "[::1]:%u",
			 port);
		server = spdk_rpc_server_listen(text);
		assert_non_null(server);
		assert_int_equal(rpc_address_parse(text, &address), 0);
		assert_non_null(strstr(exchange(server, &address.u.any, address.len), "\"me\""));
		/* The port is taken. */
		refused(text, EADDRINUSE, "Cannot listen on RPC address '");
		spdk_rpc_server_close(server);
		/* And free again, at once. */
		server = spdk_rpc_server_listen(text);
		assert_non_null(server);
		spdk_rpc_server_close(server);
	}
	spdk_rpc_server_close(NULL);
	assert_nothing_logged();
}

static void
the_socket_has_the_mode_that_was_asked_for(void **state)
{
	static const mode_t masks[] = {0, 022, 077, 0777};
	static const uint32_t modes[] = {0600, 0660, 0666, 0777, 0};
	struct spindle_rpc_server_opts opts = {.size = sizeof(opts)};
	mode_t old = umask(0);
	struct spdk_rpc_server *server;
	struct stat status;

	spindle_rpc_get_server_opts(&opts);
	assert_int_equal(opts.socket_mode, 0600);
	for (size_t i = 0; i < SPDK_COUNTOF(masks) * SPDK_COUNTOF(modes); i++) {
		umask(masks[i % SPDK_COUNTOF(masks)]);
		opts.socket_mode = modes[i / SPDK_COUNTOF(masks)];
		assert_int_equal(spindle_rpc_set_server_opts(&opts), 0);
		server = listen_well();
		assert_int_equal(lstat(g_path, &status), 0);
		assert_int_equal(status.st_mode & 07777, opts.socket_mode);
		/* The lock is for its owner only. */
		assert_int_equal(lstat(g_lock_path, &status), 0);
		assert_int_equal(status.st_mode & 0177, 0);
		spdk_rpc_server_close(server);
	}
	umask(old);
	assert_nothing_logged();
}

static void
nobody_can_connect_before_the_mode_is_set(void **state)
{
	mode_t old = umask(0);
	struct spdk_rpc_server *server = listen_well();

	assert_int_equal(g_mode_at_first, 0600);
	spdk_rpc_server_close(server);
	umask(old);
}

static bool
nobody_else_gets_it(void)
{
	check(spdk_rpc_server_listen(g_path) == NULL && errno == EADDRINUSE);
	return true;
}

static void
a_lock_on_a_file_that_has_gone_is_none(void **state)
{
	struct spdk_rpc_server *server;

	g_removals = 5;
	server = listen_well();
	assert_nothing_logged();
	assert_int_equal(g_removals, 0);
	assert_int_equal(access(g_lock_path, F_OK), 0);
	assert_int_equal(unlink(g_path), 0);
	run_apart(nobody_else_gets_it);
	spdk_rpc_server_close(server);
	/* But not for ever. */
	g_removals = 1000;
	refused(g_path, EAGAIN, "is removed again and again by another process");
	g_removals = 0;
}

static void
options_of_a_server_are_checked(void **state)
{
	struct spindle_rpc_server_opts opts = {.size = 0, .socket_mode = 0666};

	assert_int_equal(spindle_rpc_set_server_opts(&opts), -EINVAL);
	assert_one_error("opts->size is 0. Set it to sizeof(*opts)");
	opts.size = sizeof(opts);
	opts.socket_mode = 01666;
	assert_int_equal(spindle_rpc_set_server_opts(&opts), -EINVAL);
	assert_one_error("01666 is no mode of a socket. Give one from 0 to 0777");
	/* A caller who knows less of it. */
	opts.size = offsetof(struct spindle_rpc_server_opts, allow_remote);
	opts.socket_mode = 0640;
	opts.allow_remote = true;
	assert_int_equal(spindle_rpc_set_server_opts(&opts), 0);
	opts = (struct spindle_rpc_server_opts){.size = sizeof(opts), .allow_remote = true};
	spindle_rpc_get_server_opts(&opts);
	assert_int_equal(opts.socket_mode, 0640);
	assert_false(opts.allow_remote);
	assert_nothing_logged();
}

static void
the_socket_of_a_process_that_has_ended_is_replaced(void **state)
{
	struct spdk_rpc_server *server;

	end_child(start_child(serve_path, 0));
	assert_int_equal(access(g_path, F_OK), 0);
	server = listen_well();
	assert_one_notice("was left by a process that has ended; it is replaced");
	spdk_rpc_server_close(server);
	/* With a lock file that is there and a socket that is not, too. */
	end_child(start_child(serve_path, 0));
	unlink(g_path);
	server = listen_well();
	assert_nothing_logged();
	spdk_rpc_server_close(server);
}

static void
a_process_that_serves_a_path_is_named(void **state)
{
	struct child child = start_child(serve_path, 0);
	struct spdk_rpc_server *server;
	char holder[192], name[64];

	/* An emulator has a name of its own. */
	lock_file_owner_name(child.pid, name, sizeof(name));
	snprintf(holder, sizeof(holder), "RPC address '%s' is served by process %d (%s)", g_path,
		 child.pid, name);
	refused_path(EADDRINUSE, holder);
	/* It still has it. */
	refused_path(EADDRINUSE, holder);
	end_child(child);
	server = listen_well();
	snprintf(holder, sizeof(holder), "is served by process %d (", getpid());
	refused_path(EADDRINUSE, holder);
	spdk_rpc_server_close(server);
}

static void
one_that_holds_no_lock_is_left_alone(void **state)
{
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
	struct rpc_address address;
	struct spdk_rpc_server *server;
	int fd, clients[8];

	assert_int_equal(rpc_address_parse(g_path, &address), 0);
	for (size_t i = 0; i < SPDK_COUNTOF(types); i++) {
		fd = socket(AF_UNIX, types[i] | SOCK_NONBLOCK, 0);
		assert_int_equal(bind(fd, &address.u.any, address.len), 0);
		assert_true(types[i] == SOCK_DGRAM || listen(fd, 0) == 0);
		refused_path(EADDRINUSE, "is served by another process, which holds no lock on");
		/* With a full backlog, nobody can connect at once. */
		for (size_t j = 0; j < SPDK_COUNTOF(clients); j++) {
			clients[j] = socket(AF_UNIX, types[i] | SOCK_NONBLOCK, 0);
			(void)connect(clients[j], &address.u.any, address.len);
		}
		refused_path(EADDRINUSE, "is served by another process, which holds no lock on");
		for (size_t j = 0; j < SPDK_COUNTOF(clients); j++) {
			close(clients[j]);
		}
		close(fd);
		/* No lock file has stayed. */
		assert_int_not_equal(access(g_lock_path, F_OK), 0);
		server = listen_well();
		assert_one_notice("it is replaced");
		spdk_rpc_server_close(server);
	}
}

static void
what_is_no_socket_is_left_alone(void **state)
{
	assert_int_equal(mknod(g_path, S_IFREG | 0600, 0), 0);
	refused_path(EEXIST, "is there, and is no socket, so that it is left alone");
	assert_int_equal(unlink(g_path), 0);
	assert_int_equal(mkdir(g_path, 0700), 0);
	refused_path(EEXIST, "is there, and is no socket");
	assert_int_equal(rmdir(g_path), 0);
	/* A link to somewhere is not followed. */
	assert_int_equal(symlink("/nowhere/at/all", g_path), 0);
	refused_path(EEXIST, "is there, and is no socket");
	assert_int_equal(unlink(g_path), 0);
}

static void
a_lock_must_be_a_plain_file(void **state)
{
	char target[80];

	snprintf(target, sizeof(target), "%s/target", g_folder);
	assert_int_equal(symlink(target, g_lock_path), 0);
	refused_path(ELOOP, "it is a symbolic link");
	/* Nothing was made where it leads. */
	assert_int_not_equal(access(target, F_OK), 0);
	assert_int_equal(unlink(g_lock_path), 0);
	assert_int_equal(mkdir(g_lock_path, 0700), 0);
	refused_path(EISDIR, "Cannot open the lock file");
	assert_int_equal(rmdir(g_lock_path), 0);
	assert_int_equal(mknod(g_lock_path, S_IFIFO | 0600, 0), 0);
	refused_path(EPERM, "is no regular file, and so no lock");
	assert_int_equal(unlink(g_lock_path), 0);
	refused("/nowhere/at/all", ENOENT, "Cannot open the lock file '/nowhere/at/all.lock'");
}

static bool
nobody_is_told_of_the_holder(void)
{
	char holder[64];

	snprintf(holder, sizeof(holder), "is served by process %d (", getppid());
	check(setuid(NOBODY) == 0);
	check(rpc_server_listen(g_path, false) == NULL && errno == EADDRINUSE);
	check(log_captured(holder, "This process takes no RPCs", NULL));
	check(log_capture_count(SPDK_LOG_ERROR) == 0);
	return true;
}

static bool
nobody_cannot_use_it(void)
{
	check(setuid(NOBODY) == 0);
	check(rpc_server_listen(g_path, false) == NULL && errno == EACCES);
	check(log_captured("it may be another user's", "This process takes no RPCs", NULL));
	check(log_capture_count(SPDK_LOG_ERROR) == 0);
	return true;
}

static void
a_lock_of_another_user_is_left_alone(void **state)
{
	struct spdk_rpc_server *server;
	struct child child;
	char holder[64];

	if (geteuid() != 0) {
		skip();
	}
	/* Root's, which the other one may not even open. */
	server = listen_well();
	run_apart(nobody_is_told_of_the_holder);
	spdk_rpc_server_close(server);
	assert_int_equal(mknod(g_lock_path, S_IFREG | 0600, 0), 0);
	run_apart(nobody_cannot_use_it);
	assert_int_equal(unlink(g_lock_path), 0);
	/* Somebody's, which root could. */
	child = start_child(serve_path, SOMEBODY);
	snprintf(holder, sizeof(holder), "is served by process %d (", child.pid);
	refused_path(EADDRINUSE, holder);
	end_child(child);
	log_capture_clear();
	assert_null(spdk_rpc_server_listen(g_path));
	assert_true(errno == EPERM || errno == EACCES);
	assert_true(log_captured("another user's", NULL));
	remove_all();
}

static void
socket_and_lock_are_gone_when_it_is_closed(void **state)
{
	struct spdk_rpc_server *server = listen_well();

	assert_int_equal(access(g_path, F_OK), 0);
	assert_int_equal(access(g_lock_path, F_OK), 0);
	spdk_rpc_server_close(server);
	assert_int_not_equal(access(g_path, F_OK), 0);
	assert_int_not_equal(access(g_lock_path, F_OK), 0);
	assert_nothing_logged();
}

static void
what_somebody_else_has_put_there_stays(void **state)
{
	struct spdk_rpc_server *server = listen_well();
	struct rpc_address address;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(rpc_address_parse(g_path, &address), 0);
	assert_int_equal(unlink(g_path), 0);
	assert_int_equal(bind(fd, &address.u.any, address.len), 0);
	assert_int_equal(unlink(g_lock_path), 0);
	assert_int_equal(mknod(g_lock_path, S_IFREG | 0600, 0), 0);
	spdk_rpc_server_close(server);
	assert_int_equal(access(g_path, F_OK), 0);
	assert_int_equal(access(g_lock_path, F_OK), 0);
	close(fd);
	remove_all();
}

static bool
methods_are_bad(void)
{
	spdk_rpc_register_alias_deprecated("stranger", "old_stranger");
	errno = 0;
	check(spdk_rpc_server_listen(g_path) == NULL && errno == EINVAL);
	check(log_captured("there is no method 'stranger'", NULL));
	check(access(g_path, F_OK) != 0 && access(g_lock_path, F_OK) != 0);
	return true;
}

static void
nothing_is_served_while_methods_cannot_be_told_apart(void **state)
{
	run_apart(methods_are_bad);
}

static void
a_failing_allocation_leaves_nothing_behind(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	struct spdk_rpc_server *server = NULL;
	long live, nth;

	spdk_rpc_server_close(listen_well());
	live = t_live;
	for (nth = 0; nth < 100; nth++) {
		log_capture_clear();
		g_failures = 0;
		t_allocations_left = nth;
		server = spdk_rpc_server_listen(g_path);
		t_allocations_left = -1;
		if (g_failures == 0 || server != NULL) {
			break;
		}
		assert_int_equal(errno, ENOMEM);
		/* By what has failed below as well, perhaps. */
		assert_in_range(log_capture_count(SPDK_LOG_ERROR), 1, 2);
		assert_true(log_captured("ut of memory", NULL));
		assert_int_equal(t_live, live);
		assert_int_not_equal(access(g_path, F_OK), 0);
		assert_int_not_equal(access(g_lock_path, F_OK), 0);
	}
	assert_in_range(nth, 3, 99);
	assert_int_equal(g_failures, 0);
	spdk_rpc_server_close(server);
	assert_int_equal(t_live, live);
#endif
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_ip_address_has_a_port),
		TEST(what_is_no_address_is_explained),
		TEST(a_path_has_to_fit_into_a_socket_address),
		TEST(an_address_that_others_reach_must_be_allowed),
		TEST(a_path_and_a_port_are_served),
		TEST(the_socket_has_the_mode_that_was_asked_for),
		TEST(nobody_can_connect_before_the_mode_is_set),
		TEST(a_lock_on_a_file_that_has_gone_is_none),
		TEST(options_of_a_server_are_checked),
		TEST(the_socket_of_a_process_that_has_ended_is_replaced),
		TEST(a_process_that_serves_a_path_is_named),
		TEST(one_that_holds_no_lock_is_left_alone),
		TEST(what_is_no_socket_is_left_alone),
		TEST(a_lock_must_be_a_plain_file),
		TEST(a_lock_of_another_user_is_left_alone),
		TEST(socket_and_lock_are_gone_when_it_is_closed),
		TEST(what_somebody_else_has_put_there_stays),
		TEST(nothing_is_served_while_methods_cannot_be_told_apart),
		TEST(a_failing_allocation_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
