import type { Migration } from '../migration.js';

/** Large images come piece by piece. Of one tenant and hash one upload is under way at a time. */
export const uploads: Migration = {
  version: 30,
  name: 'uploads',
  statements: [
    `create table uploads (
       id text primary key, tenant text not null, sha256 text not null, size_bytes bigint not null,
       received_bytes bigint not null, ended integer not null, touched_ms bigint not null)`,
    'create unique index uploads_under_way on uploads (tenant, sha256) where ended = 0',
    `create table upload_pieces (
       upload_id text not null, at_byte bigint not null, bytes bigint not null, name text not null,
       primary key (upload_id, at_byte))`,
  ],
};
