/** The scheduler's tables, as numbered steps that are only ever appended to. */

import type { Migration } from '@manyhands/service'
import { workerRecordStatements } from '../tables/worker-records-store.ts'

export const schedulerMigrations: readonly Migration[] = [
  {
    name: '0001-jobs-tasks-results-events',
    statements: [
      `create table jobs (
        no integer primary key,
        id text not null unique,
        alias text not null unique,
        address text not null,
        owner text not null,
        payer text not null,
        dialect integer not null,
        state text not null,
        flags integer not null,
        closed integer not null,
        total integer not null,
        input_kind text not null,
        requirements integer not null,
        requirements_object text,
        worktime_name text not null,
        worktime_version text not null,
        estimation_slices integer,
        offer text not null,
        name text not null,
        description text not null,
        link text not null,
        digest text not null,
        deployed integer not null,
        last_contact integer not null,
        ended integer
      ) strict`,
      `create index jobs_by_owner on jobs (owner, deployed)`,
      `create index jobs_by_state on jobs (state)`,
      `create table job_artifacts (job integer primary key, body text not null) strict`,
      `create table job_cursor (job integer primary key, next integer not null) strict`,
      `create table job_progress (
        job integer primary key,
        computed integer not null,
        seq integer not null,
        cpu_ms real not null,
        bytes integer not null,
        failures integer not null,
        timed_ms real not null,
        timed_slices real not null
      ) strict`,
      `create table job_groups (job integer not null, group_id text not null,
        primary key (job, group_id)) strict, without rowid`,
      `create table piles (
        job integer not null,
        first integer not null,
        last integer not null,
        stamp text not null,
        body text not null,
        primary key (job, first)
      ) strict`,
      `create unique index piles_by_stamp on piles (job, stamp, first)`,
      `create table leases (
        id text primary key,
        job integer not null,
        worker text not null,
        payee text not null,
        incarnation text not null,
        kind text not null,
        slices text not null,
        open text not null,
        issued integer not null,
        touched integer not null,
        ended integer
      ) strict, without rowid`,
      `create index leases_open on leases (job) where ended is null`,
      `create index leases_ended on leases (ended) where ended is not null`,
      `create table holes (
        id integer primary key,
        job integer not null,
        slices text not null,
        reason text not null,
        attempts integer not null,
        not_before integer not null,
        excluded text not null
      ) strict`,
      `create index holes_by_job on holes (job)`,
      `create table slice_trouble (
        job integer not null,
        slice integer not null,
        attempts integer not null,
        returns integer not null,
        workers text not null,
        last_error text not null,
        primary key (job, slice)
      ) strict, without rowid`,
      `create table results (
        job integer not null,
        slice integer not null,
        seq integer not null,
        payment integer not null,
        size integer not null,
        value text,
        primary key (job, slice)
      ) strict`,
      `create unique index results_by_seq on results (job, seq)`,
      `create table payments (
        id integer primary key,
        job integer not null,
        lease text not null,
        worker text not null,
        payee text not null,
        slices integer not null,
        cpu_ms real not null,
        amount text not null,
        at integer not null,
        posted integer not null
      ) strict`,
      `create index payments_by_job on payments (job)`,
      `create table events (
        seq integer primary key,
        job integer not null,
        label text not null,
        body text not null,
        at integer not null
      ) strict`,
      `create index events_by_job on events (job, label)`,
      `create table deliveries (
        owner text not null,
        job integer not null,
        filter text not null,
        pushed_seq integer not null,
        primary key (owner, job, filter)
      ) strict, without rowid`,
      `create table replies (
        peer text not null,
        stamp text not null,
        reply text not null,
        expires integer not null,
        primary key (peer, stamp)
      ) strict`,
      `create index replies_by_expiry on replies (expires)`,
      `create table workers (
        peer text not null,
        id text not null,
        incarnation text not null,
        first_heard integer not null,
        last_heard integer not null,
        primary key (peer, id)
      ) strict, without rowid`,
    ],
  },
  {
    name: '0002-values-on-the-shelf',
    breaking: true,
    statements: [
      `alter table results add column shelved text`,
      `create index results_shelved on results (shelved) where shelved is not null`,
      `alter table piles rename to piles_as_json`,
      `create table piles (
        job integer not null,
        first integer not null,
        last integer not null,
        stamp text not null,
        blob blob not null,
        offsets blob,
        shelved text,
        primary key (job, first)
      ) strict`,
      `insert into piles select job, first, last, stamp,
        cast(substr(body, 2, length(body) - 2) as blob), null, null from piles_as_json`,
      `drop table piles_as_json`,
      `create index piles_by_stamp on piles (job, stamp)`,
      `create index piles_shelved on piles (shelved) where shelved is not null`,
    ],
  },
  {
    name: '0003-when-paid-work-was-issued',
    statements: [`alter table payments add column issued integer`],
  },
  { name: '0004-worker-records', statements: workerRecordStatements },
  {
    name: '0005-compute-groups',
    statements: [
      `create table compute_groups (
        id text primary key,
        owner text not null,
        join_key text unique,
        join_hash text,
        join_address text,
        name text not null,
        description text not null,
        properties text not null,
        made integer not null
      ) strict, without rowid`,
      `create index compute_groups_by_owner on compute_groups (owner)`,
      `create index job_groups_by_group on job_groups (group_id)`,
      `alter table leases add column group_id text not null default ''`,
    ],
  },
  {
    name: '0006-jobs-that-need-kvin-9',
    statements: [`alter table jobs add column needs_kvin9 integer not null default 0`],
  },
  {
    name: '0007-time-on-graphics-processors',
    statements: [
      `alter table job_progress add column gpu_ms real not null default 0.0`,
      `alter table payments add column gpu_ms real not null default 0.0`,
    ],
  },
]
