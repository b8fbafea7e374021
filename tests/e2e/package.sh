#!/bin/sh
# SPDX-License-Identifier: MIT
# In a bare Debian root: the package installs, the demo runs from the installed paths as its
# own user, purge leaves nothing; then ./bootstrap.sh demo works from a clean source tree.
# Not sanitized: it is what is packaged that is installed.
set -eu

skip() {
    printf 'SKIPPED, the package was NOT tried: %s\n' "$*"
    exit 77
}

fail() {
    printf 'FAILED: %s\n' "$*"
    exit 1
}

say() {
    printf '\n== %s\n' "$*"
}

# Everything is mounted in a mount namespace of this process, and so goes away with it.
if [ "${1:-}" != --inside ]; then
    [ "$(id -u)" -eq 0 ] || skip "not root"
    for tool in debootstrap apt-get cpack unshare readelf; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    unshare --mount --propagation unchanged true 2>/dev/null ||
        skip "no mount namespaces here"
    exec unshare --mount --propagation unchanged "$0" --inside
fi
# Fails where / is no mount point, that is in a chroot: clean_up undoes the mount anyway.
mount --make-rprivate / 2>/dev/null || true

umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/smtp-auth-package.XXXXXX")
root=$work/root
log=$work/log

clean_up() {
    umount "$root/proc" 2>/dev/null || true
    if ! grep -q " $root/" /proc/self/mounts; then
        rm -rf --one-file-system "$work"
    fi
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# Runs a command in the root and shows what it said only if it failed.
quietly() {
    inside "$@" >"$log" 2>&1 || {
        cat "$log"
        fail "$*"
    }
}

inside() {
    env -i PATH="$PATH" LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root \
        chroot "$root" "$@"
}

# The machine's own Debian archives, as lines of a sources.list.
sources() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' | sort -u
}

make_root() {
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    mirror=$(sources | awk -v release="$release" '$3 == release { print $2; exit }')
    [ -n "$mirror" ] || skip "apt knows no Debian archive of $release (apt-get update?)"
    say "A bare root: $release"
    debootstrap --variant=minbase "$release" "$root" "$mirror" >"$log" 2>&1 || {
        tail -n 20 "$log"
        skip "debootstrap could not make a root"
    }
    umount "$root/proc" 2>/dev/null || true
    mount -t proc proc "$root/proc"
    sources >"$root/etc/apt/sources.list"
    apt-config dump Acquire >"$root/etc/apt/apt.conf.d/99machine"
    for file in /etc/hosts /etc/resolv.conf; do
        if [ -e "$file" ]; then
            cp "$file" "$root/etc/"
        fi
    done
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
    quietly apt-get -q update
}

# Every path but the package manager's own records, caches, logs and backups.
paths() {
    (cd "$root" && find . -path ./proc -prune -o -path ./sys -prune -o -path ./dev -prune -o \
        -path ./var/lib/dpkg -prune -o -path ./var/lib/apt -prune -o \
        -path ./var/cache -prune -o -path ./var/log -prune -o -path ./run -prune -o -print) |
        grep -Ev '^\./etc/(passwd|group|shadow|gshadow|subuid|subgid)-$' | sort
}

expect_mode() {
    found=$(inside stat -c '%a %U:%G' "$1")
    [ "$found" = "$2" ] || fail "$1 is $found, not $2"
}

# A check links libc and cJSON only: it starts in a millisecond and cannot open a socket.
expect_small() {
    for program in "$root"/usr/lib/nagios/plugins/check_smtp_auth*; do
        readelf -d "$program" | grep NEEDED |
            grep -Ev 'libc\.so|libcjson\.so|ld-linux' && fail "$program links more"
    done
    return 0
}

expect_hardened() {
    for program in "$root"/usr/bin/smtp_auth_* "$root"/usr/lib/nagios/plugins/check_smtp_*; do
        readelf -hdlW "$program" >"$log"
        for mark in 'DYN (Position-Independent' BIND_NOW GNU_RELRO; do
            grep -q "$mark" "$log" || fail "$program lacks $mark"
        done
    done
}

# All checks said something and the data was complete.
expect_demo() {
    for check in _tenant _mailboxes _signins _senders _health ''; do
        grep -q "^\$ check_smtp_auth$check " "$1" || fail "no check_smtp_auth$check in the demo"
    done
    lines=$(grep -Ec '^SMTP AUTH (OK|WARNING|CRITICAL) - ' "$1") || true
    [ "$lines" -ge 6 ] || fail "only $lines checks gave a verdict"
    if grep -q 'SMTP AUTH UNKNOWN' "$1"; then
        fail "the demo shows UNKNOWN"
    fi
}

test_package() {
    say "Building the package"
    (cd "$SAE_BIN" && cpack -G DEB -B "$work/deb") >"$log" 2>&1 || {
        cat "$log"
        fail "cpack"
    }
    package=$(echo "$work"/deb/*.deb)
    dpkg-deb --field "$package" Package Version Architecture Depends
    cp "$package" "$root/root/smtp-auth.deb"
    # apt recommends it, and so leaves it and what it needs when nobody else does any more.
    quietly apt-get -q -y --no-install-recommends install ca-certificates
    paths >"$work/before"

    say "Installing it"
    quietly apt-get -q -y --no-install-recommends install /root/smtp-auth.deb
    expect_mode /var/lib/smtp-auth '2750 smtp-auth:smtp-auth'
    expect_mode /etc/smtp-auth '755 root:root'
    expect_mode /etc/smtp-auth/smtp-auth.conf '644 root:root'
    expect_mode /usr/bin/smtp_auth_collect '755 root:root'
    expect_mode /usr/lib/nagios/plugins/check_smtp_auth '755 root:root'
    inside grep -qx /etc/smtp-auth/smtp-auth.conf \
        /var/lib/dpkg/info/smtp-auth.conffiles || fail "the configuration is no conffile"
    expect_small
    expect_hardened

    say "The demo as user smtp-auth"
    inside ls -A /tmp >"$work/tmp-before"
    inside runuser -u smtp-auth -- /usr/lib/smtp-auth/demo >"$work/demo" 2>&1 || {
        cat "$work/demo"
        fail "the demo"
    }
    cat "$work/demo"
    expect_demo "$work/demo"
    inside ls -A /tmp | diff "$work/tmp-before" - || fail "the demo left files behind"
    quietly runuser -u smtp-auth -- smtp_auth_collect --check-config

    say "Installing it again keeps the administrator's configuration"
    echo '# mine' >>"$root/etc/smtp-auth/smtp-auth.conf"
    quietly apt-get -q -y --reinstall install /root/smtp-auth.deb
    grep -qx '# mine' "$root/etc/smtp-auth/smtp-auth.conf" || fail "it was replaced"

    say "Purging it"
    quietly apt-get -q -y --auto-remove purge smtp-auth
    paths | diff "$work/before" - || fail "purge left or took something"
    if grep -l smtp-auth "$root"/etc/passwd "$root"/etc/group "$root"/etc/shadow \
        "$root"/etc/gshadow; then
        fail "purge left the user or the group"
    fi
    echo "Nothing is left."
}

# What a clone would hold, with changes that are not committed yet.
copy_source() {
    mkdir "$root/root/source"
    if git -C "$SAE_SRC" rev-parse --git-dir >/dev/null 2>&1; then
        (cd "$SAE_SRC" && git ls-files -z --cached --others --exclude-standard |
            tar -c --null --ignore-failed-read -T -)
    else
        tar -c -C "$SAE_SRC" --exclude='./build*' .
    fi | tar -x -C "$root/root/source"
    rm -rf "$root/root/source/.git"
}

test_bootstrap() {
    say "./bootstrap.sh demo in the bare root"
    copy_source
    inside sh -c 'cd /root/source && ./bootstrap.sh demo' >"$work/demo" 2>&1 || {
        tail -n 40 "$work/demo"
        fail "./bootstrap.sh demo"
    }
    expect_demo "$work/demo"
    inside sh -c 'cd /root/source && ./bootstrap.sh demo' >"$work/demo" 2>&1 ||
        fail "./bootstrap.sh demo for the second time"
    grep -q 'All needed Debian packages are installed' "$work/demo" ||
        fail "the second run installed something again"
    echo "It works, twice."
}

make_root
test_package
test_bootstrap
