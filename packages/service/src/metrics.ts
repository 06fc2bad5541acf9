/**
 * Counters and gauges in the text form that Prometheus reads. Series are few by design: labels take
 * only values from short lists, and a metric that grows too many stops making new ones.
 */
import { limits } from './limits.ts'

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(amount?: number, labels?: Labels): void
}

export interface Metrics {
  counter(name: string, help: string): Counter
  /** A gauge that is asked for its value when somebody looks. */
  gaugeOf(name: string, help: string, value: () => number): void
  /** Everything, in the text format 0.0.4. */
  text(): string
}

interface Metric {
  readonly head: string
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

export function createMetrics(): Metrics {
  const metrics = new Map<string, Metric>()

  function add(kind: string, name: string, help: string, lines: () => string[]): void {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`not a name for a metric: ${name}`)
    if (metrics.has(name)) throw new Error(`there is a metric ${name} already`)
    metrics.set(name, {
      head: `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${kind}`,
      lines,
    })
  }

  return {
    counter(name, help) {
      /** By the text of the labels. */
      const series = new Map<string, number>()
      add('counter', name, help, () =>
        [...series].map(([labels, value]) => line(name, labels, value)),
      )
      return {
        add(amount = 1, labels = {}) {
          const key = labelText(labels)
          const value = series.get(key)
          if (value === undefined && series.size >= limits.metricSeriesMax) return
          series.set(key, (value ?? 0) + amount)
        },
      }
    },
    gaugeOf(name, help, value) {
      add('gauge', name, help, () => [line(name, '', value())])
    },
    text() {
      const blocks = [...metrics.values()].map(({ head, lines }) => [head, ...lines()])
      return blocks
        .flat()
        .map((text) => `${text}\n`)
        .join('')
    },
  }
}
