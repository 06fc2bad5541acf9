import { expect, it } from 'vitest'

import * as service from './index.ts'

it('exports exactly this', () => {
  expect(Object.keys(service).toSorted()).toEqual([
    'choiceSetting',
    'configurationDocument',
    'configurationRoutes',
    'configurationScript',
    'configurationTree',
    'createHttpServer',
    'createLogger',
    'createMemoryValueStore',
    'createMetrics',
    'createWriter',
    'databaseError',
    'defaultDataDirectory',
    'describeConfiguration',
    'flagSetting',
    'isLoopback',
    'jsonResponse',
    'logLevels',
    'migrate',
    'noProxies',
    'nodeFlags',
    'numberSetting',
    'openDataDirectory',
    'openDatabase',
    'openFileValueStore',
    'openSealedText',
    'operatorRoutes',
    'parseEnvironment',
    'servicePaths',
    'signedPostRoutes',
    'staticRoute',
    'tableQueryRoutes',
    'textSetting',
    'threadUrl',
    'valueRoute',
    'valuesPath',
  ])
})
