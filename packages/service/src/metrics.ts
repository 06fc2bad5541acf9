/**
 * Counters, gauges and histograms in the text form that Prometheus reads. Series are few by design:
 * labels take only values from short lists, and a metric that grows too many stops making new ones.
 */
import { limits } from './limits.ts'

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(amount?: number, labels?: Labels): void
}

export interface Gauge {
  set(value: number, labels?: Labels): void
}

export interface Histogram {
  observe(value: number, labels?: Labels): void
}

export interface Metrics {
  counter(name: string, help: string): Counter
  gauge(name: string, help: string): Gauge
  /** A gauge that is asked for its value when somebody looks. */
  gaugeOf(name: string, help: string, value: () => number): void
  /** `bounds` are the upper edges of the buckets, ascending, in the unit the name ends with. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram
  /** Everything, in the text format 0.0.4. */
  text(): string
}

interface Metric {
  lines(): string[]
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`)
    .join(',')
}

function line(name: string, labels: string, value: number): string {
  const text = Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : 'NaN'
  return labels === '' ? `${name} ${text}` : `${name}{${labels}} ${text}`
}

/** The state of each series, made when it is first used. */
function seriesOf<State>(make: () => State): {
  of(labels: Labels | undefined): State | undefined
  entries(): Iterable<[string, State]>
} {
  const states = new Map<string, State>()
  return {
    of(labels) {
      const key = labels === undefined ? '' : labelText(labels)
      const known = states.get(key)
      if (known !== undefined) return known
      if (states.size >= limits.metricSeriesMax) return undefined
      const state = make()
      states.set(key, state)
      return state
    },
    entries: () => states,
  }
}

function simple(name: string): Metric & { readonly series: ReturnType<typeof numbers> } {
  const series = numbers()
  return {
    series,
    lines: () => [...series.entries()].map(([labels, state]) => line(name, labels, state.value)),
  }
}

function numbers(): ReturnType<typeof seriesOf<{ value: number }>> {
  return seriesOf(() => ({ value: 0 }))
}

interface Buckets {
  readonly counts: number[]
  sum: number
  count: number
}

function histogramOf(name: string, bounds: readonly number[]): Metric & Histogram {
  const series = seriesOf<Buckets>(() => ({ counts: bounds.map(() => 0), sum: 0, count: 0 }))
  function linesOf(labels: string, { counts, sum, count }: Buckets): string[] {
    const prefix = labels === '' ? '' : `${labels},`
    let below = 0
    const lines = bounds.map((bound, at) => {
      below += counts[at] ?? 0
      return line(`${name}_bucket`, `${prefix}le="${bound}"`, below)
    })
    return [
      ...lines,
      line(`${name}_bucket`, `${prefix}le="+Inf"`, count),
      line(`${name}_sum`, labels, sum),
      line(`${name}_count`, labels, count),
    ]
  }
  return {
    observe(value, labels) {
      const state = series.of(labels)
      if (state === undefined) return
      const at = bounds.findIndex((bound) => value <= bound)
      if (at >= 0) state.counts[at] = (state.counts[at] ?? 0) + 1
      state.sum += value
      state.count += 1
    },
    lines: () => [...series.entries()].flatMap(([labels, state]) => linesOf(labels, state)),
  }
}

export function createMetrics(): Metrics {
  const metrics = new Map<string, { readonly head: string; readonly metric: Metric }>()
  function add<M extends Metric>(kind: string, name: string, help: string, metric: M): M {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`not a name for a metric: ${name}`)
    if (metrics.has(name)) throw new Error(`there is a metric ${name} already`)
    const head = `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${kind}`
    metrics.set(name, { head, metric })
    return metric
  }
  return {
    counter(name, help) {
      const { series } = add('counter', name, help, simple(name))
      return {
        add(amount = 1, labels) {
          const state = series.of(labels)
          if (state !== undefined) state.value += amount
        },
      }
    },
    gauge(name, help) {
      const { series } = add('gauge', name, help, simple(name))
      return {
        set(value, labels) {
          const state = series.of(labels)
          if (state !== undefined) state.value = value
        },
      }
    },
    gaugeOf(name, help, value) {
      add('gauge', name, help, { lines: () => [line(name, '', value())] })
    },
    histogram: (name, help, bounds) => add('histogram', name, help, histogramOf(name, bounds)),
    text() {
      const blocks = [...metrics.values()].map(({ head, metric }) => [head, ...metric.lines()])
      return blocks
        .flat()
        .map((text) => `${text}\n`)
        .join('')
    },
  }
}
