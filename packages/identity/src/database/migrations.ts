/** The identity daemon's tables, as numbered steps that are only ever appended to. */
import type { Migration } from '@manyhands/service'

export const identityMigrations: readonly Migration[] = [
  {
    name: '0001-proxy-keys-workers',
    statements: [
      // One row for each right. A key that was minted may do what its rows say and nothing else.
      `create table proxy_rights (
        id integer primary key,
        proxy text not null,
        auth text not null,
        owner text not null,
        operation text not null,
        related text,
        amount text,
        uses integer,
        expires integer,
        label text not null,
        minted integer not null
      ) strict`,
      `create index proxy_rights_by_proxy on proxy_rights (proxy)`,
      `create index proxy_rights_by_owner on proxy_rights (owner)`,
      `create index proxy_rights_by_expiry on proxy_rights (expires) where expires is not null`,
      `create table uses (
        stamp text primary key,
        proxy_right integer not null,
        at integer not null
      ) strict, without rowid`,
      `create index uses_by_time on uses (at)`,
      `create table messages (id text primary key, expires integer not null) strict, without rowid`,
      `create index messages_by_expiry on messages (expires)`,
      `create table workers (
        id text primary key,
        identity text not null,
        owner text not null,
        label text not null,
        flags integer not null,
        registered integer not null
      ) strict`,
      `create index workers_by_owner on workers (owner)`,
    ],
  },
]
