/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of CPUs for vCPUs; see cpulist.h. */
#include <inttypes.h>

#include "conf/cpulist.h"

int conf_cpus(const struct conf *conf, const char *key, struct cpuset *sets, unsigned int vcpus,
              struct fail *f)
{
    const struct conf_value *value = conf_item(conf, key, 0);
    char number[24];

    if (!value || (value->type == CONF_NUMBER && value->number == -1))
        return 0;
    for (unsigned int i = 0; i < vcpus; i++) {
        const struct conf_value *next = conf_item(conf, key, i);
        const char *text = number;

        value = next ? next : value;
        if (value->type == CONF_STRING)
            text = value->text;
        else
            snprintf(number, sizeof(number), "%" PRId64, value->number);
        if (!cpuset_parse(text, &sets[i]))
            return conf_fail(conf, key, value, f, "'%s' is not a set of CPUs (like 0-3,^2 or all)",
                             text);
    }
    return 1;
}
