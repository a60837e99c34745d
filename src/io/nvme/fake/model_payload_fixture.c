/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the data of an I/O lie: in one piece, in pages here and there, or in pieces of any length.
 */
#include "io/nvme/fake/model_fixture.h"

#define PAGE  4096
#define GUARD 0xb7

enum shape {
	SHAPE_WHOLE,
	SHAPE_PAGES,
	SHAPE_BLOCKS,
	SHAPE_ANY,
};

static void
add_piece(struct model_io *io, uint32_t at, uint32_t length)
{
	io->iov[io->iov_count].iov_base = io->area + at;
	io->iov[io->iov_count].iov_len = length;
	io->iov_count++;
}

/* As PRPs want them: all but the first begin a page, all but the last end one. */
static void
make_pages(struct model *model, struct model_io *io, uint32_t length)
{
	uint32_t offset = model_random(model, PAGE / 4) * 4, at = offset;
	uint32_t part = spdk_min(length, PAGE - offset);

	for (;;) {
		add_piece(io, at, part);
		length -= part;
		if (length == 0) {
			return;
		}
		at = (at + part + PAGE - 1) / PAGE * PAGE + (model_chance(model, 40) ? PAGE : 0);
		part = PAGE * (1 + model_random(model, 3));
		if (part > length || io->iov_count == MODEL_PIECES_MAX - 1) {
			part = length;
		}
	}
}

static void
make_pieces(struct model *model, struct model_io *io, uint32_t length, uint32_t unit)
{
	uint32_t at = model_random(model, PAGE / 4) * 4;

	while (length > 0) {
		uint32_t part = unit * (1 + model_random(model, 1 + length / unit / 3));

		if (part > length || io->iov_count == MODEL_PIECES_MAX - 1) {
			part = length;
		}
		add_piece(io, at, part);
		length -= part;
		at += part + model_random(model, 300) * 4;
	}
}

void
model_payload_make(struct model *model, struct model_io *io)
{
	uint32_t length = io->count * io->ns->stride;
	enum shape shape = model_random(model, model->opts.has_sgl ? 4 : 3);

	io->iov_count = 0;
	memset(io->area, GUARD, MODEL_AREA_SIZE);
	switch (shape) {
	case SHAPE_WHOLE:
		add_piece(io, model_random(model, PAGE / 4) * 4, length);
		break;
	case SHAPE_PAGES:
		make_pages(model, io, length);
		break;
	case SHAPE_BLOCKS:
		make_pieces(model, io, length, io->ns->stride);
		break;
	case SHAPE_ANY:
		make_pieces(model, io, length, 4);
		break;
	}
}

void
model_payload_scatter(struct model_io *io)
{
	const uint8_t *from = io->linear;

	for (uint32_t i = 0; i < io->iov_count; i++) {
		memcpy(io->iov[i].iov_base, from, io->iov[i].iov_len);
		from += io->iov[i].iov_len;
	}
}

static void
check_guard(struct model_io *io, uint8_t *from, uint8_t *to)
{
	for (; from < to; from++) {
		if (*from != GUARD) {
			model_fail(io->model, "kind %d: byte %td beside the pieces was written",
				   io->kind, from - io->area);
		}
	}
}

void
model_payload_gather(struct model_io *io)
{
	uint8_t *to = io->linear, *last = io->area;

	for (uint32_t i = 0; i < io->iov_count; i++) {
		check_guard(io, last, io->iov[i].iov_base);
		memcpy(to, io->iov[i].iov_base, io->iov[i].iov_len);
		to += io->iov[i].iov_len;
		last = (uint8_t *)io->iov[i].iov_base + io->iov[i].iov_len;
	}
	check_guard(io, last, spdk_min(last + PAGE, io->area + MODEL_AREA_SIZE));
}

void
model_payload_reset(void *arg, uint32_t offset)
{
	struct model_io *io = arg;

	io->iov_at = 0;
	while (offset >= io->iov[io->iov_at].iov_len && io->iov_at < io->iov_count) {
		offset -= io->iov[io->iov_at++].iov_len;
	}
	io->iov_offset = offset;
}

int
model_payload_next(void *arg, void **address, uint32_t *length)
{
	struct model_io *io = arg;

	if (io->iov_at == io->iov_count) {
		model_fail(io->model, "kind %d: a piece after the last was asked for", io->kind);
	}
	*address = (uint8_t *)io->iov[io->iov_at].iov_base + io->iov_offset;
	*length = (uint32_t)io->iov[io->iov_at].iov_len - io->iov_offset;
	io->iov_at++;
	io->iov_offset = 0;
	return 0;
}
