#!/bin/sh
# Soaks the product: kills at random points of a task, and starts, stops, kills and failed starts, each many times. After
# every one the site's server counts the submissions, and nothing may be left running or lying about.
#
#   scripts/soak.sh [kills] [rounds]    default 100 and 50
set -eu
cd "$(dirname "$0")/.."
export CHIRON_TEST_KILLS="${1:-100}" CHIRON_TEST_ROUNDS="${2:-50}"
exec go test -count=1 -v -timeout 6h ./cmd/chiron \
	-run '^(TestKillsAtRandomPoints|TestControlWithoutTheDurableVerdictSubmitsTwice|TestNothingOutlivesTheProgram|TestNothingOutlivesAFailedStart)$'
