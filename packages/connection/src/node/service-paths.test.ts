import { expect, test } from 'vitest'

import { serviceFor } from './service-paths.ts'

const locations = {
  '/': 'root',
  '/dcp/': 'dcp',
  '/dcp/inner/': 'inner',
  '/job-submit/': 'jobSubmit',
}

test.each([
  ['/job-submit/?EIO=4&transport=websocket', 'jobSubmit'],
  ['/job-submit/dcp5/socketio/?EIO=4&transport=polling', 'jobSubmit'],
  ['/job-submit/dcp5/socketio?EIO=4', 'jobSubmit'],
  ['/dcp/inner/?EIO=4', 'inner'],
  ['/dcp/inner/dcp5/socketio/?EIO=4', 'inner'],
  ['/dcp5/socketio/?EIO=4', 'root'],
  ['/?EIO=4', 'root'],
  ['/job-submit/other/?EIO=4', undefined],
  ['/job-submit/?transport=websocket', undefined],
  ['/unknown/?EIO=4', undefined],
  [undefined, undefined],
])('%s → %s', (url, service) => {
  expect(serviceFor(url, locations)).toBe(service)
})
