/** The package server's tables, as numbered steps that are only ever appended to. */
import type { Migration } from '@manyhands/service'

export const packageServerMigrations: readonly Migration[] = [
  {
    name: '0001-packages',
    statements: [
      `create table packages (
        id integer primary key,
        name text not null unique,
        owner text not null
      ) strict`,
      `create table versions (
        id integer primary key,
        package integer not null references packages,
        version text not null,
        published integer not null,
        unique (package, version)
      ) strict`,
      // Equal files of different versions are kept once.
      `create table contents (hash text primary key, body text not null) strict`,
      `create table files (
        version integer not null references versions,
        place integer not null,
        name text not null,
        hash text not null references contents,
        primary key (version, place)
      ) strict, without rowid`,
      `create unique index files_by_name on files (version, name)`,
    ],
  },
]
