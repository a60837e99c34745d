/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Processes that want the same RPC address, and are killed.
 *
 *     rpc_takeover [ROUNDS]
 *
 * In each round some processes try to listen at once, at what the round before has left. Before,
 * its owner was killed, or is closing its server at this very moment. Of those that try, exactly
 * one gets the address after a kill, at most one while another process closes it; the rest are
 * told that it is taken. Whoever connects then finds that one, and nobody takes it away while it
 * lives.
 */
#include "spdk/stdinc.h"

#include "spdk/log.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

#include <signal.h>
#include <sys/un.h>
#include <sys/wait.h>

#define CONTENDERS 3
#define HANG_SEC   60

struct contender {
	pid_t pid;
	int said_fd;
	int told_fd;
	bool has_won;
};

static char g_folder[] = "/tmp/rpc_takeover.XXXXXX";
static char g_path[64];

static void
fail(uint32_t round, const char *what)
{
	fprintf(stderr, "round %u: %s\n", round, what);
	exit(1);
}

/* Tries when the gate opens, says whether it has won, and goes on until it is told to end. */
static void
contend(int gate_fd, int said_fd, int told_fd)
{
	struct spdk_rpc_server *server;
	char byte, result;

	alarm(HANG_SEC);
	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	(void)!read(gate_fd, &byte, 1);
	server = spdk_rpc_server_listen(g_path);
	result = server != NULL ? 'w' : errno == EADDRINUSE ? 'l' : 'e';
	(void)!write(said_fd, &result, 1);
	/* The end of the pipe: this program has gone. */
	if (read(told_fd, &byte, 1) == 1) {
		spdk_rpc_server_close(server);
	}
	_exit(0);
}

static struct contender
start(int gate[2])
{
	struct contender contender = {0};
	int said[2], told[2];

	if (pipe2(said, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0) {
		fail(0, "no pipe");
	}
	contender.pid = fork();
	if (contender.pid == 0) {
		close(gate[1]);
		close(said[0]);
		close(told[1]);
		contend(gate[0], said[1], told[0]);
	}
	close(said[1]);
	close(told[0]);
	contender.said_fd = said[0];
	contender.told_fd = told[1];
	return contender;
}

static void
hear(struct contender *contender, uint32_t round)
{
	char result = 'e';

	(void)!read(contender->said_fd, &result, 1);
	if (result == 'e') {
		fail(round, "one could not listen, for another reason than that somebody does");
	}
	contender->has_won = result == 'w';
}

/* Who listens at the path; 0: nobody. */
static pid_t
owner(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", g_path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	}
	close(fd);
	return peer.pid;
}

static void
reap(struct contender *contender, int signal_number)
{
	if (signal_number != 0) {
		kill(contender->pid, signal_number);
	}
	while (waitpid(contender->pid, NULL, 0) < 0 && errno == EINTR) {
	}
	close(contender->said_fd);
	close(contender->told_fd);
}

/* The one that has won; pid 0: none has. */
static struct contender
run_contest(struct contender *before, uint32_t round)
{
	struct contender all[CONTENDERS], winner = {0};
	bool is_closing = before->pid != 0 && round % 2 == 1;
	uint32_t winners = 0;
	int gate[2];

	if (pipe2(gate, O_CLOEXEC) != 0) {
		fail(round, "no pipe");
	}
	for (int i = 0; i < CONTENDERS; i++) {
		all[i] = start(gate);
	}
	if (before->pid != 0 && !is_closing) {
		reap(before, SIGKILL);
	}
	/* The end of the pipe is what they wait for. */
	close(gate[1]);
	close(gate[0]);
	if (is_closing && write(before->told_fd, "x", 1) != 1) {
		fail(round, "the owner cannot be told to close");
	}
	for (int i = 0; i < CONTENDERS; i++) {
		hear(&all[i], round);
		winners += all[i].has_won;
		if (all[i].has_won) {
			winner = all[i];
		} else {
			reap(&all[i], SIGKILL);
		}
	}
	if (is_closing) {
		reap(before, 0);
	}
	if (winners > 1 || (winners == 0 && !is_closing)) {
		fail(round, winners > 1 ? "two have the address" : "nobody has it");
	}
	return winner;
}

/* A process that comes while another one has the address does not get it. */
static void
check_that_it_keeps(const struct contender *winner, uint32_t round)
{
	struct contender late;
	int gate[2];

	if (owner() != winner->pid) {
		fail(round, "another one than the winner listens");
	}
	if (pipe2(gate, O_CLOEXEC) != 0) {
		fail(round, "no pipe");
	}
	late = start(gate);
	close(gate[1]);
	close(gate[0]);
	hear(&late, round);
	reap(&late, SIGKILL);
	if (late.has_won || owner() != winner->pid) {
		fail(round, "the address was taken from a process that lives");
	}
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? spdk_strtol(argv[1], 10) : 100;
	struct contender winner = {0};
	uint32_t taken = 0;

	if (rounds <= 0 || mkdtemp(g_folder) == NULL) {
		fprintf(stderr, "rpc_takeover [ROUNDS], and a folder in /tmp\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	snprintf(g_path, sizeof(g_path), "%s/rpc.sock", g_folder);
	for (uint32_t round = 0; round < (uint32_t)rounds; round++) {
		winner = run_contest(&winner, round);
		if (winner.pid != 0) {
			check_that_it_keeps(&winner, round);
			taken++;
		}
	}
	if (winner.pid != 0 && write(winner.told_fd, "x", 1) == 1) {
		reap(&winner, 0);
	}
	if (rmdir(g_folder) != 0) {
		fail((uint32_t)rounds, "socket or lock are still there");
	}
	printf("%ld rounds, %u owners\n", rounds, taken);
	return 0;
}
