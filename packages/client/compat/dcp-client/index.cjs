// What `require('dcp-client')` finds when this folder is in its place. The client itself is an ES
// module, which CommonJS can load only asynchronously; `init` is asynchronous anyway.
'use strict'

exports.init = async function init(...args) {
  const { init } = await import('@manyhands/client/node')
  return init(...args)
}

exports.initSync = function initSync() {
  throw Object.assign(new Error('initSync is not offered: use await init()'), {
    code: 'ENOTSUPPORTED',
  })
}
