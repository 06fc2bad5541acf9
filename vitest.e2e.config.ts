import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

import { ClosingLine } from './scripts/closing-line.ts'

export default defineConfig({
  ssr: { resolve: { conditions: ['@manyhands/source', ...defaultServerConditions] } },
  test: {
    include: ['tests/e2e/**/*.e2e.ts'],
    reporters: ['default', new ClosingLine()],
    // Each test starts a whole computer on few cores.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
})
