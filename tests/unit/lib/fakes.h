/* SPDX-License-Identifier: BSD-2-Clause */
/* What the library said. */
#ifndef FAKES_H
#define FAKES_H

extern char said[8192];
void forget(void);

#endif
