#!/bin/sh
# SPDX-License-Identifier: MIT
# bootstrap.sh demo   install what the build needs, build, show the checks on a sample tenant
# bootstrap.sh test   install what the tests need too, build with gcc and clang, run every test
# Both may be repeated: what is already installed or built is left alone.
set -eu

build_packages="gcc libc6-dev make cmake pkg-config libcjson-dev libsqlite3-dev libssl-dev
    libcsv-dev libcurl4-openssl-dev"
test_packages="check valgrind clang libclang-rt-dev monitoring-plugins-basic python3
    python3-cryptography openssl ca-certificates jq strace iproute2 debootstrap mandoc
    shellcheck dpkg-dev file time"

say() {
    printf '\n== %s\n' "$*"
}

die() {
    printf 'bootstrap.sh: %s\n' "$*" >&2
    exit 1
}

usage() {
    sed -n '3,5s/^# //p' "$0"
    exit 2
}

# Prints the packages among the arguments that are not installed.
missing_packages() {
    for package in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) || state=
        case $state in
        ii*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

apt_install() {
    as_root apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 \
        install --no-install-recommends "$@"
}

apt_update() {
    say "apt-get update: the package lists are missing or old"
    as_root apt-get -q update || die "apt-get update failed: see its message above"
}

install_packages() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        die "no apt here: install the libraries by hand as docs/install.md says," \
            "then build with: cmake --preset release && cmake --build --preset release"
    fi
    missing=$(missing_packages "$@")
    if [ -z "$missing" ]; then
        say "All needed Debian packages are installed"
        return
    fi
    say "Installing Debian packages: $missing"
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        die "need root or sudo to install: $missing"
    fi
    for package in $missing; do
        if ! apt-cache show "$package" >/dev/null 2>&1; then
            apt_update
            break
        fi
    done
    # shellcheck disable=SC2086
    if ! apt_install $missing; then
        apt_update
        apt_install $missing || die "apt-get could not install: $missing"
    fi
}

check_compiler() {
    compiler=${CC:-cc}
    version=$("$compiler" -dumpversion 2>/dev/null) || die "no C compiler: $compiler"
    major=${version%%.*}
    least=10
    if "$compiler" --version | grep -q clang; then
        least=11
    fi
    [ "$major" -ge "$least" ] || die "$compiler is version $version, need $least or newer"
}

# build PRESET DIRECTORY [CMAKE OPTION...]
build() {
    preset=$1
    log=$2/bootstrap.log
    shift 2
    say "Building preset $preset $* (log: $log)"
    mkdir -p "${log%/*}"
    if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
        cat "$log"
        die "cmake could not configure preset $preset: see above"
    fi
    if ! cmake --build --preset "$preset" --parallel "$(nproc)" >>"$log" 2>&1; then
        grep -A 5 -E 'error|Error|warning:' "$log" || tail -n 30 "$log"
        die "preset $preset does not build: see above and $log"
    fi
    grep -A 5 'warning:' "$log" || true
}

run_demo() {
    # shellcheck disable=SC2086 # one word per package
    install_packages $build_packages
    check_compiler
    build release build
    say "A sample tenant, the collector, the checks"
    SAE_PROGRAM_DIR=$root/build SAE_PLUGIN_DIR=$root/build SAE_SUPPORT_DIR=$root/build \
        sh plugins/demo.sh
}

# A few seconds for each fuzzer, from its seeds: that they build and find nothing at once.
run_fuzzers() {
    for fuzzer in build-fuzz/fuzz_*; do
        if [ ! -f "$fuzzer" ] || [ ! -x "$fuzzer" ]; then
            continue
        fi
        name=${fuzzer##*/}
        seeds=tests/fuzz/seeds/${name#fuzz_}
        mkdir -p "build-fuzz/corpus/$name"
        set -- "build-fuzz/corpus/$name"
        if [ -d "$seeds" ]; then
            set -- "$@" "$seeds"
        fi
        if ! "$fuzzer" -max_total_time="${SAE_FUZZ_SECONDS:-5}" -verbosity=0 \
            -artifact_prefix=build-fuzz/ -print_final_stats=1 "$@" >"$fuzzer.log" 2>&1; then
            cat "$fuzzer.log"
            die "$name found something: see above"
        fi
        printf '%s: %s runs, nothing found\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$fuzzer.log")"
    done
}

run_tests() {
    # shellcheck disable=SC2086 # one word per package
    install_packages $build_packages $test_packages
    check_compiler
    build release build -DWITH_TESTS=ON -DSAE_WERROR=ON
    build clang build-clang -DSAE_WERROR=ON
    build asan build-asan -DSAE_WERROR=ON
    build fuzz build-fuzz -DSAE_WERROR=ON
    say "Fuzzers, ${SAE_FUZZ_SECONDS:-5} seconds each"
    run_fuzzers
    say "Unit tests, built with clang"
    ctest --preset clang -L unit -j "$(nproc)"
    say "Unit and end-to-end tests under AddressSanitizer and UndefinedBehaviorSanitizer"
    ctest --preset asan -L 'unit|e2e' -LE package -j "$(nproc)"
    say "All tests of the release build: unit, under valgrind, end to end, package, lint"
    ctest --preset release -j "$(nproc)"
}

root=$(cd "$(dirname "$0")" && pwd)
cd "$root"
case ${1:-} in
demo) run_demo ;;
test) run_tests ;;
*) usage ;;
esac
