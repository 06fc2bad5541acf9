/**
 * The configuration a client fetches before anything else (wire-protocol §2.2, operations §2): where
 * each service is, and how clients that we did not write should behave towards this computer.
 */
import { serialize } from '@manyhands/protocol'

import { type ConfigurationTree, encodeScript } from './configuration-script.ts'
import type { Route } from '../http/http-route.ts'
import { isLoopback } from '../http/request-origin.ts'

/** Service → path, the path ending in `/`. The names are those that endpoints are asked for. */
export const servicePaths = {
  jobSubmit: '/job-submit/',
  resultSubmitter: '/result-submitter/',
  taskDistributor: '/task-distributor/',
  eventRouter: '/event-router/',
  computeGroups: '/compute-groups/',
  pheme: '/pheme/',
  bankTeller: '/bank-teller/',
  packageManager: '/package-manager/',
  pxAuth: '/px-auth/',
  portal: '/portal/',
  dcp: '/dcp/',
} as const

export interface ConfigurationOptions {
  /** The origin at which the client reaches us. */
  readonly origin: string
}

/** Transport tuning for clients we did not write: no waiting for a batch to fill (wire-protocol §15). */
const connectionOptions = { batchWaitTime: 0 }

/** The values are operations §2's; `uploadInitialNumberOfSlices` and the tolerance must be 1. */
const job = {
  uploadInitialNumberOfSlices: 1,
  uploadIncreaseFactor: 2,
  uploadSlicesTarget: 1_000_000,
  uploadSlicesCeiling: 5_000_000,
  sliceUploadErrorTolerance: 1,
  maxDeployTime: 3600,
  deployAttempts: 10,
  deployCloseTimeout: 10_000,
  modules: {},
}

function schedulerTree(at: (path: string) => { readonly location: URL }): ConfigurationTree {
  return {
    ...at('/'),
    compatibility: { minimum: { dcp: '^5.0.0' }, operations: {} },
    worker: { types: ['v4'], operations: '1.0.0' },
    services: {
      jobSubmit: at(servicePaths.jobSubmit),
      resultSubmitter: at(servicePaths.resultSubmitter),
      taskDistributor: at(servicePaths.taskDistributor),
      eventRouter: at(servicePaths.eventRouter),
      computeGroups: at(servicePaths.computeGroups),
      pheme: at(servicePaths.pheme),
      jnu: at('/jnu/scheduler/'),
      dcp: at(servicePaths.dcp),
    },
  }
}

/** At loopback clients do not remember our identity: throw-away computers share its ports. */
function dcpTree(
  { origin }: ConfigurationOptions,
  connection: ConfigurationTree,
): ConfigurationTree {
  const forgets = isLoopback(new URL(origin).hostname.replace(/^\[|\]$/g, ''))
  return {
    connectionOptions: { default: connection },
    ...(forgets ? { identityCache: { disable: true } } : {}),
  }
}

/** The whole tree, for one client. */
export function configurationTree(options: ConfigurationOptions): ConfigurationTree {
  const at = (path: string): { readonly location: URL } => ({
    location: new URL(path, options.origin),
  })
  return {
    scheduler: schedulerTree(at),
    bank: { ...at('/'), services: { bankTeller: at(servicePaths.bankTeller) } },
    packageManager: at(servicePaths.packageManager),
    portal: {
      ...at(servicePaths.portal),
      services: { portal: at(servicePaths.portal), jnu: at('/jnu/portal/') },
    },
    pxAuth: { ...at(servicePaths.pxAuth), services: { jnu: at('/jnu/px-auth/') } },
    oAuth: { ...at('/o-auth/'), identityIntegration: false },
    cdn: at('/dcp-client/cdn/'),
    job,
    eventSubscriber: { seenListSize: 1000 },
    // dcping of the official utilities writes a member into it.
    rollout: {},
    dcp: dcpTree(options, connectionOptions),
  }
}

/** The body of `/etc/dcp-config.kvin?ver=…`: only version 2.1.0 of the format knows the label v9. */
export function configurationDocument(
  options: ConfigurationOptions,
  version: string | undefined,
): string {
  const label = version === '2.1.0' ? 'v9' : 'v8'
  return serialize(configurationTree(options), { label, urls: 'dcpUrl' })
}

/**
 * What every connection of dcp-client needs and its loader for Python does not bring: that loader
 * takes the script as the whole configuration. The values are the defaults of dcp-client 5.6.1.
 */
const connectionDefaults = {
  connectTimeout: 60,
  reconnectTimeout: 7200,
  lingerTimeout: 7300,
  identityUnlockTimeout: 300,
  transports: ['socketio'],
  socketio: {},
}

/** The body of `/etc/dcp-config.js`, which browsers load as a script and the Python client evaluates. */
export function configurationScript(options: ConfigurationOptions): string {
  const tree = {
    ...configurationTree(options),
    dcp: dcpTree(options, { ...connectionDefaults, ...connectionOptions }),
  }
  return `var dcpConfig = ${encodeScript(tree)};\n`
}

/** Answers each client with locations at the public origin, else at the one by which it came. */
export function configurationRoutes(): Route[] {
  return [
    {
      path: '/etc/dcp-config.kvin',
      anyOrigin: true,
      handle: ({ origin, query }) => ({
        headers: { 'content-type': 'application/x-kvin', 'cache-control': 'no-store' },
        body: configurationDocument({ origin }, query.get('ver') ?? undefined),
      }),
    },
    {
      path: '/etc/dcp-config.js',
      anyOrigin: true,
      handle: ({ origin }) => ({
        headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' },
        body: configurationScript({ origin }),
      }),
    },
  ]
}
