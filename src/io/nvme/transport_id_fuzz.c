/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any text as an identifier of a transport. What is accepted is whole: its strings
 * end, it is equal to itself, and what is made of its fields reads as the same identifier.
 */
#include "spdk/log.h"
#include "spdk/nvme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
log_nothing(int level, const char *file, const int line, const char *func, const char *format,
	    va_list args)
{
}

static void
append(char *text, size_t size, const char *key, const char *value)
{
	size_t length = strlen(text);

	if (value[0] != '\0') {
		snprintf(text + length, size - length, " %s:%s", key, value);
	}
}

static void
check_whole(const struct spdk_nvme_transport_id *trid)
{
	struct spdk_nvme_transport_id again;
	char text[2 * sizeof(again)] = "";

	if (memchr(trid->trstring, 0, sizeof(trid->trstring)) == NULL ||
	    memchr(trid->traddr, 0, sizeof(trid->traddr)) == NULL ||
	    memchr(trid->trsvcid, 0, sizeof(trid->trsvcid)) == NULL ||
	    memchr(trid->subnqn, 0, sizeof(trid->subnqn)) == NULL) {
		abort();
	}
	append(text, sizeof(text), "trtype", trid->trstring);
	append(text, sizeof(text), "traddr", trid->traddr);
	append(text, sizeof(text), "trsvcid", trid->trsvcid);
	append(text, sizeof(text), "subnqn", trid->subnqn);
	memset(&again, 0, sizeof(again));
	again.adrfam = trid->adrfam;
	if (spdk_nvme_transport_id_compare(trid, trid) != 0 ||
	    spdk_nvme_transport_id_parse(&again, text) != 0 ||
	    spdk_nvme_transport_id_compare(trid, &again) != 0) {
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spdk_nvme_transport_id trid;
	struct spdk_nvme_host_id host;
	uint32_t flags = 0;
	char *text;

	text = malloc(size + 1);
	if (text == NULL) {
		return 0;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&trid, 0, sizeof(trid));
	memset(&host, 0, sizeof(host));
	spdk_log_open(log_nothing);
	if (spdk_nvme_transport_id_parse(&trid, text) == 0) {
		check_whole(&trid);
	}
	if (spdk_nvme_host_id_parse(&host, text) == 0 &&
	    (memchr(host.hostaddr, 0, sizeof(host.hostaddr)) == NULL ||
	     memchr(host.hostsvcid, 0, sizeof(host.hostsvcid)) == NULL)) {
		abort();
	}
	if (spdk_nvme_prchk_flags_parse(&flags, text) == 0 &&
	    (flags & ~(SPDK_NVME_IO_FLAGS_PRCHK_GUARD | SPDK_NVME_IO_FLAGS_PRCHK_REFTAG)) != 0) {
		abort();
	}
	spdk_log_close();
	free(text);
	return 0;
}
