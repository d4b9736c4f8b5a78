#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Writes the skeleton of a new in-guest test: tests/guest/new-test.sh NAME "what it shows"
set -eu
name=${1:?usage: new-test.sh NAME "what it shows, one line"}
what=${2:?usage: new-test.sh NAME "what it shows, one line"}
cd "$(dirname "$0")"
[ ! -e "$name" ] || { echo "new-test.sh: tests/guest/$name exists already" >&2; exit 1; }
mkdir "$name"
printf '# SPDX-License-Identifier: BSD-2-Clause\nWAYS := dom0 domu\ninclude ../test.mk\n' >"$name/Makefile"
cat >"$name/main.c" <<END
/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * $name: $what
 */
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>

void test_main(void)
{
    check_eq(hc_xen_version(XENVER_pagesize, NULL), PAGE_SIZE, "page size");
}
END
echo "| \`$name\` | dom0, domu | $what |" >>INDEX.md
echo "tests/guest/$name/main.c is ready; run it with tests/guest/run --hv xen $name"
