/** SQL of compute groups and of the jobs in them. */
import type { GroupProperties } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import type { ComputeGroup } from './compute-group.ts'

interface GroupRow {
  readonly id: string
  readonly owner: string
  readonly join_key: string | null
  readonly join_hash: string | null
  readonly join_address: string | null
  readonly name: string
  readonly description: string
  readonly properties: string
}

export function loadGroups(tx: Transaction): ComputeGroup[] {
  return tx.all<GroupRow>('select * from compute_groups').map((row) => ({
    id: row.id,
    owner: row.owner,
    joinKey: row.join_key,
    joinHash: row.join_hash,
    joinAddress: row.join_address,
    name: row.name,
    description: row.description,
    properties: JSON.parse(row.properties) as GroupProperties,
  }))
}

/** Writes a group as it is now, new or not. */
export function writeGroup(tx: Transaction, group: ComputeGroup, now: number): void {
  tx.run(
    `insert into compute_groups (id, owner, join_key, join_hash, join_address, name, description,
      properties, made) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      on conflict (id) do update set join_hash = ?4, join_address = ?5, name = ?6,
        description = ?7, properties = ?8`,
    [
      group.id,
      group.owner,
      group.joinKey,
      group.joinHash,
      group.joinAddress,
      group.name,
      group.description,
      JSON.stringify(group.properties),
      BigInt(now),
    ],
  )
}

export function deleteGroupRow(tx: Transaction, id: string): void {
  tx.run('delete from compute_groups where id = ?', [id])
}

/** Rows of the jobs in a group, the newest last. */
export function jobsOfGroup(tx: Transaction, id: string, limit: number): number[] {
  const sql = 'select job from job_groups where group_id = ? order by job limit ?'
  return tx.all<{ job: bigint }>(sql, [id, BigInt(limit)]).map(({ job }) => Number(job))
}

export function removeJobRow(tx: Transaction, no: number, id: string): boolean {
  const sql = 'delete from job_groups where job = ? and group_id = ?'
  return tx.run(sql, [BigInt(no), id]) > 0
}
