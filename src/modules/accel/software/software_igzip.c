/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deflate by the igzip of ISA-L. A channel has the state for one stream each way, about half a MiB,
 * of which a page is there when it was used.
 */
#include "modules/accel/software/software_internal.h"
#include "spdk/util.h"

#include <isa-l/igzip_lib.h>

struct software_codec {
	struct isal_zstream deflate;
	struct inflate_state inflate;
	uint8_t level_buf[ISAL_DEF_LVL3_DEFAULT] __attribute__((aligned(16)));
};

static const uint32_t g_level_buf_sizes[] = {ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT,
					     ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};

bool
software_has_compression(void)
{
	return true;
}

int
software_codec_create(struct software_codec **out_codec)
{
	*out_codec = calloc(1, sizeof(**out_codec));
	return *out_codec != NULL ? 0 : -ENOMEM;
}

void
software_codec_destroy(struct software_codec *codec)
{
	free(codec);
}

int
software_get_level_range(enum spdk_accel_comp_algo algo, uint32_t *min_level, uint32_t *max_level)
{
	if (algo != SPDK_ACCEL_COMP_ALGO_DEFLATE) {
		return -ENOTSUP;
	}
	*min_level = ISAL_DEF_MIN_LEVEL;
	*max_level = SPDK_COUNTOF(g_level_buf_sizes) - 1;
	return 0;
}

static void
begin_deflate(struct software_codec *codec, uint32_t level)
{
	struct isal_zstream *stream = &codec->deflate;

	isal_deflate_init(stream);
	/* It leaves what is said of the buffers of the stream before. */
	stream->avail_in = 0;
	stream->avail_out = 0;
	stream->level = level;
	stream->level_buf = codec->level_buf;
	stream->level_buf_size = g_level_buf_sizes[level];
}

int
software_compress(struct software_codec *codec, struct spdk_accel_task *task)
{
	struct software_cursor src = software_cursor_of(task->s.iovs, task->s.iovcnt);
	struct software_cursor dst = software_cursor_of(task->d.iovs, task->d.iovcnt);
	struct isal_zstream *stream = &codec->deflate;
	uint64_t left = task->nbytes;
	void *bytes = NULL;

	begin_deflate(codec, task->comp.level);
	do {
		if (stream->avail_in == 0 && left > 0) {
			stream->avail_in = (uint32_t)software_cursor_next(&src, INT_MAX, &bytes);
			stream->next_in = bytes;
			left -= stream->avail_in;
		}
		stream->end_of_stream = left == 0;
		if (stream->avail_out == 0) {
			stream->avail_out = (uint32_t)software_cursor_next(&dst, INT_MAX, &bytes);
			if (stream->avail_out == 0) {
				return -ENOMEM;
			}
			stream->next_out = bytes;
		}
		if (isal_deflate(stream) != COMP_OK) {
			return -EIO;
		}
	} while (stream->internal_state.state != ZSTATE_END);
	if (task->output_size != NULL) {
		*task->output_size = stream->total_out;
	}
	return 0;
}

/*
 * What a stream writes to that has more than there is room for. The end of one that just fits may
 * still be unread when the room is full, and is looked for with this.
 */
struct overflow {
	uint8_t byte;
	bool is_used;
};

static void
give_room(struct inflate_state *stream, struct software_cursor *dst, struct overflow *overflow)
{
	void *bytes = NULL;

	stream->avail_out = (uint32_t)software_cursor_next(dst, INT_MAX, &bytes);
	stream->next_out = bytes;
	if (stream->avail_out == 0) {
		overflow->is_used = true;
		stream->next_out = &overflow->byte;
		stream->avail_out = 1;
	}
}

/* All of the stream is read, and all that was in it is written. */
static bool
is_inflated(const struct inflate_state *stream)
{
	return stream->block_state == ISAL_BLOCK_FINISH ||
	       (stream->block_state == ISAL_BLOCK_INPUT_DONE &&
		stream->tmp_out_valid == stream->tmp_out_processed);
}

int
software_decompress(struct software_codec *codec, struct spdk_accel_task *task)
{
	struct software_cursor src = software_cursor_of(task->s.iovs, task->s.iovcnt);
	struct software_cursor dst = software_cursor_of(task->d.iovs, task->d.iovcnt);
	struct inflate_state *stream = &codec->inflate;
	struct overflow overflow = {0};
	void *bytes = NULL;

	isal_inflate_init(stream);
	stream->avail_in = 0;
	stream->avail_out = 0;
	do {
		if (stream->avail_in == 0) {
			stream->avail_in = (uint32_t)software_cursor_next(&src, INT_MAX, &bytes);
			stream->next_in = bytes;
		}
		if (stream->avail_out == 0) {
			if (overflow.is_used) {
				return -ENOMEM;
			}
			give_room(stream, &dst, &overflow);
		}
		if (isal_inflate(stream) < 0) {
			return -EILSEQ;
		}
		if (stream->avail_in == 0 && stream->avail_out != 0 && src.count == 0 &&
		    !is_inflated(stream)) {
			return -EILSEQ;
		}
	} while (!is_inflated(stream));
	if (overflow.is_used && stream->avail_out == 0) {
		return -ENOMEM;
	}
	if (task->output_size != NULL) {
		*task->output_size = stream->total_out;
	}
	return 0;
}
