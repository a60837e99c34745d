/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random runs of the driver over the fake. Without arguments, a few seeds of each kind in a few
 * seconds; `driver_model_test FIRST COUNT [ROUNDS]` runs those seeds and prints what they did. A
 * seed that fails says which it is.
 */
#include "io/nvme/fake/model_fixture.h"
#include "spdk/string.h"

#define SEEDS  40
#define ROUNDS 400

static void
report(const struct model *model)
{
	uint64_t done = 0, succeeded = 0;

	for (uint32_t i = 0; i < MODEL_IO_KINDS; i++) {
		done += model->done[i];
		succeeded += model->succeeded[i];
	}
	printf("seed %" PRIu64 "%s: %" PRIu64 " I/O, %" PRIu64
	       " succeeded, %u resets, %u timeouts, "
	       "%u aborts, %u queue pairs freed%s\n",
	       model->seed, model->has_faults ? " with faults" : "", done, succeeded, model->resets,
	       model->timeouts, model->aborts, model->frees, model->is_removed ? ", removed" : "");
}

static void
run_seed(uint64_t seed, uint32_t rounds, bool reports)
{
	/* Every other seed has faults. */
	struct model *model = model_create(seed, seed % 2 == 0);

	model_run(model, rounds);
	model_finish(model);
	if (reports) {
		report(model);
	}
	free(model);
}

int
main(int argc, char **argv)
{
	bool has_arguments = argc >= 3;
	uint64_t first = has_arguments ? (uint64_t)spdk_strtoll(argv[1], 10) : 1;
	uint64_t count = has_arguments ? (uint64_t)spdk_strtoll(argv[2], 10) : SEEDS;
	uint32_t rounds = argc >= 4 ? (uint32_t)spdk_strtol(argv[3], 10) : ROUNDS;

	if (driver_setup_env(NULL) != 0) {
		return 1;
	}
	for (uint64_t seed = first; seed < first + count; seed++) {
		run_seed(seed, rounds, has_arguments);
	}
	driver_teardown_env(NULL);
	return 0;
}
