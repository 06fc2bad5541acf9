import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'

import {
  deserialize,
  serialize,
  silentLogger,
  systemClock,
  systemRandom,
} from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import {
  configurationDocument,
  configurationRoutes,
  configurationScript,
  configurationTree,
  servicePaths,
} from './configuration-document.ts'
import { createHttpServer } from '../http/http-server.ts'

const vector = JSON.parse(
  readFileSync(new URL('../../../../tests/vectors/wire/dcp-config.json', import.meta.url), 'utf8'),
)
const options = { origin: 'http://127.0.0.1:3000' }

/** Every path of a tree, with the kind of what is there; locations with their text. */
function shape(value: unknown, path = ''): Record<string, unknown> {
  if (value instanceof URL) return { [path]: `location ${value.href}` }
  if (typeof value !== 'object' || value === null) return { [path]: typeof value }
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, member]) => shape(member, `${path}/${name}`)),
  )
}

describe('the configuration document', () => {
  it('is encoded as the captured ones are', () => {
    for (const label of ['v8', 'v9'] as const) {
      const { responseBody } = vector[label]
      expect(serialize(deserialize(responseBody), { label, urls: 'dcpUrl' })).toBe(responseBody)
    }
  })

  it('holds everything the captured one holds, at the paths of this computer', () => {
    const captured = shape(deserialize(vector.v9.responseBody))
    const ours = shape(configurationTree(options))
    const moved = { '/oAuth/location': '/o-auth/', '/cdn/location': '/dcp-client/cdn/' }
    for (const [path, where] of Object.entries(moved)) {
      captured[path] = `location http://127.0.0.1:3000${where}`
    }
    expect(ours).toMatchObject(captured)
  })

  it('is labelled v9 for version 2.1.0 alone', () => {
    const labels = ['2.1.0', '2.0.0', '1.0.0', undefined].map(
      (version) => JSON.parse(configurationDocument(options, version))._serializeVerId,
    )
    expect(labels).toEqual(['v9', 'v8', 'v8', 'v8'])
    const [v9, v8] = ['2.1.0', '2.0.0'].map((version) =>
      deserialize(configurationDocument(options, version)),
    )
    expect(v9).toEqual(v8)
    expect(v9).toEqual(configurationTree(options))
    expect(configurationDocument(options, '2.0.0')).not.toContain('"seen"')
  })

  it('has the values that unmodified clients need', () => {
    expect(deserialize(configurationDocument(options, undefined))).toMatchObject({
      scheduler: {
        location: new URL('http://127.0.0.1:3000/'),
        compatibility: { minimum: { dcp: '^5.0.0' } },
        worker: { types: ['v4'], operations: '1.0.0' },
      },
      job: { uploadInitialNumberOfSlices: 1, sliceUploadErrorTolerance: 1, modules: {} },
      oAuth: { identityIntegration: false },
      dcp: {
        connectionOptions: { default: { batchWaitTime: 0 } },
        identityCache: { disable: true },
      },
    })
  })

  it('has clients remember our identity but at loopback, whose ports many computers use', () => {
    const forgets = (origin: string): boolean =>
      Object.hasOwn(configurationTree({ origin })['dcp'] as object, 'identityCache')
    for (const origin of ['http://localhost:1', 'http://127.0.0.2:1', 'http://[::1]:1']) {
      expect(forgets(origin)).toBe(true)
    }
    for (const origin of ['http://10.0.0.1:1', 'http://[fd00::1]:1', 'https://dcp.example']) {
      expect(forgets(origin)).toBe(false)
    }
  })

  it('names locations that end in a slash', () => {
    const locations = Object.values(shape(configurationTree(options))).filter((text) =>
      String(text).startsWith('location '),
    )
    expect(locations.length).toBeGreaterThan(Object.keys(servicePaths).length)
    for (const location of locations) expect(location).toMatch(/\/$/)
  })
})

describe('the configuration script', () => {
  it('defines dcpConfig with standard URL objects', () => {
    const page: Record<string, unknown> = { URL }
    runInNewContext(configurationScript(options), page)
    const tree: unknown = JSON.parse(JSON.stringify(configurationTree(options)))
    expect(JSON.parse(JSON.stringify(page['dcpConfig']))).toMatchObject(tree as object)
    expect(page['dcpConfig']).toMatchObject({ scheduler: { location: expect.any(URL) } })
  })

  it('has the options of connections without which the Python client does not start', () => {
    const page: Record<string, unknown> = { URL }
    runInNewContext(configurationScript(options), page)
    const positive = expect.toSatisfy((seconds: unknown) => Number(seconds) > 0)
    expect(page['dcpConfig']).toMatchObject({
      dcp: {
        connectionOptions: {
          default: {
            connectTimeout: positive,
            reconnectTimeout: positive,
            lingerTimeout: positive,
            identityUnlockTimeout: positive,
            transports: ['socketio'],
            batchWaitTime: 0,
          },
        },
        identityCache: { disable: true },
      },
    })
  })
})

describe('the configuration routes', () => {
  it('lead each client back by the way it came', async () => {
    const server = createHttpServer(
      { routes: configurationRoutes() },
      { logger: silentLogger, clock: systemClock, random: systemRandom },
    )
    await server.start()
    for (const name of ['127.0.0.1', 'localhost']) {
      const origin = `http://${name}:${server.port}`
      const answer = await fetch(`${origin}/etc/dcp-config.kvin?ver=2.1.0`)
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      expect(answer.headers.get('content-type')).toBe('application/x-kvin')
      const text = await answer.text()
      expect(text).toContain('"_serializeVerId":"v9"')
      expect(deserialize(text)).toMatchObject({ scheduler: { location: new URL(`${origin}/`) } })
    }
    const script = await fetch(`${server.origin}/etc/dcp-config.js`)
    expect(await script.text()).toContain(`new URL("${server.origin}/job-submit/")`)
    await server.close()
  })
})
