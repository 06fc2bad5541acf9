/** Where the tables of workers are kept: how they begin, and what is forgotten of them. */
import type { Transaction } from '@manyhands/service'

import { workerRecordsMs } from './limits.ts'

export const workerRecordStatements: readonly string[] = [
  `create table worker_run_info (
    id integer primary key,
    identity text not null,
    worker text not null,
    type text, status text, hostname text, username text, pid integer,
    version text, browser text, os text, arch text, ram real, cpu_type text, gpu_type text,
    local_ip_address text, mac_address text,
    cpu_cores real, gpu_cores real, cpu_target_utilization real, gpu_target_utilization real,
    max_sandboxes real, earnings text, earnings_account text,
    last_start_time integer, last_error_timestamp integer, last_error text,
    changed integer not null,
    unique (identity, worker)
  ) strict`,
  `create table worker_task_info (
    id integer primary key,
    identity text not null,
    worker text not null,
    serial integer not null,
    task_time integer,
    current_task text,
    changed integer not null,
    unique (identity, worker, serial)
  ) strict`,
  `create table worker_config_values (
    id integer primary key,
    owner text not null,
    worker text not null,
    key_path text not null,
    value text,
    unique (owner, worker, key_path)
  ) strict`,
  `create table worker_notifications (
    id integer primary key,
    owner text not null,
    worker text not null,
    event text not null,
    signature text not null
  ) strict`,
  ...['worker_run_info', 'worker_task_info'].map(
    (table) => `create index ${table}_by_time on ${table} (changed)`,
  ),
  ...['worker_config_values', 'worker_notifications'].map(
    (table) => `create index ${table}_by_worker on ${table} (worker)`,
  ),
]

export function forgetWorkerRecords(tx: Transaction, now: number): void {
  for (const table of ['worker_run_info', 'worker_task_info']) {
    tx.run(`delete from ${table} where changed < ?`, [BigInt(now - workerRecordsMs)])
  }
}
