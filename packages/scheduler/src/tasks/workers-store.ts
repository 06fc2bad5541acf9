/** SQL of workers: who was heard of, and in which life. */
import type { Transaction } from '@manyhands/service'
import type { LiveWorker } from './live-workers.ts'

export function writeWorker(tx: Transaction, worker: LiveWorker, now: number): void {
  tx.run(
    `insert into workers values (?1, ?2, ?3, ?4, ?4) on conflict (peer, id)
      do update set incarnation = excluded.incarnation, last_heard = excluded.last_heard`,
    [worker.peer, worker.id, worker.incarnation, BigInt(now)],
  )
}
