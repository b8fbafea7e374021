#!/bin/sh
# SPDX-License-Identifier: MIT
# bootstrap.sh demo       install what the build needs, build, show the checks on a sample tenant
# bootstrap.sh test       install what the tests need too, the monitoring systems among them,
#                         build with gcc and clang, run the tests
# bootstrap.sh test-long  the same, and what takes long: everything under valgrind
# Each may be repeated: what is already installed or built is left alone.
set -eu

build_packages="gcc libc6-dev make cmake pkg-config libcjson-dev libsqlite3-dev libssl-dev
    libcsv-dev libcurl4-openssl-dev"
test_packages="check valgrind clang libclang-rt-dev monitoring-plugins-basic python3
    python3-cryptography openssl ca-certificates jq strace iproute2 debootstrap mandoc
    shellcheck dpkg-dev file time procps curl"
# The real systems that the tests start, on loopback and from folders of their own.
daemon_packages="nagios4-core nagios4-cgi apache2 nagios-nrpe-server nagios-nrpe-plugin
    icinga2-bin collectd-core collectd-dev collectd-utils librrd8 libmicrohttpd12
    libprotobuf-c1 libgcrypt20 libyajl2 libcurl3-gnutls rrdtool prometheus influxdb
    influxdb-client graphite-carbon graphite-web postgresql zabbix-server-pgsql
    zabbix-agent zabbix-frontend-php php-cli php-pgsql chromium fonts-dejavu-core
    python3-yaml icinga2-common"

say() {
    printf '\n== %s\n' "$*"
}

die() {
    printf 'bootstrap.sh: %s\n' "$*" >&2
    exit 1
}

usage() {
    sed -n '3,7s/^# //p' "$0"
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
        if ! is_known "$package"; then
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

is_known() {
    apt-cache show "$1" >/dev/null 2>&1
}

# available PACKAGE...: prints those that this machine's archives have.
available() {
    for package in "$@"; do
        if ! is_known "$package"; then
            apt_update >&2
            break
        fi
    done
    for package in "$@"; do
        if is_known "$package"; then
            printf '%s ' "$package"
        else
            say "NOT to be had here: $package, the tests that need it will be skipped" >&2
        fi
    done
}

# Packages of servers start them at once, some on every address: not here, unless the
# administrator has a policy of his own.
install_quietly() {
    policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then
        install_packages "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' | as_root sh -c "cat >$policy && chmod 755 $policy"
    trap 'as_root rm -f "$policy"' EXIT
    install_packages "$@"
    as_root rm -f "$policy"
    trap - EXIT
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
        if ! "$fuzzer" -max_total_time="${SAE_FUZZ_SECONDS:-3}" -verbosity=0 \
            -artifact_prefix=build-fuzz/ -print_final_stats=1 "$@" >"$fuzzer.log" 2>&1; then
            cat "$fuzzer.log"
            die "$name found something: see above"
        fi
        printf '%s: %s runs, nothing found\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$fuzzer.log")"
    done
}

# run_tests ON|OFF: with the long ones or without
run_tests() {
    # shellcheck disable=SC2086 # one word per package
    install_packages $build_packages $test_packages
    # shellcheck disable=SC2046,SC2086
    install_quietly $(available $daemon_packages)
    check_compiler
    set -- -DSAE_WERROR=ON "-DSAE_LONG_TESTS=$1"
    build release build -DWITH_TESTS=ON "$@"
    build asan build-asan "$@"
    build fuzz build-fuzz "$@"
    say "Fuzzers, ${SAE_FUZZ_SECONDS:-3} seconds each"
    run_fuzzers
    # The real systems wait more than they work, so other tests run beside them. What they do in
    # time depends on this load: a test of theirs that fails is run once more.
    ctest --preset release -L daemon -j 2 --repeat until-pass:2 >build/daemons.log 2>&1 &
    daemons=$!
    failed=
    say "Unit and end-to-end tests under AddressSanitizer and UndefinedBehaviorSanitizer (clang)"
    ctest --preset asan -L 'unit|e2e' -j "$(nproc)" || failed="under the sanitizers"
    say "The real monitoring systems"
    wait "$daemons" || failed="${failed:+$failed and }of the monitoring systems"
    cat build/daemons.log
    grep -h '^really running: ' build/Testing/Temporary/LastTest.log | sort -u
    say "Tests of the release build (gcc): unit, end to end, package, lint"
    ctest --preset release -LE daemon -j "$(($(nproc) + 1))" ||
        failed="${failed:+$failed and }of the release build"
    [ -z "$failed" ] || die "tests $failed failed: see above"
}

root=$(cd "$(dirname "$0")" && pwd)
cd "$root"
case ${1:-} in
demo) run_demo ;;
test) run_tests OFF ;;
test-long) run_tests ON ;;
*) usage ;;
esac
