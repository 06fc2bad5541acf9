#!/usr/bin/env node
// Starts the command line: from the sources where they can be run (a checkout), else as compiled.
// Plain JavaScript, because it must run before anything is compiled.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Node flags and program file, or the compiled program when tsx is not installed. */
function program() {
  const source = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const checkout = existsSync(new URL('../../../tsconfig.base.json', import.meta.url))
  if (checkout && existsSync(source)) {
    try {
      return ['--conditions=@manyhands/source', '--import', import.meta.resolve('tsx'), source]
    } catch {
      // Not installed for development: the compiled program is what there is.
    }
  }
  return [fileURLToPath(new URL('../dist/main.js', import.meta.url))]
}

const child = spawn(process.execPath, [...program(), ...process.argv.slice(2)], {
  // The channel lets the child see that this process died, however it died.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
  process.on(signal, () => child.kill(signal))
}
child.on('error', (error) => {
  process.stderr.write(`manyhands: cannot start ${process.execPath}: ${error.message}\n`)
  process.exitCode = 1
})
child.on('exit', (code, signal) => {
  if (signal === null) {
    process.exitCode = code ?? 1
    return
  }
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
