#!/usr/bin/env bash
# All code is formatted as .clang-format says, and no comment is wider than its columns.
set -euo pipefail

version=14  # of Debian 12; others format differently
columns=100

if ! clang-format --version 2> /dev/null | grep -q "version $version\."; then
    echo "SKIPPED: no clang-format $version"
    exit 77
fi
folders=(api bench core storage templates tests)
mapfile -d '' files < <(find "${folders[@]}" \( -name '*.cc' -o -name '*.h' \) -print0)
status=0
printf '%s\0' "${files[@]}" | xargs -0 -n 40 -P "$(nproc)" clang-format --dry-run -Werror || status=1
# clang-format leaves comments as they are.
LC_ALL=C.UTF-8 grep -nP "^(?= *//).{$((columns + 1))}" "${files[@]}" && status=1
exit $status
