import { systemClock } from '@manyhands/protocol'
import { createMemoryHost } from '@manyhands/sandbox/memory'

import { sandboxConformance } from './conformance.ts'

sandboxConformance('the memory host', {
  createHost: () => createMemoryHost({ clock: systemClock, limits: { noProgressMs: 300 } }),
  jail: 'none',
})
