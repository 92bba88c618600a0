# What the scripts of this folder share.

# The outside must not reach into the tests.
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
export AWS_EC2_METADATA_DISABLED=true CARGO_TERM_COLOR=never
export HUBDRIFT_CI_STARTED=${HUBDRIFT_CI_STARTED:-$(date +%s)}

step() { printf '\n== %s (at %d s)\n' "$1" $(($(date +%s) - HUBDRIFT_CI_STARTED)); }

# Says what isn't checked here; .ci/run lists such lines at its end.
skip() { printf 'SKIPPED: %s\n' "$1"; }

# Installs packages of Debian's, as far as that is possible here.
debian() {
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@"; } >/dev/null 2>&1
}
