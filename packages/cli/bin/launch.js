// Starts a command of this package: from the sources where they can be run (a checkout), else as
// compiled. Plain JavaScript, because it must run before anything is compiled.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where tsx is; undefined when it is not installed, as in a published package. */
function findTsx() {
  try {
    return import.meta.resolve('tsx')
  } catch {
    return undefined
  }
}

/** Node flags and program file. In a checkout what is bundled is built first, when it is not. */
async function program(entry) {
  const ensureBuilt = new URL('../../../scripts/ensure-built.js', import.meta.url)
  const tsx = findTsx()
  if (tsx === undefined || !existsSync(ensureBuilt)) {
    return [fileURLToPath(new URL(`../dist/${entry}.js`, import.meta.url))]
  }
  const { setup } = await import(ensureBuilt.href)
  await setup()
  const source = fileURLToPath(new URL(`../src/${entry}.ts`, import.meta.url))
  return ['--conditions=@manyhands/source', '--import', tsx, source]
}

/**
 * Runs the module of that name with the arguments of this process, and ends as it does. Signals are
 * passed on: the usual ones that end programs, and those given.
 */
export async function launch(entry, signals = []) {
  const child = spawn(process.execPath, [...(await program(entry)), ...process.argv.slice(2)], {
    // The channel lets the child see that this process died, however it died.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', ...signals]) {
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
}
