// Writes docs/reference/errors.md from the table of codes; `npm run fix` calls it.
import { writeFileSync } from 'node:fs'

import { errorKinds } from '@manyhands/protocol'

import { markdownTable } from './markdown-table.ts'

const head = ['code', 'what it means', 'may the same request succeed later?']
const rows = Object.entries(errorKinds).map(([code, kind]) => [
  `\`${code}\``,
  kind.meaning,
  kind.retryable === true ? 'yes' : 'no',
])

writeFileSync(
  new URL('../docs/reference/errors.md', import.meta.url),
  `# Error codes

Every error has a \`code\`; programs switch on it, never on the text. The message says what to do next.
This page is written from \`packages/protocol/src/errors.ts\` by \`npm run fix\`.

${markdownTable(head, rows)}
`,
)
