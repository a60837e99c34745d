/* SPDX-License-Identifier: BSD-3-Clause */
/* What both kinds of ends have in common. */
#include "dd_end.h"

#include "spdk/env.h"

void
dd_end_submit(struct dd_end *end, struct dd_request *request)
{
	request->end = end;
	request->rc = 0;
	end->functions->submit(request);
}

void
dd_end_interrupt(struct dd_end *end)
{
	if (end->functions->interrupt != NULL) {
		end->functions->interrupt(end);
	}
}

void
dd_end_close(struct dd_end *end)
{
	if (end != NULL) {
		free(end->name);
		free(end->identity);
		free(end->stamp);
		end->functions->close(end);
	}
}

void
dd_request_done(struct dd_request *request, int rc)
{
	request->rc = rc;
	request->done(request);
}

void
dd_request_fini(struct dd_request *request)
{
	spdk_dma_free(request->bounce);
	request->bounce = NULL;
	request->bounce_size = 0;
}
