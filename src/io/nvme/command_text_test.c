/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands and completions, each as one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "io/nvme/command_text.h"
#include "spdk/nvme.h"
#include "spdk/nvme_ocssd_spec.h"
#include "spdk/nvmf_spec.h"

static void
check_command(uint16_t qid, const struct spdk_nvme_cmd *cmd, const char *expected)
{
	char text[NVME_COMMAND_TEXT_SIZE];

	nvme_command_format(text, sizeof(text), qid, cmd);
	assert_string_equal(text, expected);
}

static void
an_io_has_its_blocks_and_its_data(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_WRITE, .cid = 12, .nsid = 1};

	cmd.cdw10 = 0xfffffff0;
	cmd.cdw11 = 0x1;
	cmd.cdw12 = 0x40000007;
	cmd.dptr.prp.prp1 = 0x1000;
	cmd.dptr.prp.prp2 = 0xabcdef000;
	check_command(3, &cmd,
		      "WRITE qid 3 cid 12 nsid 1 lba 8589934576 len 8 prp 0x1000 0xabcdef000");
	cmd.opc = SPDK_NVME_OPC_WRITE_ZEROES;
	check_command(3, &cmd, "WRITE ZEROES qid 3 cid 12 nsid 1 lba 8589934576 len 8");
	cmd.opc = SPDK_NVME_OPC_FLUSH;
	check_command(3, &cmd, "FLUSH qid 3 cid 12 nsid 1");
}

static void
an_sgl_is_told_by_its_first_descriptor(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_READ, .cid = 1, .nsid = 2};

	cmd.psdt = SPDK_NVME_PSDT_SGL_MPTR_CONTIG;
	cmd.dptr.sgl1.address = 0x2000;
	cmd.dptr.sgl1.unkeyed.type = SPDK_NVME_SGL_TYPE_LAST_SEGMENT;
	cmd.dptr.sgl1.unkeyed.length = 48;
	check_command(1, &cmd, "READ qid 1 cid 1 nsid 2 lba 0 len 1 sgl 3/0 addr 0x2000 bytes 48");
	memset(&cmd.dptr.sgl1, 0, sizeof(cmd.dptr.sgl1));
	cmd.dptr.sgl1.keyed.type = SPDK_NVME_SGL_TYPE_KEYED_DATA_BLOCK;
	cmd.dptr.sgl1.keyed.length = 512;
	cmd.dptr.sgl1.keyed.key = 0xfedcba98;
	check_command(
		1, &cmd,
		"READ qid 1 cid 1 nsid 2 lba 0 len 1 sgl 4/0 addr 0x0 bytes 512 key 0xfedcba98");
}

static void
the_same_opcode_is_another_command_on_the_admin_queue(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = 0x01, .cid = 5, .cdw10 = 0x3f0001, .cdw11 = 0x10001};

	cmd.dptr.prp.prp1 = 0x3000;
	check_command(
		0, &cmd,
		"CREATE IO SQ qid 0 cid 5 nsid 0 cdw10 0x3f0001 cdw11 0x10001 prp 0x3000 0x0");
	cmd.opc = SPDK_NVME_OPC_KEEP_ALIVE;
	check_command(0, &cmd, "KEEP ALIVE qid 0 cid 5 nsid 0");
	cmd.opc = SPDK_NVME_OPC_ZONE_MGMT_SEND;
	check_command(2, &cmd,
		      "ZONE MANAGEMENT SEND qid 2 cid 5 nsid 0 cdw10 0x3f0001 cdw11 0x10001 prp "
		      "0x3000 0x0");
}

static void
opcodes_without_a_name_are_numbers(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = 0xc0};

	check_command(0, &cmd, "VENDOR SPECIFIC (c0h) qid 0 cid 0 nsid 0 cdw10 0x0 cdw11 0x0");
	cmd.opc = 0x80;
	check_command(1, &cmd, "VENDOR SPECIFIC (80h) qid 1 cid 0 nsid 0 cdw10 0x0 cdw11 0x0");
	cmd.opc = 0x30;
	check_command(1, &cmd, "RESERVED (30h) qid 1 cid 0 nsid 0 cdw10 0x0 cdw11 0x0");
	cmd.opc = SPDK_OCSSD_OPC_VECTOR_RESET;
	check_command(1, &cmd, "OCSSD VECTOR CHUNK RESET qid 1 cid 0 nsid 0 cdw10 0x0 cdw11 0x0");
}

static void
commands_of_a_fabric_are_told_by_their_kind(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_FABRIC, .cid = 9};

	/* Data both ways is what its opcode says; they are described as those of others. */
	cmd.nsid = SPDK_NVMF_FABRIC_COMMAND_CONNECT;
	check_command(0, &cmd, "FABRIC CONNECT qid 0 cid 9 prp 0x0 0x0");
	cmd.nsid = 0xff;
	check_command(0, &cmd, "FABRIC VENDOR SPECIFIC qid 0 cid 9 prp 0x0 0x0");
	cmd.nsid = 0x02;
	check_command(0, &cmd, "FABRIC RESERVED qid 0 cid 9 prp 0x0 0x0");
}

/* Whatever the bits are, the text ends within its buffer. */
static void
the_longest_texts_fit(void **state)
{
	char text[NVME_COMMAND_TEXT_SIZE + 64];
	struct spdk_nvme_cpl cpl;
	struct spdk_nvme_cmd cmd;
	size_t longest = 0;

	memset(&cmd, 0xff, sizeof(cmd));
	memset(&cpl, 0xff, sizeof(cpl));
	for (int opc = 0; opc < 256; opc++) {
		for (int type = 0; type < 16; type++) {
			cmd.opc = (uint8_t)opc;
			cmd.psdt = type == 0 ? 0 : 1;
			cmd.dptr.sgl1.generic.type = (uint8_t)type;
			nvme_command_format(text, sizeof(text), (uint16_t)(opc % 2 - 1), &cmd);
			longest = strlen(text) > longest ? strlen(text) : longest;
		}
	}
	assert_in_range(longest, 60, NVME_COMMAND_TEXT_SIZE - 1);
	longest = 0;
	for (int status = 0; status < 2048; status++) {
		cpl.status.sc = (uint8_t)status;
		cpl.status.sct = (uint8_t)(status >> 8);
		nvme_completion_format(text, sizeof(text), UINT16_MAX, &cpl, SPDK_NVME_OPC_FABRIC);
		longest = strlen(text) > longest ? strlen(text) : longest;
	}
	assert_in_range(longest, 60, NVME_COMPLETION_TEXT_SIZE - 1);
}

static void
printing_is_one_line_of_the_log(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_READ, .cid = 7, .nsid = 1};
	struct spdk_nvme_cpl cpl = {.cdw0 = 0x10, .sqhd = 3, .cid = 7};

	cpl.status.sct = SPDK_NVME_SCT_COMMAND_SPECIFIC;
	cpl.status.sc = 0x82;
	cpl.status.dnr = 1;
	log_capture_start();
	spdk_nvme_print_command(1, &cmd);
	assert_one_notice("READ qid 1 cid 7 nsid 1 lba 0 len 1 prp 0x0 0x0\n");
	spdk_nvme_print_completion(1, &cpl);
	assert_one_notice("ATTEMPTED WRITE TO READ ONLY RANGE (COMMAND SPECIFIC, 01h/82h) qid 1 "
			  "cid 7 cdw0 0x10 sqhd 3 p 0 m 0 dnr 1\n");
	spdk_nvme_print_completion_ext(0, &cpl, SPDK_NVME_OPC_FABRIC);
	assert_one_notice("CONNECT INVALID PARAMETERS (COMMAND SPECIFIC, 01h/82h) qid 0 ");
	log_capture_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_io_has_its_blocks_and_its_data),
		cmocka_unit_test(an_sgl_is_told_by_its_first_descriptor),
		cmocka_unit_test(the_same_opcode_is_another_command_on_the_admin_queue),
		cmocka_unit_test(opcodes_without_a_name_are_numbers),
		cmocka_unit_test(commands_of_a_fabric_are_told_by_their_kind),
		cmocka_unit_test(the_longest_texts_fit),
		cmocka_unit_test(printing_is_one_line_of_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
