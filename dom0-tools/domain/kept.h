/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configs that are kept of a running domain: what xend starts it from again, and its definition
 * if it is managed.  Devices that come and go at run time are in both, so a reboot keeps them.
 */
#ifndef DOMAIN_KEPT_H
#define DOMAIN_KEPT_H

#include "conf/conf.h"
#include "domain/device.h"

/* Adds @text to the list @key, or takes item @i out of it. */
void config_list_append(struct conf *conf, const char *key, const char *text);
void config_list_drop(struct conf *conf, const char *key, size_t i);

/* Changes both configs by @change, which may say false to leave one alone; 0, or -1 with ts->fail.
 */
typedef bool (*kept_fn)(struct toolstack *ts, struct conf *conf, const void *arg);
int kept_change(struct toolstack *ts, uint32_t domid, kept_fn change, const void *arg);

/* The device that @spec describes has come; the device @at is going (its nodes still stand). */
int kept_device_added(struct toolstack *ts, uint32_t domid, const struct device_class *class,
                      const char *spec);
int kept_device_gone(struct toolstack *ts, const struct device_at *at);

#endif
