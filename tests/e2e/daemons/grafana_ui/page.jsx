/* SPDX-License-Identifier: MIT */
/* The panels of a dashboard with Grafana's own components (@grafana/ui), without its server: chrome,
 * numbers, time series, colours, units and thresholds are Grafana's. The state timeline is not among
 * the published components: its bars are drawn here, in the colours of the value mappings. */
import React from 'react';
import 'uplot/dist/uPlot.min.css';
import { createRoot } from 'react-dom/client';
import { createTheme, toDataFrame, FieldType, getDisplayProcessor, ThemeContext } from '@grafana/data';
import { TimeSeries, BigValue, BigValueColorMode, BigValueGraphMode, PanelChrome, LegendDisplayMode,
         GlobalStyles } from '@grafana/ui';

const { dashboard, data, from, to } = window.__PANELS__;
const theme = createTheme({ colors: { mode: 'dark' } });
const column = 55, line = 34, gap = 8;

function frames(series, panel) {
  return series.map((s, i) => {
    const frame = toDataFrame({ fields: [
      { name: 'Time', type: FieldType.time, values: s.points.map((p) => p[0]) },
      { name: s.name, type: FieldType.number, values: s.points.map((p) => p[1]), config: {} }] });
    frame.fields.forEach((field) => {
      field.config = { ...panel.fieldConfig.defaults, ...field.config, displayName: field.name };
      field.state = { seriesIndex: i };
      field.display = getDisplayProcessor({ field, theme, timeZone: 'utc' });
    });
    return frame;
  });
}

function Numbers({ list, panel, width, height }) {
  const each = width / Math.max(list.length, 1);
  const mode = panel.options.colorMode === 'background' ? BigValueColorMode.Background : BigValueColorMode.Value;
  return <div style={{ display: 'flex' }}>{list.map((frame) => {
    const value = frame.fields[1].display(frame.fields[1].values.at(-1));
    return <BigValue key={frame.fields[1].name} width={each} height={height} theme={theme} colorMode={mode}
      graphMode={BigValueGraphMode.None} value={{ ...value, title: frame.fields[1].name }} />; })}</div>;
}

function Bars({ list, width, height }) {
  const row = height / Math.max(list.length, 1);
  const x = (t) => ((t - from) / (to - from)) * (width - 90);
  return <div>{list.map((frame) => {
    const times = frame.fields[0].values, values = frame.fields[1].values;
    return <div key={frame.fields[1].name} style={{ position: 'relative', height: row, color: '#ccc' }}>
      <span style={{ position: 'absolute', top: row / 2 - 10 }}>{frame.fields[1].name}</span>
      {times.map((t, i) => {
        const shown = frame.fields[1].display(values[i]), next = i + 1 < times.length ? times[i + 1] : to;
        return <div key={t} style={{ position: 'absolute', left: 85 + x(t), width: x(next) - x(t) + 0.5, top: 3,
          height: row - 6, background: shown.color }} />; })}
      <span style={{ position: 'absolute', right: 12, top: row / 2 - 10 }}>
        {frame.fields[1].display(values.at(-1)).text}</span></div>; })}</div>;
}

function Panel({ panel }) {
  const { x, y, w, h } = panel.gridPos, list = frames(data[panel.id], panel);
  const width = w * column - gap, height = h * line - gap;
  const range = { from: { valueOf: () => from }, to: { valueOf: () => to }, raw: { from: '', to: '' } };
  const legend = { displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: true, calcs: [] };
  return <div style={{ position: 'absolute', left: x * column, top: y * line }}>
    <PanelChrome width={width} height={height} title={panel.title} description={panel.description}>
      {(iw, ih) => {
        if (list.length === 0) { return <div style={{ color: '#888' }}>{panel.fieldConfig.defaults.noValue}</div>; }
        if (panel.type === 'stat') { return <Numbers list={list} panel={panel} width={iw} height={ih} />; }
        if (panel.type === 'state-timeline') { return <Bars list={list} width={iw} height={ih} />; }
        return <TimeSeries frames={list} width={iw} height={ih} timeRange={range} timeZone="utc" legend={legend} />;
      }}</PanelChrome></div>;
}

createRoot(document.getElementById('root')).render(<ThemeContext.Provider value={theme}><GlobalStyles />
  <div style={{ position: 'relative', margin: gap }}>
    {dashboard.panels.map((panel) => <Panel key={panel.id} panel={panel} />)}</div></ThemeContext.Provider>);
setTimeout(() => { document.title = 'ready'; }, 1500);
