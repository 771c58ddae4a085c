#!/bin/sh
# Soaks the product: kills at random points of a task, and starts, stops, kills and failed starts, each many times. After
# every one the site's server counts the submissions, and nothing may be left running or lying about. Before that the
# browser alone: sessions opened, used, crashed (renderer, GPU process and browser in turn) and closed.
#
#   scripts/soak.sh [kills] [rounds] [sessions]    default 100, 50 and 500
set -eu
cd "$(dirname "$0")/.."
export CHIRON_TEST_KILLS="${1:-100}" CHIRON_TEST_ROUNDS="${2:-50}"
CHIRON_TEST_SESSIONS="${3:-500}" go test -count=1 -v -timeout 3h ./browser -run '^TestSoak$'
exec go test -count=1 -v -timeout 6h ./cmd/chiron \
	-run '^(TestKillsAtRandomPoints|TestControlWithoutTheDurableVerdictSubmitsTwice|TestNothingOutlivesTheProgram|TestNothingOutlivesAFailedStart)$'
