# Packages of Debian, installed where they are missing. Sourced by the editors' tests.

# need COMMAND PACKAGE...: installs the packages if the command is not there.
need() {
    local command=$1
    shift
    command -v "$command" >/dev/null 2>&1 && return 0
    if [ "$(id -u)" != 0 ]; then
        echo "$command is missing: install $*" >&2
        return 1
    fi
    refresh
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# refresh: reads the lists of packages once for a whole run.
refresh() {
    [ -n "${AMLENV_APT_REFRESHED:-}" ] && return 0
    apt-get update -qq
    export AMLENV_APT_REFRESHED=1
}
