/* SPDX-License-Identifier: BSD-2-Clause */
/* What was measured, as text: JSON by schema/, and Prometheus' format by docs/MONITORING.md. */
#ifndef HTTP_RENDER_H
#define HTTP_RENDER_H

#include "http/happenings.h"
#include "http/routes.h"
#include "http/sample.h"

/* The text of every route, malloc'ed. */
void render_all(const struct sample *sample, const struct happenings *h, char *text[ROUTE_COUNT]);

/* Prometheus' text alone, malloc'ed. */
char *render_metrics(const struct sample *sample);

#endif
