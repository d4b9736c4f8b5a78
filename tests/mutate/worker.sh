# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# One worker of tests/mutate/run: a copy of the tree in $tree, what was built of it without a mutation in
# $tree.clean.  A mutation changes one source, make builds what depends on it, and both are put back.

# shellcheck disable=SC2154 # work, top, lists, mutation and verbose are run's

# say KIND ID TEXT: a result.
say() {
    echo "$1 $2: $3" >>"$work/results"
    if [ "$1" != caught ] && [ "$1" != equal ] || [ -n "$verbose" ]; then echo "$1 $2: $3"; fi
}

# take K: the next line of the list.  Even workers take from its front, odd ones from its end, so that each
# builds few rooms.
take() {
    local front back total
    (
        flock 9
        read -r front back <"$work/taken"
        total=$(wc -l <"$work/todo")
        [ $((front + back)) -lt "$total" ] || exit 1
        if [ $(($1 % 2)) = 0 ]; then
            front=$((front + 1))
            sed -n "${front}p" "$work/todo"
        else
            sed -n "$((total - back))p" "$work/todo"
            back=$((back + 1))
        fi
        echo "$front $back" >"$work/taken"
    ) 9>"$work/lock"
}

# compile TESTS: build their programs; warnings are not what is asked here.
compile() {
    local dir=$tree/tests/$1
    case $1 in
    guest/*)
        make -s -C "$tree/hypervisor" CC='gcc -w' "$tree/build/hypervisor/hospes.elf" &&
            make -s -C "$tree/tests/guest" "${1#*/}"
        ;;
    fuzz/*) make -s -C "$dir" CC='clang-14 -w' build ;;
    *) make -s -C "$dir" CC='gcc -w' build ;;
    esac
}

# try TESTS SECONDS: run them; status 124 at the time limit.  An in-guest kernel has its own limit (TIMEOUT of
# tests/guest/run), as it may wait long for one of the machine's few emulators.
try() {
    local run=(make -s -C "$tree/tests/$1" CC='gcc -w' check) limit=$2
    case $1 in
    guest/*) run=("$tree/tests/guest/run" "${1#*/}") limit=0 ;;
    fuzz/*) run=(make -s -C "$tree/tests/$1" CC='clang-14 -w' SECONDS=20 check) ;;
    esac
    CRITERION_FAIL_FAST=1 timeout -k 5 "$limit" "${run[@]}"
}

# clean TESTS: build and run them once without a mutation, to be able to put things back and to know how
# long they take; five times that, and 20 s, is their time limit.  Status 1: they fail.
declare -A limit
clean() {
    local from
    [ -z "${limit[$1]:-}" ] || return "$((limit[$1] == 0))"
    limit[$1]=0
    compile "$1" >"$tree.log" 2>&1 || return 1
    mkdir -p "$tree.clean"
    cp -au "$tree/build/." "$tree.clean"
    from=$SECONDS
    try "$1" 600 >>"$tree.log" 2>&1 || return 1
    limit[$1]=$(((SECONDS - from) * 5 + ${MUTATE_GRACE:-20}))
}

# restore FILE: the source and everything that was built since the stamp.
restore() {
    local file
    mv "$tree.source" "$tree/$1"
    (cd "$tree" && find build -type f -newer "$tree.stamp") | while read -r file; do
        cp -p "$tree.clean/${file#build/}" "$tree/$file" 2>/dev/null || rm -f "${tree:?}/$file"
    done
}

# judge ID FILE TESTS WHY EQUAL: the tree is broken by now.
judge() {
    local tests status
    for tests in $3; do
        compile "$tests" >"$tree.log" 2>&1 || {
            say error "$1" "does not build: $(grep -m 1 -E 'error|undefined' "$tree.log")"
            return
        }
        try "$tests" "${limit[$tests]}" >"$tree.log" 2>&1
        status=$?
        [ $status = 0 ] && continue
        if [ "$5" != - ]; then
            say error "$1" "$tests saw it, but it is marked as one that no test can see"
        else
            say caught "$1" "$tests$([ $status != 124 ] && [ $status != 137 ] || echo ", time limit")"
        fi
        return
    done
    if [ "$5" != - ]; then
        say equal "$1" "$5"
    else
        say SURVIVED "$1" "$2: $4 ($3)"
    fi
}

worker() { # K
    local id file tests why equal each
    tree=$work/w$1
    mkdir -p "$tree" && (cd "$top" && tar -c --exclude=./build --exclude=./.cache --exclude=./.git .) | tar -x -C "$tree" || return
    while IFS=$'\t' read -r id file tests why equal < <(take "$1"); do
        for each in $tests; do
            clean "$each" || {
                say error "$id" "$each fails without a mutation: $(tail -n 1 "$tree.log")"
                continue 2
            }
        done
        cp -p "$tree/$file" "$tree.source"
        touch "$tree.stamp"
        "$mutation" apply "$tree" "$id" "$work"/*.list && judge "$id" "$file" "$tests" "$why" "$equal"
        restore "$file"
    done
}
