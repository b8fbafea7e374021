#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # world.inc sets them
# The panels drawn with Grafana's own components and the numbers of a real Prometheus. Optional: the
# components are 600 MB from npm. SAE_GRAFANA_UI=DIR (kept there) switches it on; the picture is
# $SAE_SHOTS/grafana.png (DIR if nobody names another folder).
set -eu
. "$SAE_SRC/tests/e2e/daemons/world.inc"
[ -n "${SAE_GRAFANA_UI:-}" ] || skip "SAE_GRAFANA_UI=DIR is not set: npm would fetch 600 MB of Grafana's components"
need npm node chromium
need_packages prometheus
. "$SAE_SRC/tests/e2e/daemons/metrics.inc"
stores_py() { python3 -B "$SAE_SRC/tests/e2e/daemons/metrics.py" "$@"; }
here=$SAE_SRC/tests/e2e/daemons/grafana_ui

say "Grafana's components"
mkdir -p "$SAE_GRAFANA_UI"
cd "$SAE_GRAFANA_UI"
if [ ! -d node_modules/@grafana/ui ]; then
    echo '{"private": true}' >package.json
    npm install --no-audit --no-fund --ignore-scripts --legacy-peer-deps \
        @grafana/ui@11.6.16 @grafana/data@11.6.16 @grafana/schema@11.6.16 react@18.3.1 react-dom@18.3.1 \
        esbuild playwright-core >"$work/npm.log" 2>&1 || skip "npm cannot fetch them: $(tail -n 1 "$work/npm.log")"
fi
cp "$here"/page.jsx "$here"/shot.js .
run node_modules/.bin/esbuild page.jsx --bundle --outfile=bundle.js --define:global=window \
    '--define:process.env.NODE_ENV="production"' --loader:.svg=dataurl --loader:.woff2=dataurl --loader:.ttf=dataurl --loader:.png=dataurl --log-level=error
expect_code 0
version "@grafana/ui $(node -p 'require("./node_modules/@grafana/ui/package.json").version')"

say "A minute in which things happen"
world contoso fabrikam adatum
busy contoso
start_writer
start_prometheus file "{job_name: text, metrics_path: /text, static_configs: [{targets: ['$web']}]}"
quiet_at() { quiet file "$1"; }
wait_for 20 "the first numbers" quiet_at adatum
sleep 15
attack fabrikam
sleep 10
flip adatum
expose fabrikam
sleep 15
breach fabrikam user03
sleep 10
calm adatum
sleep 8

say "Drawn"
stores_py draw "$file_url" "$SAE_SRC/collectd/grafana/prometheus.json" 60 >index.html
picture=${SAE_SHOTS:-$PWD}/grafana.png
run node shot.js "file://$PWD/index.html" "$picture" 1336 854
expect_code 0
expect_text '^panels: 20'
expect "no picture" python3 -B "$SAE_SRC/tests/e2e/daemons/png.py" "$picture"
finish
