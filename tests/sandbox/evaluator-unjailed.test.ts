// The tests of real sandboxes once more, without the jail: what Deno and the realm hold by themselves.
import { leaveJailOut } from './_jail.ts'

leaveJailOut()
await import('./evaluator.test.ts')
