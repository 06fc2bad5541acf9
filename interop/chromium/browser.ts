// Chromium with one page in it, served by a server of another origin than the scheduler's; what the
// page says on its console is listened to.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'

import { chromium, type Page } from 'playwright-core'

import type { RunningComputer } from '../../scripts/start-computer.ts'

export interface OpenPage {
  readonly page: Page
  /** What it said so far: its console, errors that nobody caught, requests that failed. */
  readonly said: readonly string[]
  /** Resolves when a line with the text was said. */
  heard(text: string): Promise<void>
  close(): Promise<void>
}

const limitMs = 60_000
const linesMax = 1_000

/** The browser of this machine; undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file))
}

/**
 * Opens a file as a page, with the location of the scheduler in the place of `mark`. The computer's
 * keystores are there as `window.keystores`.
 */
export async function openPage(
  executablePath: string,
  computer: RunningComputer,
  source: { readonly file: string; readonly mark: string },
): Promise<OpenPage> {
  const html = readFileSync(source.file, 'utf8').replaceAll(source.mark, computer.url)
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const browser = await chromium.launch({ executablePath, timeout: limitMs })
  const close = async (): Promise<void> => {
    await browser.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(limitMs)
    const said: string[] = []
    const say = (line: string): void => void (said.length < linesMax && said.push(line))
    page.on('console', (message) => say(message.text()))
    page.on('pageerror', (error) => say(`uncaught ${error.message}`))
    page.on('requestfailed', (request) => say(`no answer from ${request.url()}`))
    const file = (name: string): unknown =>
      JSON.parse(readFileSync(join(computer.home, '.dcp', `${name}.keystore`), 'utf8'))
    const keystores = JSON.stringify({ id: file('id'), default: file('default') })
    await page.addInitScript(`window.keystores = ${keystores}`)
    await page.goto(`http://127.0.0.1:${port}/`)
    return {
      page,
      said,
      async heard(text) {
        const isThere = (): boolean => said.some((line) => line.includes(text))
        if (isThere()) return
        await page.waitForEvent('console', { predicate: isThere, timeout: limitMs })
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
