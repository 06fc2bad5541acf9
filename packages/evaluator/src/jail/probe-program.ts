/**
 * What looks around in a new jail, allowed all that Deno can allow: it says what it saw and could do,
 * in one line of JSON, and waits to be ended. Plain JavaScript, given to Deno as a URL.
 */
const source = `
const hidden = ['/etc/passwd', '/proc/1/environ', '/proc/self/status', '/proc/sys', '/sys', '/root',
  '/home', '/tmp', '/usr', '/var', '/run', '/bin/sh', '/dev/kvm', '/dev/shm', '/dev/mem']
const succeeds = async (action) => {
  try {
    await action()
    return true
  } catch {
    return false
  }
}
const visible = []
for (const path of hidden) if (await succeeds(() => Deno.lstat(path))) visible.push(path)
const attempts = {
  'write a file': () => Deno.writeTextFile('/written', ''),
  'make a directory': () => Deno.mkdir('/made'),
  'open the null device for writing': () => Deno.open('/dev/null', { write: true }),
  'connect to a server': () => Deno.connect({ hostname: '127.0.0.1', port: 9 }),
  'listen for connections': () => Deno.listen({ hostname: '127.0.0.1', port: 0 }),
  'listen on a file': () => Deno.listen({ transport: 'unix', path: '/socket' }),
  'start a program': () => new Deno.Command(Deno.execPath(), { args: ['--version'] }).output(),
  'signal another process': () => Deno.kill(2, 'SIGTERM'),
}
const done = []
for (const [what, action] of Object.entries(attempts)) if (await succeeds(action)) done.push(what)
const seen = {
  pid: Deno.pid,
  uid: Deno.uid(),
  hostname: Deno.hostname(),
  variables: Object.keys(Deno.env.toObject()),
  visible,
  done,
}
console.log(JSON.stringify(seen))
await Deno.stdin.read(new Uint8Array(1))
`

export const probeProgram: string = `data:text/javascript,${encodeURIComponent(source)}`
