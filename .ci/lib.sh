# Sourced by every step. Each step also runs alone: `.ci/rie`, `.ci/template`, …
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$PWD/.ci/tools
target=${CARGO_TARGET_DIR:-$PWD/target}
logs=$target/ci
mkdir -p "$logs"

# Nothing that the steps run phones home or caches outside the clone.
export SAM_CLI_TELEMETRY=0 __SAM_CLI_APP_DIR=$tools/sam-home XDG_CACHE_HOME=$tools/cache PYTHONDONTWRITEBYTECODE=1
# Signing needs some region and some key; no engine on this machine looks at them.
export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
export PATH=$tools/sam/bin:$tools/cargo/bin:$PATH

# What the tests and the tool are built with, so that the dependencies are built once.
# shellcheck disable=SC2034
optimized=(--config .ci/optimized.toml)

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# A cargo subcommand in this version, built from source once: some minutes, and half of them without optimization.
cargo_tool() { # NAME VERSION
  "$tools/cargo/bin/$1" --version >/dev/null 2>&1 && return
  cargo install --debug --quiet --locked "$1" --version "$2" --root "$tools/cargo" --target-dir "$tools/cargo/target"
  rm -rf "$tools/cargo/target"
}

# Runs a build whose result depends neither on the time nor on where the sources, the crates and the target folder are.
# mimalloc writes the time of its compilation into the binary, and panics the paths of the sources.
reproducibly() { # COMMAND…
  local crates=${CARGO_HOME:-$HOME/.cargo}
  env SOURCE_DATE_EPOCH=0 RUSTFLAGS="--remap-path-prefix=$crates=/cargo --remap-path-prefix=$PWD=/sinch-gate \
    --remap-path-prefix=$target=/target" "$@"
}

# Builds a binary as a release has it, into $target/lambda.
for_release() { # x86_64|arm64 BINARY OPTION…
  local architecture=$1 binary=$2 triple
  # zig links against an older glibc than this machine's: the binaries run on Amazon Linux 2023 (and AWS's CloudShell),
  # Debian 10, RHEL 8 and newer.
  local glibc=2.28
  shift 2
  case $architecture in
    x86_64) triple=x86_64-unknown-linux-gnu ;;
    arm64 | aarch64) triple=aarch64-unknown-linux-gnu ;;
    *) fail "no release for $architecture, only for x86_64 and arm64" ;;
  esac
  reproducibly cargo lambda build --release --skip-target-check --target "$triple.$glibc" --bin "$binary" "$@"
}

# Says, here and at the end of `.ci/run`, that something was not checked.
skip() {
  echo "SKIPPED: $*" | tee -a "$logs/skipped"
}

# Everything put into the background is stopped by its process id, last started first, however the step ends.
started=()
start() { # LOG COMMAND…
  local log=$logs/$1
  shift
  "$@" >"$log" 2>&1 &
  started+=($!)
}
stop_started() {
  local i
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    kill -TERM "${started[i]}" 2>/dev/null || true
    wait "${started[i]}" 2>/dev/null || true
  done
}
trap stop_started EXIT

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

wait_for_port() { # HOST PORT LOG
  local _
  for _ in {1..150}; do
    if (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; then return; fi
    sleep 0.2
  done
  cat "$logs/$3" >&2
  fail "nothing listens on $1:$2 after 30 s (log above)"
}
