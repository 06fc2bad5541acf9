import { describe, expect, it } from 'vitest'

import { limits } from './limits.ts'
import { createMetrics } from './metrics.ts'

describe('metrics', () => {
  it('are written as Prometheus reads them', () => {
    const metrics = createMetrics()
    const slices = metrics.counter('slices_total', 'Slices\naccepted.')
    slices.add()
    slices.add(2)
    const replies = metrics.counter('replies_total', 'Replies.')
    replies.add(1, { code: 'EPERM' })
    replies.add(1, { code: 'a"b\\c' })
    metrics.gaugeOf('queue', 'Waiting.', () => 7)
    expect(metrics.text()).toBe(
      [
        '# HELP slices_total Slices\\naccepted.',
        '# TYPE slices_total counter',
        'slices_total 3',
        '# HELP replies_total Replies.',
        '# TYPE replies_total counter',
        'replies_total{code="EPERM"} 1',
        'replies_total{code="a\\"b\\\\c"} 1',
        '# HELP queue Waiting.',
        '# TYPE queue gauge',
        'queue 7',
        '',
      ].join('\n'),
    )
  })

  it('stop at a number of series per metric', () => {
    const metrics = createMetrics()
    const counter = metrics.counter('x_total', 'X.')
    for (let at = 0; at < limits.metricSeriesMax + 10; at += 1) counter.add(1, { at: String(at) })
    expect(metrics.text().split('\n')).toHaveLength(limits.metricSeriesMax + 3)
  })

  it('have one meaning per name', () => {
    const metrics = createMetrics()
    metrics.counter('x_total', 'X.')
    expect(() => metrics.gaugeOf('x_total', 'X.', () => 1)).toThrow(
      'there is a metric x_total already',
    )
    expect(() => metrics.gaugeOf('X y', 'X.', () => 1)).toThrow('not a name')
  })
})
