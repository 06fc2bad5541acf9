import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

import { ClosingLine } from './scripts/closing-line.ts'

export default defineConfig({
  ssr: { resolve: { conditions: ['@manyhands/source', ...defaultServerConditions] } },
  test: {
    setupFiles: ['./scripts/leak-check.ts'],
    reporters: ['default', new ClosingLine()],
    coverage: { include: ['packages/*/src/**/*.ts'], exclude: ['**/*.test.ts'] },
    projects: [
      {
        extends: true,
        // Quick tests all the same; a busy machine must not fail one.
        test: { name: 'unit', include: ['packages/*/src/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/**/*.test.ts', 'examples/**/*.test.ts'],
          globalSetup: ['./scripts/ensure-built.js'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { extends: true, test: { name: 'tidy', include: ['scripts/**/*.test.ts'] } },
    ],
  },
})
