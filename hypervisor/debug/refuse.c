/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug build: the place where a guest's request was refused. */
#include <hv/check.h>
#include <hv/lib.h>

void refuse_trace(int err, const char *file, int line)
{
    hv_log(LOG_DEBUG, "refused with %d at %s:%d", -err, file, line);
}
