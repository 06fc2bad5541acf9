// Programs written for the official package, with ours in its place; no scheduler is needed here.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Ran, runProgram } from './_run-program.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-compat-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function run(name: string, text: string): Promise<Ran> {
  const program = join(directory, `${name}.js`)
  await writeFile(program, text)
  return runProgram(program, { DCP_RESOURCE_DIR: directory }, directory)
}

describe("require('dcp-client')", () => {
  it('offers the modules of the official package after init, and not before', async () => {
    const { output, errors } = await run(
      'modules',
      `let before;
       try { require('dcp/compute') } catch (error) { before = error.code }
       const globals = Object.keys(globalThis).length
       async function main({ compute }) {
         const stats = require('dcp/stats-ranges');
         console.log(before, require('dcp/compute') === compute, stats === require('stats'));
         console.log(typeof require('dcp/wallet').get, dcpConfig.scheduler.location.href);
         try { require('dcp/nothing') } catch (error) { console.log(error.code) }
       }
       const { init } = require('dcp-client');
       console.log(Object.keys(globalThis).length === globals);
       init('http://scheduler.example/').then(main).finally(() => setImmediate(process.exit));`,
    )
    expect(errors).toBe('')
    expect(output.split('\n')).toEqual([
      'true',
      'MODULE_NOT_FOUND true true',
      'function http://scheduler.example/',
      'ENOMODULE',
      '',
    ])
  })

  it('makes keystores by await new, and pays with them', async () => {
    const { output, errors } = await run(
      'keystores',
      `async function main() {
         const wallet = require('dcp/wallet');
         const made = await new wallet.Keystore();
         const same = await new wallet.Keystore(JSON.stringify(made));
         console.log(made.address === same.address, (await wallet.get('mine').catch((e) => e)).code);
         await wallet.add(made, 'mine');
         console.log((await wallet.get('mine')).address === made.address);
         const job = require('dcp/compute').do(1, (n) => n);
         job.setPaymentAccountKeystore(made);
         console.log(job.paymentAccount === made);
       }
       require('dcp-client').init().then(main).finally(() => setImmediate(process.exit));`,
    )
    expect(errors).toBe('')
    expect(output).toBe('true EKEYSTORE\ntrue\ntrue\n')
  })

  it('computes in local sandboxes, whose functions cannot close over variables', async () => {
    const { output } = await run(
      'local',
      `async function main() {
         const compute = require('dcp/compute');
         const squares = await compute.for(1, 3, (n) => { progress(); return n * n }).localExec(1);
         console.log(squares);
         const outer = 1;
         const job = compute.for(1, 1, (n) => { progress(); return n + outer });
         job.on('error', ({ name, message }) => console.log(name, message));
         await job.localExec(1).catch(({ code }) => console.log(code));
       }
       require('dcp-client').init().then(main).finally(() => setImmediate(process.exit));`,
    )
    const failed = 'ReferenceError outer is not defined'
    expect(output.split('\n')).toEqual([
      '[ 1, 4, 9 ]',
      failed,
      failed,
      failed,
      'ETOOMANYERRORS',
      '',
    ])
  })

  it('says that a function in its own realm is not protected', async () => {
    const { output, errors } = await run(
      'unprotected',
      `async function main({ compute }) {
         console.log([...await compute.do(2, (n) => n + 1).localExec(false)]);
       }
       require('dcp-client').init().then(main).finally(() => setImmediate(process.exit));`,
    )
    expect(output).toBe('[ 1, 2 ]\n')
    expect(errors).toMatch(/Warning: the work function runs in .* unprotected/)
  })

  it('says what to do when there is no keystore', async () => {
    const { output } = await run(
      'keyless',
      `async function main() {
         const compute = require('dcp/compute');
         await compute.for(1, 3, (n) => n).exec().catch(({ code, message }) => console.log(code, message));
       }
       require('dcp-client').init().then(main).finally(() => setImmediate(process.exit));`,
    )
    expect(output).toMatch(/^EKEYSTORE there is no keystore .*default\.keystore: copy one there/)
  })
})
