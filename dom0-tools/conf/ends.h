/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do when a domain ends, with the defaults of the two dialects. */
#ifndef CONF_ENDS_H
#define CONF_ENDS_H

#include "conf/conf.h"

/*
 * The action for @key, one of on_poweroff, on_reboot and on_crash: what a checked config says, with
 * on_shutdown as the older name of on_poweroff, else the default.  That of on_crash is restart in
 * xm (xend's), but destroy in xl (xl.cfg(5)).
 */
const char *conf_end_action(const struct conf *conf, const char *key, bool xl);

#endif
