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
    'nodeFlags',
    'numberSetting',
    'openDataDirectory',
    'openDatabase',
    'openFileValueStore',
    'operatorRoutes',
    'parseEnvironment',
    'servicePaths',
    'staticRoute',
    'textSetting',
    'threadUrl',
    'valueRoute',
    'valuesPath',
  ])
})
