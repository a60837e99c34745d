/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The servers of a program: at which addresses it takes RPCs, and when they are polled.
 */
#include "control/rpc_fixture.h"
#include "control/rpc_servers.h"
#include "spdk/env.h"
#include "spdk/thread.h"

#include <sys/un.h>

static char g_folder[] = "/tmp/rpc_servers_test.XXXXXX";
static char g_paths[2][64];
static struct spdk_thread *g_thread;

static void
finish(struct spdk_jsonrpc_request *request, void *params)
{
	spdk_rpc_finish();
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("servers_finish", finish, SPDK_RPC_STARTUP, NULL, "Ends all servers")

static int
make_folder(void **state)
{
	assert_non_null(mkdtemp(g_folder));
	for (int i = 0; i < 2; i++) {
		snprintf(g_paths[i], sizeof(g_paths[i]), "%s/%d.sock", g_folder, i);
	}
	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	g_thread = spdk_thread_create("app_thread", NULL);
	spdk_set_thread(g_thread);
	return 0;
}

static int
remove_folder(void **state)
{
	spdk_thread_exit(g_thread);
	while (!spdk_thread_is_exited(g_thread)) {
		(void)spdk_thread_poll(g_thread, 0, 0);
	}
	spdk_thread_destroy(g_thread);
	spdk_thread_lib_fini();
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
	spdk_rpc_finish();
	log_capture_stop();
	return access(g_paths[0], F_OK) == 0 || access(g_paths[1], F_OK) == 0 ? -1 : 0;
}

static int
dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void
ask(int fd, const char *method)
{
	assert_true(dprintf(fd, "{\"method\":\"%s\",\"id\":1}", method) > 0);
}

/* Polls for a while. Whether something, or the end, has come. */
static bool
hears(int fd)
{
	uint64_t end = spdk_get_ticks() + spdk_get_ticks_hz() / 20;
	char text[512];
	ssize_t got = -1;

	while (got < 0 && spdk_get_ticks() < end) {
		(void)spdk_thread_poll(g_thread, 0, 0);
		got = recv(fd, text, sizeof(text), MSG_DONTWAIT);
	}
	return got >= 0;
}

static void
several_addresses_are_served_at_once(void **state)
{
	int fds[2];

	for (int i = 0; i < 2; i++) {
		assert_int_equal(spdk_rpc_initialize(g_paths[i], NULL), 0);
		assert_true(rpc_servers_has(g_paths[i]));
		fds[i] = dial(g_paths[i]);
		ask(fds[i], "spdk_get_version");
	}
	assert_true(hears(fds[0]));
	assert_true(hears(fds[1]));
	spdk_rpc_server_finish(g_paths[0]);
	assert_true(hears(fds[0]));
	assert_int_not_equal(access(g_paths[0], F_OK), 0);
	assert_false(rpc_servers_has(g_paths[0]));
	ask(fds[1], "spdk_get_version");
	assert_true(hears(fds[1]));
	spdk_rpc_finish();
	assert_false(rpc_servers_has(g_paths[1]));
	assert_false(rpc_servers_has(NULL));
	assert_nothing_logged();
	close(fds[0]);
	close(fds[1]);
}

static void
one_that_is_paused_lets_requests_wait(void **state)
{
	int fd, late;

	assert_int_equal(spdk_rpc_initialize(g_paths[0], NULL), 0);
	fd = dial(g_paths[0]);
	ask(fd, "spdk_get_version");
	assert_true(hears(fd));
	spdk_rpc_server_pause(g_paths[0]);
	spdk_rpc_server_pause(g_paths[0]);
	ask(fd, "spdk_get_version");
	late = dial(g_paths[0]);
	ask(late, "spdk_get_version");
	assert_false(hears(fd));
	assert_false(hears(late));
	spdk_rpc_server_resume(g_paths[0]);
	spdk_rpc_server_resume(g_paths[0]);
	assert_true(hears(fd));
	assert_true(hears(late));
	/* Also one that is paused can end. */
	spdk_rpc_server_pause(g_paths[0]);
	spdk_rpc_finish();
	assert_nothing_logged();
	close(fd);
	close(late);
}

static void
a_method_may_end_the_server_that_called_it(void **state)
{
	int fd;

	assert_int_equal(spdk_rpc_initialize(g_paths[0], NULL), 0);
	fd = dial(g_paths[0]);
	ask(fd, "servers_finish");
	assert_true(hears(fd));
	assert_false(rpc_servers_has(g_paths[0]));
	(void)spdk_thread_poll(g_thread, 0, 0);
	close(fd);
}

static void
an_idle_server_is_no_work(void **state)
{
	int fd;

	assert_int_equal(spdk_rpc_initialize(g_paths[0], NULL), 0);
	fd = dial(g_paths[0]);
	assert_false(hears(fd));
	usleep(1000);
	assert_int_equal(spdk_thread_poll(g_thread, 0, 0), 0);
	ask(fd, "spdk_get_version");
	usleep(1000);
	assert_int_equal(spdk_thread_poll(g_thread, 0, 0), 1);
	close(fd);
}

static void
what_cannot_be_served_is_explained(void **state)
{
	struct spdk_rpc_opts opts = {.size = 0};

	assert_int_equal(spdk_rpc_initialize(NULL, NULL), -EINVAL);
	assert_one_error("spdk_rpc_initialize(): the address is NULL");
	assert_int_equal(spdk_rpc_initialize(g_paths[0], &opts), -EINVAL);
	assert_one_error("opts->size is 0. Set it to sizeof(*opts)");
	assert_int_equal(spdk_rpc_initialize("nonsense", NULL), -EINVAL);
	assert_one_error("'nonsense' is no RPC address");
	spdk_set_thread(NULL);
	assert_int_equal(spdk_rpc_initialize(g_paths[0], NULL), -EPERM);
	assert_one_error("it polls its server on the thread that calls it, and this is none");
	spdk_set_thread(g_thread);
	assert_int_equal(spdk_rpc_initialize(g_paths[0], NULL), 0);
	assert_int_equal(spdk_rpc_initialize(g_paths[0], NULL), -EADDRINUSE);
	assert_one_error("is served by this program already");
	/* Nobody has asked for it by name. */
	assert_int_equal(mknod(g_paths[1], S_IFREG | 0600, 0), 0);
	assert_int_equal(rpc_servers_try(g_paths[1], NULL), -EEXIST);
	assert_one_notice("is no socket");
	assert_int_equal(unlink(g_paths[1]), 0);
	spdk_rpc_server_finish("/tmp/stranger");
	assert_one_error("spdk_rpc_server_finish(): no server of this program has the address "
			 "'/tmp/stranger'");
	spdk_rpc_server_pause(g_paths[1]);
	assert_one_error("spdk_rpc_server_pause(): no server");
	spdk_rpc_server_resume(NULL);
	assert_one_error("spdk_rpc_server_resume(): no server");
}

static void
requests_are_logged_where_the_options_say(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	struct spdk_rpc_opts opts = {
		.size = sizeof(opts), .log_file = file, .log_level = SPDK_LOG_NOTICE};
	int fd;

	assert_int_equal(spdk_rpc_initialize(g_paths[0], &opts), 0);
	fd = dial(g_paths[0]);
	ask(fd, "spdk_get_version");
	assert_true(hears(fd));
	fflush(file);
	assert_non_null(strstr(text, "spdk_get_version"));
	assert_true(log_captured("spdk_get_version", NULL));
	spdk_rpc_finish();
	/* A caller who knows less of it. */
	opts.size = offsetof(struct spdk_rpc_opts, log_level);
	log_capture_clear();
	assert_int_equal(spdk_rpc_initialize(g_paths[0], &opts), 0);
	ask(fd = dial(g_paths[0]), "spdk_get_version");
	assert_true(hears(fd));
	assert_nothing_logged();
	spdk_rpc_finish();
	assert_int_equal(spdk_rpc_initialize(g_paths[0], NULL), 0);
	fclose(file);
	ask(fd = dial(g_paths[0]), "spdk_get_version");
	assert_true(hears(fd));
	free(text);
	close(fd);
}

/* What a server is asked next, and whether `file` then has more than before. */
static bool
is_logged(const char *path, FILE *file, const size_t *size)
{
	size_t before;
	int fd = dial(path);

	fflush(file);
	before = *size;
	ask(fd, "spdk_get_version");
	assert_true(hears(fd));
	fflush(file);
	close(fd);
	return *size > before;
}

static void
a_log_is_there_as_long_as_the_server_that_has_brought_it(void **state)
{
	struct spdk_rpc_opts opts = {.size = sizeof(opts), .log_level = SPDK_LOG_DISABLED};
	char *texts[2] = {NULL, NULL};
	size_t sizes[2] = {0, 0};
	struct spdk_rpc_server *plain;
	FILE *files[2];

	for (int i = 0; i < 2; i++) {
		files[i] = open_memstream(&texts[i], &sizes[i]);
		opts.log_file = files[i];
		assert_int_equal(spdk_rpc_initialize(g_paths[i], &opts), 0);
	}
	assert_true(is_logged(g_paths[0], files[1], &sizes[1]));
	spdk_rpc_server_finish(g_paths[1]);
	/* One without a log takes none from others. */
	assert_int_equal(spdk_rpc_initialize(g_paths[1], NULL), 0);
	assert_false(is_logged(g_paths[0], files[1], &sizes[1]));
	assert_true(is_logged(g_paths[0], files[0], &sizes[0]));
	spdk_rpc_server_finish(g_paths[0]);
	assert_false(is_logged(g_paths[1], files[0], &sizes[0]));
	for (int i = 0; i < 2; i++) {
		fclose(files[i]);
		free(texts[i]);
	}
	/* Nor does a server that is polled by hand write to what has been closed. */
	spdk_rpc_finish();
	plain = spdk_rpc_server_listen(g_paths[0]);
	assert_non_null(plain);
	files[0] = fdopen(dial(g_paths[0]), "r+");
	ask(fileno(files[0]), "spdk_get_version");
	spdk_rpc_server_accept(plain);
	spdk_rpc_server_close(plain);
	fclose(files[0]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(several_addresses_are_served_at_once),
		TEST(one_that_is_paused_lets_requests_wait),
		TEST(a_method_may_end_the_server_that_called_it),
		TEST(an_idle_server_is_no_work),
		TEST(what_cannot_be_served_is_explained),
		TEST(requests_are_logged_where_the_options_say),
		TEST(a_log_is_there_as_long_as_the_server_that_has_brought_it),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
