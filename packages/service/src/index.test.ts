import { expect, it } from 'vitest'

import * as service from './index.ts'

it('exports exactly this', () => {
  expect(Object.keys(service).toSorted()).toEqual([
    'configurationDocument',
    'configurationRoutes',
    'configurationScript',
    'configurationTree',
    'createByteCache',
    'createHttpServer',
    'createLogger',
    'createMemoryValueStore',
    'createMetrics',
    'createWriter',
    'databaseError',
    'defaultDataDirectory',
    'isLoopback',
    'isWildcard',
    'jsonResponse',
    'logLevels',
    'migrate',
    'noProxies',
    'nodeFlags',
    'openDataDirectory',
    'openDatabase',
    'openFileValueStore',
    'openSealedText',
    'operatorRoutes',
    'originOf',
    'servicePaths',
    'signedPostRoutes',
    'staticRoute',
    'tableQueryRoutes',
    'valueRoute',
    'valuesPath',
  ])
})
