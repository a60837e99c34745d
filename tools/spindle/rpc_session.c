/* SPDX-License-Identifier: BSD-3-Clause */
/* The connection to a server: opened, waited for, asked; and what is said when it fails. */
#include "rpc.h"

#define RETRY_US          100000
#define DEFAULT_TIMEOUT_S 60.0

struct session {
	struct spdk_jsonrpc_client *client;
	const char *address;
	double timeout_s;
	int32_t next_id;
	bool is_silent;
};

void
rpc_options_init(struct rpc_options *options)
{
	const char *address = getenv("SPINDLE_RPC_ADDR");

	*options = (struct rpc_options){
		.address = address != NULL && address[0] != '\0' ? address : RPC_DEFAULT_ADDRESS,
		.timeout_s = DEFAULT_TIMEOUT_S,
	};
}

static double
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* In ms, for a poll: at least 1 before the deadline, so that there is no spinning up to it. */
static int
time_left(double deadline)
{
	double left = (deadline - now_s()) * 1000;

	if (left <= 0) {
		return 0;
	}
	return left < INT_MAX - 1 ? (int)left + 1 : INT_MAX;
}

/* A path has a slash in it or is there; all else is a host. */
static int
family_of(const char *address)
{
	return strchr(address, '/') != NULL || access(address, F_OK) == 0 ? AF_UNIX : AF_UNSPEC;
}

/* One try: 0 or an errno. */
static int
try_to_connect(struct session *session)
{
	double deadline = now_s() + session->timeout_s;
	int rc;

	session->client =
		spdk_jsonrpc_client_connect(session->address, family_of(session->address));
	if (session->client == NULL) {
		return errno;
	}
	do {
		rc = spdk_jsonrpc_client_poll(session->client, 10);
	} while (rc == -ENOTCONN && time_left(deadline) > 0);
	if (rc >= 0) {
		return 0;
	}
	rc = rc == -ENOTCONN ? ETIMEDOUT : errno;
	spdk_jsonrpc_client_close(session->client);
	session->client = NULL;
	return rc;
}

static void
print_no_server(const struct session *session, double wait_s, int error)
{
	const char *cure;

	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		cure = "is the application running, and is this its RPC address (-s)?";
		break;
	case EACCES:
	case EPERM:
		cure = "run as the user of the application";
		break;
	case EINVAL:
		cure = "an address is a path, or HOST:PORT";
		break;
	default:
		cure = "check the address (-s)";
		break;
	}
	fprintf(stderr, "spindle: cannot connect to %s", session->address);
	if (wait_s > 0) {
		fprintf(stderr, " within %g s", wait_s);
	}
	fprintf(stderr, ": %s; %s\n", error == ENXIO ? "no such host" : strerror(error), cure);
}

int
session_open(const struct rpc_options *options, bool is_silent, struct session **out_session)
{
	struct session *session = allocate(1, sizeof(*session));
	double deadline = now_s() + options->wait_s;
	int error;

	session->address = options->address;
	session->timeout_s = options->timeout_s;
	session->next_id = 1;
	session->is_silent = is_silent;
	*out_session = NULL;
	for (;;) {
		error = try_to_connect(session);
		if (error == 0) {
			*out_session = session;
			return STATUS_OK;
		}
		if (time_left(deadline) == 0) {
			break;
		}
		usleep(RETRY_US);
	}
	if (!is_silent) {
		print_no_server(session, options->wait_s, error);
	}
	session_close(session);
	return STATUS_NO_SERVER;
}

void
session_close(struct session *session)
{
	if (session != NULL) {
		spdk_jsonrpc_client_close(session->client);
		free(session);
	}
}

static void
print_lost(const struct session *session, const char *name, int rc, int error)
{
	if (session->is_silent) {
		return;
	}
	fprintf(stderr, "spindle: %s: ", name);
	if (rc == 0) {
		fprintf(stderr, "no answer from %s within %g s; -t gives it more time\n",
			session->address, session->timeout_s);
	} else if (rc == -EINVAL) {
		fprintf(stderr, "what came from %s is no JSON-RPC response: %s\n", session->address,
			strerror(error));
	} else if (error == EPIPE || error == ECONNRESET) {
		fprintf(stderr, "%s has closed the connection\n", session->address);
	} else if (error == EBADMSG) {
		fprintf(stderr, "%s has closed the connection within a response\n",
			session->address);
	} else {
		fprintf(stderr, "the connection to %s is lost: %s\n", session->address,
			strerror(error));
	}
}

int
session_send(struct session *session, const char *name, struct spdk_jsonrpc_client_request *request,
	     struct spdk_jsonrpc_client_response **out_response)
{
	double deadline = now_s() + session->timeout_s;
	int rc = spdk_jsonrpc_client_send_request(session->client, request), left;

	*out_response = NULL;
	if (rc == -EINVAL) {
		spdk_jsonrpc_client_free_request(request);
		return usage_error("%s: a parameter is no UTF-8", name);
	}
	if (rc != 0) {
		spdk_jsonrpc_client_free_request(request);
		print_lost(session, name, -EIO, -rc);
		return STATUS_LOST;
	}
	do {
		left = time_left(deadline);
		errno = 0;
		rc = spdk_jsonrpc_client_poll(session->client, left);
	} while ((rc == 0 || rc == -ENOTCONN) && left > 0);
	if (rc == -EIO && strcmp(name, "spdk_kill_instance") == 0) {
		return STATUS_OK;
	}
	if (rc <= 0) {
		print_lost(session, name, rc, errno);
		return STATUS_LOST;
	}
	*out_response = spdk_jsonrpc_client_get_response(session->client);
	return STATUS_OK;
}

int
session_call(struct session *session, const char *method, const char *params,
	     struct spdk_jsonrpc_client_response **out_response)
{
	struct spdk_jsonrpc_client_request *request = spdk_jsonrpc_client_create_request();
	struct spdk_json_write_ctx *w = NULL;

	*out_response = NULL;
	if (request != NULL) {
		w = spdk_jsonrpc_begin_request(request, session->next_id++, method);
	}
	if (w == NULL) {
		spdk_jsonrpc_client_free_request(request);
		fprintf(stderr, "spindle: out of memory\n");
		return STATUS_REFUSED;
	}
	/* Errors stay with the request until it is sent. */
	if (params != NULL) {
		(void)spdk_json_write_name(w, "params");
		(void)spdk_json_write_val_raw(w, params, strlen(params));
	}
	spdk_jsonrpc_end_request(request, w);
	return session_send(session, method, request, out_response);
}

struct spdk_jsonrpc_client_response *
session_ask(struct session *session, const char *method, const char *params)
{
	struct spdk_jsonrpc_client_response *response;

	if (session_call(session, method, params, &response) != STATUS_OK) {
		return NULL;
	}
	if (response->error != NULL) {
		spdk_jsonrpc_client_free_response(response);
		return NULL;
	}
	return response;
}

void
session_print_error(struct session *session, const char *where, const char *method,
		    const struct spdk_json_val *error)
{
	const struct spdk_json_val *code = member_of(error, "code");
	char *message = string_member_of(error, "message"), *nearest = NULL;
	char *code_text = code != NULL ? string_of(code) : duplicate("no code");
	struct methods methods;

	/* Some servers say it themselves. */
	if (strcmp(code_text, "-32601") == 0 &&
	    (message == NULL || strstr(message, "id you mean") == NULL) &&
	    methods_get(session, &methods) == STATUS_OK) {
		nearest = methods_nearest(&methods, method);
		methods_fini(&methods);
	}
	if (where != NULL) {
		fprintf(stderr, "%s: ", where);
	}
	fprintf(stderr, "%s: %s (%s)", method, message != NULL ? message : "no message", code_text);
	if (nearest != NULL) {
		fprintf(stderr, "; did you mean '%s'?", nearest);
	}
	fputc('\n', stderr);
	free(message);
	free(nearest);
	free(code_text);
}
