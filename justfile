# The commands people type. CI types the same ones (.ci/run).

# the fast inner loop: the core and its tests, without the SDK
core:
    cargo test --no-default-features

# everything
test:
    cargo test

# the main job on a built-in scenario
demo:
    cargo run --release -- demo

# formatting and lints, as CI sees them
lint:
    cargo fmt --check
    cargo clippy --no-default-features --all-targets -- -D warnings
    cargo clippy --all-targets -- -D warnings

# write schemas/ anew from the code
schemas:
    UPDATE_SCHEMAS=1 cargo test --no-default-features schema

# write docs/rules/ anew from policies/
rule-pages:
    UPDATE_DOCS=1 cargo test --no-default-features rule_pages

# the tests that are built, on other days, elsewhere and as somebody else
elsewhere:
    bash .ci/elsewhere

# what decides whether a change lands
ci:
    bash .ci/run
