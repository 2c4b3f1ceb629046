# Sourced by the scripts here: what they need on a bare Debian 12 or Ubuntu.

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# Packages by name: SQLite to link against, the allocator that processes are begun with, what the Swift toolchain itself
# links and runs with, curl.
packages=(libsqlite3-dev libjemalloc2 libxml2 libncurses6 zlib1g-dev libstdc++-12-dev libc6-dev binutils git ca-certificates curl
    tzdata)

# A Swift toolchain, and every package of `packages`.
need_all() {
    command -v swift >/dev/null 2>&1 ||
        die "no Swift toolchain in PATH; install Swift 6.1 or newer (https://www.swift.org/install/linux/)"
    # The toolchain does not start without some of them.
    need_packages
    local said version
    said=$(swift --version 2>&1) || die "the Swift toolchain does not start: $said"
    version=$(sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' <<<"$said" | head -n 1)
    case "$version" in
        6.[1-9]* | 6.[1-9] | [7-9].* | [1-9][0-9].*) ;;
        *) die "Swift 6.1 or newer is needed, found ${version:-an unknown version}" ;;
    esac
}

# Installs only what is missing, and asks the network only then.
need_packages() {
    command -v dpkg-query >/dev/null 2>&1 || return 0
    local missing=() name
    for name in "${packages[@]}"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
    done
    # Another release has another compiler: any C++ library that links will do.
    if [[ " ${missing[*]:-} " == *" libstdc++-12-dev "* ]] && compgen -G '/usr/lib/gcc/*/*/libstdc++.so' >/dev/null; then
        missing=("${missing[@]/libstdc++-12-dev/}")
    fi
    local wanted=()
    for name in "${missing[@]:-}"; do [[ -n "$name" ]] && wanted+=("$name"); done
    [[ ${#wanted[@]} -eq 0 ]] && return 0
    local root=()
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null 2>&1 || die "missing packages: ${wanted[*]} (not root, and no sudo)"
        root=(sudo)
    fi
    say "installing ${wanted[*]}"
    # apt speaks on standard error, so that standard output stays the caller's.
    "${root[@]}" apt-get update -q >&2 || die "apt-get update failed"
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${wanted[@]}" >&2 ||
        die "apt-get install ${wanted[*]} failed"
}
