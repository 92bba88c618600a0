# What the scripts of this folder share.

# The outside must not reach into the tests.
for name in $(compgen -e); do
    case $name in
    # What these scripts tell each other and the tests.
    HUBDRIFT_REPORTS_DIR) ;;
    AWS_* | HUBDRIFT_* | NO_COLOR | CLICOLOR* | FORCE_COLOR) unset "$name" ;;
    esac
done
export AWS_EC2_METADATA_DISABLED=true CARGO_TERM_COLOR=never
export CI_STARTED=${CI_STARTED:-$(date +%s)}

step() { printf '\n== %s (at %d s)\n' "$1" $(($(date +%s) - CI_STARTED)); }

# Says what isn't checked here; .ci/run lists such lines at its end.
skip() { printf 'SKIPPED: %s\n' "$1"; }

# Installs packages of Debian's, as far as that is possible here.
debian() {
    if [ "$(id -u)" -ne 0 ]; then
        printf 'only root can install: apt-get install %s\n' "$*" >&2
        return 1
    fi
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@"; } >/dev/null 2>&1
}
